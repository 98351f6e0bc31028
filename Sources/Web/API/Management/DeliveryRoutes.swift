internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import TimeZones
internal import Triggers

/// `/deliveries`
struct DeliveryRoutes: Sendable {
    let services: Services

    /// So much of a body stands in the answer about one delivery.
    private static let shownBody = 64 << 10

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let found = try services.store.deliveries(try DeliverySearch(request), below: page.cursor, limit: page.limit)
        return .list(found.items.map { .object(JSONObject(members($0))) }, next: found.next)
    }

    /// Attempts that were refused, with the reason; their bodies are not kept.
    @Sendable func rejected(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let found = try services.store.rejections(endpoint: request.parameter("endpoint"), below: page.cursor, limit: page.limit)
        return .list(
            found.items.map {
                [
                    "id": .string(services.keyring.uuid(.rejection, $0.id)), "endpoint": .string($0.endpoint),
                    "received_at": .instant($0.receivedAt), "status": .int($0.status),
                    "reason": .string($0.reason), "peer": .string($0.peer), "delivery_id": .optional($0.senderID),
                ]
            }, next: found.next)
    }

    /// One delivery with its headers, the beginning of its body and what was made of it.
    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        let delivery = try find(request)
        let (fields, isCut) = readKeptHeaders(try services.store.headers(ofDelivery: delivery.id) ?? "")
        let again = try services.store.redeliveries(of: delivery.id)
        let run = try delivery.call.flatMap { try services.store.run($0) }
        let more: [(String, JSONValue)] = [
            ("redelivered_as", .array(again.map { .string(services.keyring.uuid(.delivery, $0)) })),
            ("headers", .array(fields.map { ["name": .string($0.name), "value": .string($0.value)] })),
            ("headers_cut", .bool(isCut)),
            (
                "timings",
                [
                    "received_at": .instant(delivery.receivedAt), "verify_us": .optional(delivery.verifyMicroseconds.map { Int($0) }),
                    "queued_at": .instant(run?.queuedAt), "started_at": .instant(run?.startedAt), "finished_at": .instant(run?.finishedAt),
                ]
            ),
        ]
        return .json(200, .object(JSONObject(members(delivery) + more + (try body(delivery)))))
    }

    /// As text if it is UTF-8, else in Base64; a long one is cut.
    private func body(_ delivery: DeliveryRecord) throws -> [(String, JSONValue)] {
        guard let size = delivery.size, let bytes = try services.store.body(ofDelivery: delivery.id, limit: Self.shownBody) else {
            return [("body", .null), ("body_cut", false)]
        }
        let isCut: (String, JSONValue) = ("body_cut", .bool(bytes.count < size))
        // The cut may go through a character.
        for end in stride(from: bytes.count, through: max(0, bytes.count - (bytes.count < size ? 3 : 0)), by: -1) {
            if let text = utf8String(Array(bytes[..<end])) { return [("body", .string(text)), isCut] }
        }
        return [("body_base64", .string(base64Encode(bytes))), isCut]
    }

    /// The raw body as the sender sent it.
    @Sendable func body(_ request: OwnedRequest) throws -> Response {
        guard let bytes = try services.store.body(ofDelivery: try find(request).id) else {
            throw Problem(410, "body_gone", "the body of this delivery is no longer kept")
        }
        return Response(
            status: 200,
            headers: [
                ("Content-Type", "application/octet-stream"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
            ], body: bytes)
    }

    /// A new delivery from the stored body, through today's filters and gate.
    @Sendable func redeliver(_ request: OwnedRequest) throws -> Response {
        let key = try checkedIdempotencyKey(request.header("idempotency-key"))
        if let rejected = services.keyring.number(.rejection, request.segments[1]), try services.store.rejection(rejected) != nil {
            throw Problem(409, "nothing_to_redeliver", "this attempt was refused, and of refused attempts no body is kept")
        }
        let delivery = try find(request)
        let made = try services.redeliver(delivery, by: "admin token", peer: request.peer, idempotencyKey: key)
        var answer: [(String, JSONValue)] = [
            ("status", .string(made.status.rawValue)), ("id", made.delivery.map { .string(services.keyring.uuid(.delivery, $0)) } ?? .null),
            ("redelivery_of", .string(services.keyring.uuid(.delivery, delivery.id))),
        ]
        if let call = made.call {
            if call.expiresAt != nil {
                answer.append(("approval_id", .string(services.keyring.uuid(.approval, call.call))))
                answer.append(("approve_url", .string(services.approveURL(call.call))))
                answer.append(("expires_in_mins", .optional(call.timeoutMinutes)))
            } else {
                answer.append(("run_id", .string(services.keyring.uuid(.run, call.call))))
            }
        }
        return .json(
            made.call == nil ? 200 : 202, .object(JSONObject(answer)), headers: services.duplicateHeader(made.call?.isDuplicate ?? false))
    }

    private func find(_ request: OwnedRequest) throws -> DeliveryRecord {
        guard let id = services.number(.delivery, request), let found = try services.store.delivery(id) else {
            throw Problem(404, "unknown_delivery", "there is no such delivery")
        }
        return found
    }

    private func members(_ delivery: DeliveryRecord) -> [(String, JSONValue)] {
        let call = delivery.call
        return [
            ("id", .string(services.keyring.uuid(.delivery, delivery.id))),
            ("endpoint", .string(delivery.endpoint)),
            ("delivery_id", .optional(delivery.senderID)),
            ("event", .optional(delivery.event)),
            ("source", .string(delivery.source)),
            ("verdict", .string(delivery.verdict.rawValue)),
            ("reason", .optional(delivery.reason)),
            ("received_at", .instant(delivery.receivedAt)),
            ("last_seen_at", .instant(delivery.lastSeenAt)),
            ("seen", .int(delivery.seen)),
            ("peer", .string(delivery.peer)),
            ("matched_secret", .optional(delivery.matchedSecret)),
            ("body_bytes", .optional(delivery.size)),
            ("requested_by", .optional(delivery.requestedBy)),
            ("redelivery_of", delivery.redeliveryOf.map { .string(services.keyring.uuid(.delivery, $0)) } ?? .null),
            ("call_id", call.map { .string(services.keyring.uuid(.call, $0)) } ?? .null),
            ("approval_id", call.flatMap { delivery.isGated ? .string(services.keyring.uuid(.approval, $0)) : nil } ?? .null),
            ("run_id", call.flatMap { delivery.hasRun ? .string(services.keyring.uuid(.run, $0)) : nil } ?? .null),
        ]
    }
}

extension DeliverySearch {
    /// The filters of a query. An empty value is none, so that a form may send all its fields.
    init(_ request: OwnedRequest) throws(Problem) {
        self.init()
        func text(_ name: String) -> String? { request.parameter(name).flatMap { $0.isEmpty ? nil : $0 } }
        endpoint = text("endpoint")
        event = text("event")
        source = text("source")
        senderID = text("delivery_id")
        verdict = text("verdict") == nil ? nil : try request.choice("verdict", DeliveryVerdict.self)
        since = try Self.instant(text("since"), "since")
        until = try Self.instant(text("until"), "until")
    }

    private static func instant(_ text: String?, _ name: String) throws(Problem) -> Int64? {
        guard let text else { return nil }
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw Problem(
                422, "invalid_parameter", "\(name) is a day or an instant, such as 2026-11-23 or 2026-11-23T08:00:00Z",
                fields: [.init(name, "a day or an RFC 3339 instant")])
        }
        return time.seconds * 1_000_000 + Int64(time.nanoseconds / 1000)
    }
}
