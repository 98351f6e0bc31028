import Model
import Store
import Testing
import Triggers

/// What holds for every sender alike, tried with a delivery of each.
@Suite struct SourceTests {
    @Test func `every source has a delivery here`() {
        #expect(Set(sourceRows.map(\.source)) == Set(WebhookSource.allCases))
        for row in sourceRows { #expect((row.tolerance == nil) == (row.source.tolerance == nil) || row.source == .gitlab, "\(row.name)") }
    }

    @Test(arguments: sourceRows)
    func `a delivery as its sender documents it is taken, with its id and event`(_ row: SourceRow) throws {
        let endpoint = try webhook(row.source, secrets: [row.secret])
        let call = try #require(row.sent.accepted(endpoint), "\(row.sent.label(endpoint))")
        #expect(call.delivery?.senderID == row.id && call.origin.deliveryID == row.id)
        #expect(call.origin.event == row.event)
        #expect(call.delivery?.source == row.source.rawValue && call.delivery?.matchedSecret == 1)
    }

    @Test(arguments: sourceRows)
    func `names of headers count in any case`(_ row: SourceRow) throws {
        for fold in [{ (name: String) in name.lowercased() }, { $0.uppercased() }] {
            let sent = Sent(row.body, ([row.signature] + row.headers).map { (fold($0.0), $0.1) }, url: row.url)
            let call = sent.accepted(try webhook(row.source, secrets: [row.secret]))
            #expect(call?.delivery?.senderID == row.id && call?.origin.event == row.event && call != nil)
        }
    }

    @Test(arguments: sourceRows.filter(\.coversBody))
    func `a body that was changed is refused`(_ row: SourceRow) throws {
        let endpoint = try webhook(row.source, secrets: [row.secret])
        let end = row.body.index(before: row.body.endIndex)
        var changed = row.body
        changed.replaceSubrange(end...end, with: row.body.hasSuffix("}") ? "]" : "x")
        for body in [changed, row.body + "1", String(row.body.dropLast()), ""] {
            var sent = row.sent
            sent.body = Array(body.utf8)
            #expect(sent.label(endpoint) == "401 signature_mismatch", "\(body)")
        }
    }

    @Test(arguments: sourceRows)
    func `a signature that is not there, or empty, is missing`(_ row: SourceRow) throws {
        let endpoint = try webhook(row.source, secrets: [row.secret])
        #expect(Sent(row.body, row.headers, url: row.url).label(endpoint) == "401 signature_missing")
        #expect(Sent(row.body, [(row.signature.0, "")] + row.headers, url: row.url).label(endpoint) == "401 signature_missing")
    }

    @Test(arguments: sourceRows)
    func `a signature that was changed anywhere is refused`(_ row: SourceRow) throws {
        let endpoint = try webhook(row.source, secrets: [row.secret])
        // Of several signatures one is enough: only the first may be changed, and the other secret is not the endpoint's.
        let value = row.signature.1
        for index in value.indices {
            var changed = value
            changed.replaceSubrange(index...index, with: value[index] == "0" ? "1" : "0")
            let label = Sent(row.body, [(row.signature.0, changed)] + row.headers, url: row.url).label(endpoint)
            let isOther = row.otherSecret != nil && index >= (value.lastIndex(of: ",") ?? value.endIndex)
            let isPassedOver = value.hasPrefix("v1a,") && index < (value.firstIndex(of: " ") ?? value.startIndex)
            if isOther || isPassedOver { continue }
            #expect(["401 signature_mismatch", "401 signature_missing"].contains(label), "\(changed): \(label)")
        }
    }

    @Test(arguments: sourceRows.filter { $0.tolerance != nil })
    func `a signed time may be off as far as the source says, in both directions`(_ row: SourceRow) throws {
        let tolerance = Int64(try #require(row.tolerance))
        func label(_ seconds: Int64, _ endpoint: CompiledEndpoint) -> String {
            var sent = row.sent
            sent.at = start + seconds * second
            return sent.label(endpoint)
        }
        let endpoint = try webhook(row.source, secrets: [row.secret])
        let wide = try webhook(row.source, secrets: [row.secret]) { $0.webhook.tolerance = 3600 }
        let narrow = try webhook(row.source, secrets: [row.secret]) { $0.webhook.tolerance = 1 }
        for sign: Int64 in [1, -1] {
            #expect(label(sign * tolerance, endpoint) == "accept")
            #expect(label(sign * (tolerance + 1), endpoint) == "401 timestamp_stale")
            #expect(label(sign * 3600, wide) == "accept")
            #expect(label(sign * 3601, wide) == "401 timestamp_stale")
            #expect(label(sign * 2, narrow) == "401 timestamp_stale")
        }
    }

    @Test(arguments: sourceRows.filter { $0.tolerance == nil })
    func `what signs no time is taken at any`(_ row: SourceRow) throws {
        var sent = row.sent
        sent.at = start + 400 * 24 * 3600 * second
        #expect(sent.label(try webhook(row.source, secrets: [row.secret])) == "accept")
    }

    @Test(arguments: sourceRows)
    func `of several secrets each holds, and its number is kept`(_ row: SourceRow) throws {
        let other = row.secret.hasPrefix("whsec_MD") ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : "another"
        let third = row.secret.hasPrefix("whsec_MD") ? "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" : "a third"
        for (secrets, number) in [([row.secret, other], 1), ([other, row.secret], 2), ([other, third, row.secret], 3)] {
            #expect(row.sent.accepted(try webhook(row.source, secrets: secrets))?.delivery?.matchedSecret == number)
        }
        #expect(row.sent.label(try webhook(row.source, secrets: [other, third])) == "401 signature_mismatch")
        if let second = row.otherSecret {
            #expect(row.sent.accepted(try webhook(row.source, secrets: [other, second]))?.delivery?.matchedSecret == 2)
        }
    }

    @Test func `secrets may stand in the list alone`() throws {
        let row = sourceRows[0]
        let endpoint = try webhook(.github, secrets: ["another", row.secret]) {
            $0.webhook.secrets = ["$SECRET_0", "$SECRET_1"]
            $0.secret = nil
        }
        #expect(row.sent.accepted(endpoint)?.delivery?.matchedSecret == 2)
    }

    @Test func `a secret of the list that is not set refuses the endpoint`() {
        #expect(throws: Refusal.self) { try webhook(.github) { $0.webhook.secrets = ["$NOT_SET"] } }
    }

    @Test(arguments: sourceRows)
    func `a refused message is told by the id in its headers, never by one in its body`(_ row: SourceRow) throws {
        guard case .refuse(_, let id) = row.sent.verdict(try webhook(row.source, secrets: [
            row.secret.hasPrefix("whsec_MD") ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : "another",
        ])) else {
            Issue.record("not refused")
            return
        }
        if let id { #expect(row.headers.contains { $0.1 == id }) }
    }
}
