internal import Bytes
internal import Crypto
internal import JSON
package import Model
package import Store

/// What a webhook message becomes.
package enum WebhookVerdict: Sendable {
    case accept(AcceptCall)
    /// Verified, but the endpoint's filter leaves its event out.
    case ignore(IgnoreDelivery)
    case ping
    case refuse(Refusal, senderID: String?)
}

extension CompiledEndpoint {
    /// Verifies a message and freezes it. Nothing is looked at before the signature holds but what the signature needs.
    /// - Parameter stored: what the message was made from, if it is taken again; its signature held when it came, and nobody signs it anew.
    package func receive(_ message: WebhookMessage, gate: GateVerdict, again stored: StoredDelivery? = nil) -> WebhookVerdict {
        if stored != nil {
            // Verified at its first arrival.
        } else if !keys.isEmpty {
            if let refusal = scheme.verify(message, keys: keys) { return .refuse(refusal, senderID: scheme.claimedID(message)) }
        } else if scheme.source != .generic, !settings.allowUnsigned {
            return .refuse(
                Refusal(401, "secret_not_set", "this endpoint has no secret to verify signatures with"), senderID: scheme.claimedID(message))
        }
        let identity = scheme.identity(message)
        let (id, event) = (identity.deliveryID, identity.event ?? stored?.event)
        if scheme.isPing(event: event) { return .ping }
        let stdin: [UInt8]
        var raw: [UInt8]?
        if isForm(message) {
            guard let payload = formPayload(message.body) else {
                return .refuse(Refusal(400, "malformed_form", formHint(message)), senderID: id)
            }
            stdin = payload
            raw = [UInt8](message.body)
        } else {
            stdin = [UInt8](message.body)
        }
        if scheme.sendsJSON, let problem = problem(stdin) {
            return .refuse(Refusal(400, "malformed_json", problem), senderID: id)
        }
        let facts = DeliveryFacts(
            senderID: id, event: event, source: scheme.source.rawValue, peer: message.peer, headers: keptHeaders(message.headers), rawBody: raw)
        if !events.isEmpty, !events.contains(event ?? "") {
            return .ignore(IgnoreDelivery(endpoint: self.id, at: message.receivedAt, delivery: facts, body: raw ?? stdin))
        }
        return accept(stdin, facts, gate: gate, at: message.receivedAt)
    }

    private func accept(_ stdin: [UInt8], _ facts: DeliveryFacts, gate: GateVerdict, at now: Int64) -> WebhookVerdict {
        var values: [String: String] = [:]
        for argument in settings.arguments { values[argument.name] = argument.defaultValue }
        do {
            var call = freeze(
                spec: try spec(values: values), stdin: stdin,
                origin: CallOrigin(
                    source: .webhook, requestedBy: "\(facts.source) from \(facts.peer)", event: facts.event,
                    deliveryID: facts.senderID),
                gate: gate, callbackURL: nil, at: now)
            call.delivery = facts
            return .accept(call)
        } catch {
            return .refuse(error, senderID: facts.senderID)
        }
    }

    private func isForm(_ message: WebhookMessage) -> Bool {
        guard scheme.source == .github, let type = message.header("content-type") else { return false }
        let name: StaticString = "application/x-www-form-urlencoded"
        return type.count >= name.utf8CodeUnitCount
            && asciiCaseInsensitiveEqual(UnsafeRawBufferPointer(rebasing: type[..<name.utf8CodeUnitCount]), name)
    }

    /// `curl -d` sends JSON with the content type of a form unless it is told otherwise.
    private func formHint(_ message: WebhookMessage) -> String {
        let text = "a delivery of the content type application/x-www-form-urlencoded needs one field 'payload'"
        let begin = message.body.first { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 }
        guard begin == UInt8(ascii: "{") || begin == UInt8(ascii: "[") else { return text }
        return text + "; the body looks like JSON: send it with Content-Type: application/json"
    }

    /// The JSON in the field `payload`: percent-decoded once.
    private func formPayload(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let fields = try? parseForm(body, maxFields: 16), let field = fields.first(where: { $0.name == "payload" }) else { return nil }
        return Array(field.value.utf8)
    }

    private func problem(_ body: [UInt8]) -> String? {
        if body.isEmpty { return "the body is empty; this source sends JSON" }
        return body.withUnsafeBytes { validateJSON($0) }.map { "the body is no JSON: \($0)" }
    }
}
