package import Model
package import Store

/// What a webhook message becomes.
package enum WebhookVerdict: Sendable {
    case accept(AcceptCall)
    /// Verified, or needs no signature, but the endpoint's filter leaves its event out.
    case ignore(IgnoreDelivery)
    case ping
    /// The sender tries the address and wants this text back.
    case challenge(String)
    case refuse(Refusal, senderID: String?)
}

extension CompiledEndpoint {
    /// Verifies a message and freezes it. Nothing is looked at before the signature holds but what the signature needs.
    /// - Parameter stored: what the message was made from, if it is taken again: it passed when it came, and nobody signs it anew.
    package func receive(_ message: WebhookMessage, gate: GateRule, again stored: StoredDelivery? = nil) -> WebhookVerdict {
        let proof: Proof?
        let content: WebhookContent
        do throws(Refusal) {
            proof = stored == nil ? try receiver.verify(message) : nil
            content = try WebhookContent(message, receiver.scheme.bodies, paths: receiver.paths)
        } catch {
            return .refuse(error, senderID: receiver.claimedID(message))
        }
        let (id, event) = (receiver.id(message, content, proof), stored?.event ?? receiver.event(message, content))
        if let text = receiver.challenge(event, content) { return .challenge(text) }
        if let event, receiver.scheme.pings.contains(event) { return .ping }
        var facts = DeliveryFacts(
            senderID: id, event: event, source: receiver.scheme.source.rawValue, peer: message.peer,
            headers: keptHeaders(message.headers, masking: receiver.secretHeaders), rawBody: content.raw)
        facts.matchedSecret = proof?.secret
        guard receiver.takes(event, message, content) else {
            facts.ignoredBecause = "webhook_events: \(settings.webhookEvents.joined(separator: ", "))"
            return .ignore(
                IgnoreDelivery(endpoint: self.id, at: message.receivedAt, delivery: facts, body: content.raw ?? content.stdin))
        }
        guard let conditions else { return accept(content.stdin, facts, defaults(), gate: gate(settings, .absent), at: message.receivedAt) }
        let known = CallFacts(trigger: .webhook, source: facts.source, event: event, id: id, method: "POST", arguments: defaults())
        switch content.stdin.withUnsafeBytes({ judge(conditions, $0, known) }) {
        case .leaveOut:
            facts.ignoredBecause = "when: \(settings.condition ?? "")"
            return .ignore(
                IgnoreDelivery(endpoint: self.id, at: message.receivedAt, delivery: facts, body: content.raw ?? content.stdin))
        case .refuse(let refusal): return .refuse(refusal, senderID: id)
        case .goOn(let values, let finding):
            return accept(content.stdin, facts, values, gate: gate(settings, finding), at: message.receivedAt)
        }
    }

    /// Whether messages need to know the address that was called.
    package var needsURL: Bool { settings.webhookSource.signsAddress }

    private func accept(
        _ stdin: [UInt8], _ facts: DeliveryFacts, _ values: [String: String], gate: GateVerdict, at now: Int64
    ) -> WebhookVerdict {
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
}
