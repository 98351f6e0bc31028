internal import SQLite

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
    private static let rejectionColumns = """
        SELECT r.id, e.name, r.received_at, r.status, r.reason, r.peer, r.sender_id
        FROM rejected_deliveries r JOIN endpoints e ON e.id = r.endpoint_id
        """

    package func rejection(_ id: Int64) throws -> RejectionRecord? {
        try read { connection in
            let statement = try connection.prepare(Self.rejectionColumns + " WHERE r.id = ?")
            statement.bind(1, id)
            return try statement.first(Self.rejection)
        }
    }

    /// Refused attempts below `cursor`, newest first; of one endpoint among the newest `search`.
    package func rejections(
        endpoint: String? = nil, below cursor: Int64? = nil, limit: Int, search: Int = Store.searchLimit
    ) throws -> Page<RejectionRecord> {
        try read { connection in
            let numbers = try endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return Page([], limit: limit, number: \.id) }
            let floor = endpoint == nil ? nil : try Self.floor(connection, "rejected_deliveries", below: cursor, limit: search)
            let statement = try connection.prepare(
                Self.rejectionColumns + """
                     WHERE r.id < ?1 AND r.id > ?2 AND (?3 IS NULL OR r.endpoint_id IN (SELECT value FROM json_each(?3)))
                    ORDER BY r.id DESC LIMIT ?4
                    """)
            statement.bind(1, cursor ?? .max)
            statement.bind(2, floor ?? .min)
            statement.bind(3, numbers ?? nil)
            statement.bind(4, Int64(limit + 1))
            return Page(try statement.map(Self.rejection), limit: limit, floor: floor, number: \.id)
        }
    }

    private static func rejection(_ row: Statement) -> RejectionRecord {
        RejectionRecord(
            id: row.integer(0), endpoint: row.text(1), receivedAt: row.integer(2), status: Int(row.integer(3)), reason: row.text(4),
            peer: row.text(5), senderID: row.optionalText(6))
    }
}
