internal import HTTP
internal import JSON
internal import Model
internal import Store

/// `/deliveries`
struct DeliveryRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let found = try services.store.deliveries(endpoint: request.parameter("endpoint"), below: page.cursor, limit: page.limit)
        return .list(found.items.map(json), next: found.next)
    }

    /// Attempts that were refused, with the reason; their bodies are not kept.
    @Sendable func rejected(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let found = try services.store.rejections(below: page.cursor, limit: page.limit)
        return .list(
            found.items.map {
                [
                    "endpoint": .string($0.endpoint), "received_at": .instant($0.receivedAt), "status": .int($0.status),
                    "reason": .string($0.reason), "peer": .string($0.peer), "delivery_id": .optional($0.senderID),
                ]
            }, next: found.next)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response { .json(200, json(try find(request))) }

    /// The raw body as the sender sent it.
    @Sendable func body(_ request: OwnedRequest) throws -> Response {
        let delivery = try find(request)
        return Response(
            status: 200, headers: [("Content-Type", "application/octet-stream"), ("Cache-Control", "no-store")],
            body: try services.store.body(ofDelivery: delivery.id) ?? [])
    }

    private func find(_ request: OwnedRequest) throws -> DeliveryRecord {
        guard let id = services.keyring.number(.delivery, request.segments[1]), let found = try services.store.delivery(id) else {
            throw Problem(404, "unknown_delivery", "there is no such delivery")
        }
        return found
    }

    private func json(_ delivery: DeliveryRecord) -> JSONValue {
        let approval = delivery.isGated ? delivery.call : nil
        let run = delivery.isGated ? nil : delivery.call
        return [
            "id": .string(services.keyring.uuid(.delivery, delivery.id)),
            "endpoint": .string(delivery.endpoint),
            "delivery_id": .optional(delivery.senderID),
            "event": .optional(delivery.event),
            "source": .string(delivery.source),
            "verdict": .string(delivery.verdict),
            "received_at": .instant(delivery.receivedAt),
            "last_seen_at": .instant(delivery.lastSeenAt),
            "seen": .int(delivery.seen),
            "peer": .string(delivery.peer),
            "headers": .object(
                JSONObject(
                    delivery.headers.split(separator: "\n").compactMap { line in
                        line.firstIndex(of: ":").map { (String(line[..<$0]), .string(String(line[line.index(after: $0)...].drop { $0 == " " }))) }
                    })),
            "body_bytes": .int(delivery.size),
            "approval_id": approval.map { .string(services.keyring.uuid(.approval, $0)) } ?? .null,
            "run_id": run.map { .string(services.keyring.uuid(.run, $0)) } ?? .null,
        ]
    }
}
