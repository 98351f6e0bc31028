internal import Crypto
package import Model
internal import Store

/// A delivery that is to be taken once more, as it is stored.
package struct StoredDelivery: Sendable {
    package var id: Int64
    package var event: String?
    package var source: String
    /// As `keptHeaders` made them.
    package var headers: String
    package var body: [UInt8]

    package init(id: Int64, event: String?, source: String, headers: String, body: [UInt8]) {
        self.id = id
        self.event = event
        self.source = source
        self.headers = headers
        self.body = body
    }
}

extension CompiledEndpoint {
    /// Takes a stored delivery as if it came now: today's filters, arguments, command and gate apply. Only a signature is not asked for
    /// again: where the endpoint wanted one, it held when the delivery came, and it is not kept. It has no sender's id: that one is the
    /// first delivery's for ever.
    /// - Parameters:
    ///   - by: who asked for it, for those who decide.
    ///   - peer: from where.
    package func redeliver(_ stored: StoredDelivery, by: String, peer: String, gate: GateRule, at now: Int64) -> WebhookVerdict {
        let verdict = Array(stored.headers.utf8).withUnsafeBytes { headers in
            stored.body.withUnsafeBytes { body in
                receive(
                    WebhookMessage(body: body, headers: headerViews(headers), peer: peer, receivedAt: now), gate: gate, again: stored)
            }
        }
        switch verdict {
        case .accept(let call):
            guard var facts = call.delivery else { return verdict }
            mark(&facts, stored)
            let origin = CallOrigin(source: .webhook, requestedBy: "redelivered by \(by)", event: facts.event)
            var again = call
            again.origin = origin
            again.digest = callDigest(spec: call.spec.sha256, stdin: sha256(call.stdin), origin: origin)
            again.delivery = facts
            return .accept(again)
        case .ignore(var ignored):
            mark(&ignored.delivery, stored)
            return .ignore(ignored)
        case .ping, .challenge, .refuse: return verdict
        }
    }

    private func mark(_ facts: inout DeliveryFacts, _ stored: StoredDelivery) {
        facts.senderID = nil
        facts.headers = stored.headers
        facts.redeliveryOf = stored.id
    }
}
