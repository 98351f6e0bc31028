import Crypto
import Model
import Store
import TestKit
import Testing
@testable import Triggers

/// Calls `body` with views of headers, which stay valid only during the call.
private func withHeaders<Result>(_ headers: [(String, [UInt8])], _ body: ([HeaderView]) throws -> Result) rethrows -> Result {
    let flat = headers.flatMap { Array($0.0.utf8) + $0.1 }
    return try flat.withUnsafeBytes { bytes in
        var views: [HeaderView] = []
        var offset = 0
        for (name, value) in headers {
            let middle = offset + name.utf8.count
            views.append(
                (UnsafeRawBufferPointer(rebasing: bytes[offset..<middle]), UnsafeRawBufferPointer(rebasing: bytes[middle..<middle + value.count])))
            offset = middle + value.count
        }
        return try body(views)
    }
}

private func kept(_ headers: [(String, String)], masking secrets: [String] = []) -> String {
    withHeaders(headers.map { ($0.0, Array($0.1.utf8)) }) { keptHeaders($0, masking: secrets.map { Array($0.utf8) }) }
}

@Suite struct KeptHeaderTests {
    @Test func allHeadersAreKeptInTheirOrderAsTheyWereWritten() {
        let text = kept([("Host", "sluice.example"), ("X-GitHub-Event", "push"), ("accept", "*/*"), ("Accept", ""), ("X-Note", "zoë: a, b")])
        #expect(text == "Host: sluice.example\nX-GitHub-Event: push\naccept: */*\nAccept: \nX-Note: zoë: a, b\n")
        #expect(kept([]) == "")
        let (fields, isCut) = readKeptHeaders(text)
        #expect(fields.map(\.name) == ["Host", "X-GitHub-Event", "accept", "Accept", "X-Note"])
        #expect(fields.map(\.value) == ["sluice.example", "push", "*/*", "", "zoë: a, b"])
        #expect(!isCut)
    }

    @Test(arguments: [
        "Authorization", "Proxy-Authorization", "X-API-Key", "x-api-key", "Cookie", "Set-Cookie", "X-Hub-Signature", "X-Hub-Signature-256",
        "Stripe-Signature", "X-Shopify-Hmac-Sha256", "X-Gitlab-Token", "X-Slack-Signature", "webhook-signature", "svix-signature",
        "Linear-Signature", "X-PagerDuty-Signature", "Sentry-Hook-Signature", "X-Twilio-Signature", "X-Gitea-Signature", "X-Forgejo-Signature",
        "X-Signature-256", "X-Webhook-Signature", "X-My-Sig", "X-Webhook-Secret", "X-Access-Token", "X-Auth-Key", "X-Session-Id", "X-JWT",
        "X-Password", "X-Webhook-Key", "APIKEY",
    ])
    func whatProvesWhoSentItIsMasked(name: String) {
        #expect(kept([("A", "b"), (name, "s3cr3t-value"), ("C", "d")]) == "A: b\n\(name): ***\nC: d\n")
        // A mask is not longer than the room that a short value had.
        #expect(kept([(name, "")]) == "\(name): ***\n")
    }

    @Test(arguments: [
        "X-GitHub-Event", "X-GitHub-Delivery", "Content-Type", "User-Agent", "Idempotency-Key", "X-Event-Key", "webhook-id", "webhook-timestamp",
        "X-Shopify-Topic", "X-Request-UUID", "X-Forwarded-For", "X-Slack-Request-Timestamp", "X-Stripe-Version",
    ])
    func whatNamesADeliveryIsNot(name: String) {
        #expect(kept([(name, "value")]) == "\(name): value\n")
    }

    @Test func aNameThatTheSettingsSayIsMaskedToo() {
        #expect(kept([("X-Proof", "abc"), ("X-Proofs", "d")], masking: ["x-proof"]) == "X-Proof: ***\nX-Proofs: d\n")
    }

    @Test func theSignatureHeaderOfAnEndpointsOwnSettingsIsMasked() throws {
        let endpoint = try compiled("cat", secrets: ["$HOOK": "kit-secret"]) {
            $0.trigger = .webhook
            $0.secret = "$HOOK"
            $0.webhook.signatureHeader = "X-Proof"
        }
        let body = Array("hello".utf8)
        let proof = HMACKey("kit-secret").sign(body).hex
        let verdict = withHeaders([("x-proof", Array(proof.utf8)), ("X-Other", Array("kept".utf8))]) { headers in
            body.withUnsafeBytes {
                endpoint.receive(WebhookMessage(body: $0, headers: headers, peer: "192.0.2.7", receivedAt: start), gate: .run)
            }
        }
        guard case .accept(let call) = verdict else {
            Issue.record("not accepted: \(verdict)")
            return
        }
        #expect(call.delivery?.headers == "x-proof: ***\nX-Other: kept\n")
        #expect(call.delivery?.matchedSecret == 1)
    }

