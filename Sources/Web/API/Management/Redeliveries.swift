internal import Crypto
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// What became of a delivery that somebody had taken again.
struct Redelivered: Sendable {
    enum Status: String, Sendable { case pending = "pending_approval", accepted, ignored }

    let status: Status
    /// The new delivery; nil for a repeat of the same request.
    let delivery: Int64?
    /// Nil when the endpoint's filter leaves it out.
    let call: AcceptedCall?
}

extension Services {
    /// So often is a call frozen whose endpoint changes each time before the commit: more often than anybody edits one.
    static let freezingLimit = 20

    /// Freezes a stored delivery anew under the endpoint as it is now, and takes it as a delivery of its own.
    func redeliver(_ delivery: DeliveryRecord, by: String, peer: String, idempotencyKey: String? = nil) throws -> Redelivered {
        guard let body = try store.body(ofDelivery: delivery.id) else {
            throw Problem(409, "body_gone", "the body of this delivery is no longer kept, so it cannot be taken again")
        }
        let stored = StoredDelivery(
            id: delivery.id, event: delivery.event, source: delivery.source, headers: try store.headers(ofDelivery: delivery.id) ?? "",
            body: body)
        // As for a call that meets a change of its endpoint: frozen again under what holds then, a few times.
        for _ in 0..<Self.freezingLimit {
            let endpoint = try receiver(of: delivery)
            let command: Command
            switch endpoint.redeliver(stored, by: by, peer: peer, gate: gate, at: clock.wall()) {
            case .accept(var call):
                if let idempotencyKey {
                    call.idempotencyKey = "redelivery:\(keyring.uuid(.delivery, delivery.id)):\(idempotencyKey)"
                    call.request = sha256("redelivery of \(delivery.id)")
                }
                command = .accept(call)
            case .ignore(let ignored): command = .ignoreDelivery(ignored)
            case .ping, .challenge: throw Problem(409, "nothing_to_redeliver", "this delivery is only a ping for the endpoint as it is now")
            case .refuse(let refusal, _):
                throw Problem(409, "refused_now", "the endpoint as it is now refuses this delivery: \(refusal.detail)", fields: refusal.fields)
            }
            switch store.commit(command) {
            case .accepted(let call): return Redelivered(status: call.expiresAt == nil ? .accepted : .pending, delivery: call.delivery, call: call)
            case .ignored(let id, _): return Redelivered(status: .ignored, delivery: id, call: nil)
            case .conflict: try directory.reload()
            case let outcome: throw problem(of: outcome)
            }
        }
        throw problem(of: .conflict(status: "changed"))
    }

    /// The endpoint that a delivery came to, as it is now.
    private func receiver(of delivery: DeliveryRecord) throws(Problem) -> CompiledEndpoint {
        let current = directory.current
        guard let row = current.rows[delivery.endpoint], row.id == delivery.endpointID else {
            throw Problem(409, "endpoint_gone", "the endpoint '\(delivery.endpoint)' that this delivery came to is gone")
        }
        guard let endpoint = current.byName[delivery.endpoint] else {
            throw Problem(
                409, "endpoint_unusable",
                "the endpoint '\(delivery.endpoint)' cannot serve: \(current.unusable[delivery.endpoint]?.detail ?? "it takes no deliveries")")
        }
        guard endpoint.settings.trigger == .webhook else {
            throw Problem(409, "not_a_webhook", "the endpoint '\(delivery.endpoint)' takes no deliveries any more")
        }
        return endpoint
    }
}
