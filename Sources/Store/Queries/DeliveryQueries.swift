package import Model
internal import SQLite

/// A delivery as it is listed.
package struct DeliveryRecord: Sendable {
    package var id: Int64
    package var endpointID: Int64
    package var endpoint: String
    package var senderID: String?
    package var event: String?
    package var source: String
    package var receivedAt: Int64
    package var verdict: DeliveryVerdict
    /// Nil too when the call is beyond the retention.
    package var call: Int64?
    package var peer: String
    package var seen: Int
    package var lastSeenAt: Int64
    package var isGated: Bool
    package var hasRun: Bool
    /// Of the body; nil when it is no longer kept.
    package var size: Int?
    package var matchedSecret: Int?
    package var redeliveryOf: Int64?
    package var verifyMicroseconds: Int64?
    /// Who or what made its call.
    package var requestedBy: String?
    /// The rule that left it out, of one that was ignored; those of before schema 8 have none.
    package var reason: String?
}

/// What is looked for among deliveries; all that is set must hold.
package struct DeliverySearch: Sendable, Equatable {
    package var endpoint: String?
    package var event: String?
    package var source: String?
    package var verdict: DeliveryVerdict?
    package var senderID: String?
    /// Microseconds since 1970: from this one on, and before that one.
    package var since: Int64?
    package var until: Int64?

    package init(endpoint: String? = nil) { self.endpoint = endpoint }

    var isEverything: Bool { self == DeliverySearch() }
}

extension Store {
    private static let deliveryColumns = """
        SELECT d.id, d.endpoint_id, e.name, d.sender_id, d.event, d.source, d.received_at, d.verdict, c.id, d.peer, d.seen, d.last_seen_at,
          EXISTS (SELECT 1 FROM approvals a WHERE a.id = d.call_id), EXISTS (SELECT 1 FROM runs r WHERE r.id = d.call_id),
          CASE WHEN d.body_id IS NULL THEN 0 ELSE (SELECT length(b.bytes) FROM bodies b WHERE b.id = d.body_id) END,
          d.matched_secret, d.redelivery_of, d.verify_us, c.requested_by, d.reason
        FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id LEFT JOIN calls c ON c.id = d.call_id
        """

    package func delivery(_ id: Int64) throws -> DeliveryRecord? {
        try read { connection in
            let statement = try connection.prepare(Self.deliveryColumns + " WHERE d.id = ?")
            statement.bind(1, id)
            return try statement.first(Self.delivery)
        }
    }

    /// Deliveries below `cursor`, newest first; of those that `wanted` fits, among the newest `search`.
    package func deliveries(
        _ wanted: DeliverySearch = DeliverySearch(), below cursor: Int64? = nil, limit: Int, search: Int = Store.searchLimit
    ) throws -> Page<DeliveryRecord> {
        let sql =
            Self.deliveryColumns + """
                 WHERE d.id < ?1 AND d.id > ?2 AND (?3 IS NULL OR d.endpoint_id IN (SELECT value FROM json_each(?3)))
                  AND (?4 IS NULL OR d.event = ?4) AND (?5 IS NULL OR d.source = ?5) AND (?6 IS NULL OR d.verdict = ?6)
                  AND (?7 IS NULL OR d.sender_id = ?7) AND (?8 IS NULL OR d.received_at >= ?8) AND (?9 IS NULL OR d.received_at < ?9)
                ORDER BY d.id DESC LIMIT ?10
                """
        return try read { connection in
            let numbers = try wanted.endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return Page([], limit: limit, number: \.id) }
            let floor = wanted.isEverything ? nil : try Self.floor(connection, "deliveries", below: cursor, limit: search)
            let statement = try connection.prepare(sql)
            statement.bind(1, cursor ?? .max)
            statement.bind(2, floor ?? .min)
            statement.bind(3, numbers ?? nil)
            statement.bind(4, wanted.event)
            statement.bind(5, wanted.source)
            statement.bind(6, wanted.verdict?.rawValue)
            statement.bind(7, wanted.senderID)
            statement.bind(8, wanted.since)
            statement.bind(9, wanted.until)
            statement.bind(10, Int64(limit + 1))
            return Page(try statement.map(Self.delivery), limit: limit, floor: floor, number: \.id)
        }
    }

    /// The headers that are kept of a delivery, one line each.
    package func headers(ofDelivery id: Int64) throws -> String? {
        try read { connection in
            let statement = try connection.prepare("SELECT headers FROM deliveries WHERE id = ?")
            statement.bind(1, id)
            return try statement.first { $0.text(0) }
        }
    }

    /// Deliveries that repeat this one at somebody's wish, oldest first.
    package func redeliveries(of id: Int64, limit: Int = 100) throws -> [Int64] {
        try read { connection in
            let statement = try connection.prepare("SELECT id FROM deliveries WHERE redelivery_of = ? ORDER BY id LIMIT ?")
            statement.bind(1, id)
            statement.bind(2, Int64(limit))
            return try statement.map { $0.integer(0) }
        }
    }

    /// The raw body of a delivery, byte for byte as it came, or its first `limit` bytes; nil when it is no longer kept.
    package func body(ofDelivery id: Int64, limit: Int = Int(Int32.max)) throws -> [UInt8]? {
        try read { connection in
            let statement = try connection.prepare(
                """
                SELECT CASE WHEN d.body_id IS NULL THEN x'' ELSE (SELECT substr(b.bytes, 1, ?2) FROM bodies b WHERE b.id = d.body_id) END
                FROM deliveries d WHERE d.id = ?1
                """)
            statement.bind(1, id)
            statement.bind(2, Int64(limit))
            return try statement.first { $0.isNull(0) ? nil : $0.blob(0) } ?? nil
        }
    }

    private static func delivery(_ row: Statement) -> DeliveryRecord {
        DeliveryRecord(
            id: row.integer(0), endpointID: row.integer(1), endpoint: row.text(2), senderID: row.optionalText(3), event: row.optionalText(4),
            source: row.text(5), receivedAt: row.integer(6), verdict: DeliveryVerdict(rawValue: row.text(7)) ?? .accepted,
            call: row.optionalInteger(8), peer: row.text(9), seen: Int(row.integer(10)), lastSeenAt: row.integer(11), isGated: row.bool(12),
            hasRun: row.bool(13), size: row.optionalInteger(14).map { Int($0) }, matchedSecret: row.optionalInteger(15).map { Int($0) },
            redeliveryOf: row.optionalInteger(16), verifyMicroseconds: row.optionalInteger(17), requestedBy: row.optionalText(18),
            reason: row.optionalText(19))
    }
}