    @Test func moreThanEightKiBIsCutWithAMark() {
        for length in [8170, 8180, 8185, 8186, 8187, 8188, 8189, 8190, 8191, 8192, 8193, 9000, 100_000] {
            let text = kept([("A", String(repeating: "v", count: length)), ("B", "last")])
            #expect(text.utf8.count <= 8192, "\(length)")
            let (fields, isCut) = readKeptHeaders(text)
            let isWhole = fields.count == 2 && fields[0].value.utf8.count == length && fields[1].value == "last"
            #expect(isWhole != isCut, "\(length)")
            #expect(length + 12 > 8192 || isWhole || length > 8170, "\(length)")
        }
        // The mark stands for whole headers as well.
        let many = kept((0..<2000).map { ("Header-\($0)", "value") })
        #expect(many.utf8.count <= 8192 && many.hasSuffix("\n...\n"))
        #expect(readKeptHeaders(many).fields.count > 300)
    }

    @Test func octetsThatAreNoTextAreReplacedWithinTheLimit() {
        let text = withHeaders([("A", [UInt8](repeating: 0xFF, count: 8000)), ("B", [0x62])]) { keptHeaders($0) }
        #expect(text.utf8.count <= 8192)
        #expect(readKeptHeaders(text).isCut)
        #expect(withHeaders([("A", [0x61, 0xFF, 0x62])]) { keptHeaders($0) } == "A: a\u{FFFD}b\n")
    }

    @Test func randomHeadersStayWithinTheLimitAndShowNoSecret() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<300 {
            let headers = (0..<Int.random(in: 0...40, using: &random)).map { index -> (String, String) in
                let name = ["X-Token", "Via", "Cookie", "X-Long-Name-\(index)"].randomElement(using: &random) ?? "A"
                let isSecret = name == "X-Token" || name == "Cookie"
                return (name, (isSecret ? "SECRET" : "plain") + String(repeating: "v", count: Int.random(in: 0...900, using: &random)))
            }
            let text = kept(headers)
            #expect(text.utf8.count <= 8192)
            #expect(!text.contains("SECRET"))
            let (fields, isCut) = readKeptHeaders(text)
            #expect(isCut || fields.count == headers.count)
            for (field, header) in zip(fields, headers) { #expect(field.name == header.0) }
        }
    }
}

@Suite struct RedeliveryFreezingTests {
    private let stored = StoredDelivery(
        id: 7, event: "push", source: "github", headers: "Content-Type: application/json\nX-GitHub-Event: push\nX-GitHub-Delivery: d-1\n",
        body: Array(#"{"a":1}"#.utf8))

    private func hook(_ change: @escaping (inout EndpointSettings) -> Void = { _ in }) throws -> CompiledEndpoint {
        try compiled("cat", secrets: ["$HOOK": "kit-secret"]) {
            $0.trigger = .webhook
            $0.webhookSource = .github
            $0.secret = "$HOOK"
            change(&$0)
        }
    }

    private func again(_ endpoint: CompiledEndpoint, _ stored: StoredDelivery) -> WebhookVerdict {
        endpoint.redeliver(stored, by: "admin token", peer: "192.0.2.9", gate: GateRule { _, _ in .ask(timeoutMinutes: 30) }, at: start)
    }

    @Test func itIsFrozenAnewWithoutTheSendersIdAndSaysWhoAskedForIt() throws {
        guard case .accept(let call) = again(try hook(), stored) else {
            Issue.record("not accepted")
            return
        }
        #expect(call.origin == CallOrigin(source: .webhook, requestedBy: "redelivered by admin token", event: "push"))
        #expect(call.digest == callDigest(spec: call.spec.sha256, stdin: sha256(call.stdin), origin: call.origin))
        #expect(call.gate == .ask(timeoutMinutes: 30))
        #expect(call.stdin == stored.body)
        #expect(call.delivery?.senderID == nil && call.delivery?.redeliveryOf == 7 && call.delivery?.peer == "192.0.2.9")
        #expect(call.delivery?.headers == stored.headers)
    }

    @Test func todaysFilterDecides() throws {
        let endpoint = try hook { $0.webhookEvents = ["issues"] }
        guard case .ignore(let ignored) = again(endpoint, stored) else {
            Issue.record("not ignored")
            return
        }
        #expect(ignored.delivery.redeliveryOf == 7 && ignored.delivery.senderID == nil)
        // The event that was stored counts where the headers do not say one.
        var bare = stored
        bare.headers = ""
        guard case .accept(let call) = again(try hook { $0.webhookEvents = ["push"] }, bare) else {
            Issue.record("not accepted")
            return
        }
        #expect(call.delivery?.event == "push")
    }

    @Test func todaysSourceReadsTheBody() throws {
        var broken = stored
        broken.body = Array("no json".utf8)
        guard case .refuse(let refusal, _) = again(try hook(), broken) else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.code == "malformed_json")
        // A form's payload is found again by the content type that was kept.
        var form = stored
        form.headers = "Content-Type: application/x-www-form-urlencoded\nX-GitHub-Event: push\n"
        form.body = Array("payload=%7B%22a%22%3A1%7D".utf8)
        guard case .accept(let call) = again(try hook(), form) else {
            Issue.record("not accepted")
            return
        }
        #expect(call.stdin == Array(#"{"a":1}"#.utf8) && call.delivery?.rawBody == form.body)
    }
}
