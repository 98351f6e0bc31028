internal import Model
internal import SQLite

/// A delivery as it is listed.
package struct DeliveryRecord: Sendable {
    package var id: Int64
    package var endpoint: String
    package var senderID: String?
    package var event: String?
    package var source: String
    package var receivedAt: Int64
    package var verdict: String
    /// Nil too when the call is beyond the retention.
    package var call: Int64?
    package var peer: String
    package var headers: String
    package var seen: Int
    package var lastSeenAt: Int64
    package var isGated: Bool
    package var size: Int
}

/// A refused attempt.
package struct RejectionRecord: Sendable {
    package var id: Int64
    package var endpoint: String
    package var receivedAt: Int64
    package var status: Int
    package var reason: String
    package var peer: String
    package var senderID: String?
}

extension Store {
    private static let deliveryColumns = """
        SELECT d.id, e.name, d.sender_id, d.event, d.source, d.received_at, d.verdict,
          (SELECT c.id FROM calls c WHERE c.id = d.call_id), d.peer, d.headers, d.seen, d.last_seen_at,
          EXISTS (SELECT 1 FROM approvals a WHERE a.id = d.call_id), coalesce((SELECT length(b.bytes) FROM bodies b WHERE b.id = d.body_id), 0)
        FROM deliveries d JOIN endpoints e ON e.id = d.endpoint_id
        """

    package func delivery(_ id: Int64) throws -> DeliveryRecord? {
        try read { connection in
            let statement = try connection.prepare(Self.deliveryColumns + " WHERE d.id = ?")
            statement.bind(1, id)
            return try statement.first(Self.delivery)
        }
    }

    package func deliveries(
        endpoint: String? = nil, below cursor: Int64? = nil, limit: Int, search: Int = Store.searchLimit
    ) throws -> Page<DeliveryRecord> {
        var sql = Self.deliveryColumns + " WHERE d.id < ?1 AND d.id > ?4"
        if endpoint != nil { sql += " AND d.endpoint_id IN (SELECT value FROM json_each(?2))" }
        sql += " ORDER BY d.id DESC LIMIT ?3"
        return try read { connection in
            let numbers = try endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return Page([], limit: limit, number: \.id) }
            let floor = endpoint == nil ? nil : try Self.floor(connection, "deliveries", below: cursor, limit: search)
            let statement = try connection.prepare(sql)
            statement.bind(1, cursor ?? .max)
            if let numbers { statement.bind(2, numbers) }
            statement.bind(3, Int64(limit + 1))
            statement.bind(4, floor ?? .min)
            return Page(try statement.map(Self.delivery), limit: limit, floor: floor, number: \.id)
        }
    }

    /// The raw body of a delivery, byte for byte as it came.
    package func body(ofDelivery id: Int64) throws -> [UInt8]? {
        try read { connection in
            let statement = try connection.prepare(
                "SELECT coalesce((SELECT b.bytes FROM bodies b WHERE b.id = d.body_id), x'') FROM deliveries d WHERE d.id = ?")
            statement.bind(1, id)
            return try statement.first { $0.blob(0) }
        }
    }

    package func rejections(below cursor: Int64? = nil, limit: Int) throws -> Page<RejectionRecord> {
        try read { connection in
            let statement = try connection.prepare(
                """
                SELECT r.id, e.name, r.received_at, r.status, r.reason, r.peer, r.sender_id
                FROM rejected_deliveries r JOIN endpoints e ON e.id = r.endpoint_id WHERE r.id < ?1 ORDER BY r.id DESC LIMIT ?2
                """)
            statement.bind(1, cursor ?? .max)
            statement.bind(2, Int64(limit + 1))
            let rows = try statement.map {
                RejectionRecord(
                    id: $0.integer(0), endpoint: $0.text(1), receivedAt: $0.integer(2), status: Int($0.integer(3)), reason: $0.text(4),
                    peer: $0.text(5), senderID: $0.optionalText(6))
            }
            return Page(rows, limit: limit, number: \.id)
        }
    }

    private static func delivery(_ row: Statement) -> DeliveryRecord {
        DeliveryRecord(
            id: row.integer(0), endpoint: row.text(1), senderID: row.optionalText(2), event: row.optionalText(3), source: row.text(4),
            receivedAt: row.integer(5), verdict: row.text(6), call: row.optionalInteger(7), peer: row.text(8), headers: row.text(9),
            seen: Int(row.integer(10)), lastSeenAt: row.integer(11), isGated: row.bool(12), size: Int(row.integer(13)))
    }
}
