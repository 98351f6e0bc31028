package import Model
internal import SQLite

extension Store {
    private static let approvalColumns = """
        SELECT a.id, e.name, a.status, a.requested_at, a.expires_at, a.timeout_mins, c.source, c.requested_by, c.event, c.sender_id,
          s.body, hex(c.digest), a.decided_at, a.decided_by, a.decided_via, a.reason, e.revision, e.deleted_at IS NOT NULL,
          EXISTS (SELECT 1 FROM runs r WHERE r.id = a.id), coalesce((SELECT length(b.bytes) FROM bodies b WHERE b.id = c.body_id), 0),
          a.fires, a.missed, a.gate_reason,
          c.body_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM bodies b WHERE b.id = c.body_id)
        """
    private static let approvalSources =
        "approvals a JOIN calls c ON c.id = a.id JOIN endpoints e ON e.id = a.endpoint_id JOIN specs s ON s.id = c.spec_id"

    package func approval(_ id: Int64) throws -> Approval? {
        try read { connection in
            let statement = try connection.prepare("\(Self.approvalColumns) FROM \(Self.approvalSources) WHERE a.id = ?")
            statement.bind(1, id)
            return try statement.first(Self.approval)
        }
    }

    /// Approvals below `cursor`, newest first; of one status or endpoint where given, among the newest `search`.
    package func approvals(
        status: ApprovalStatus? = nil, decidedOnly: Bool = false, endpoint: String? = nil, below cursor: Int64? = nil, limit: Int,
        search: Int = Store.searchLimit
    ) throws -> Page<Approval> {
        // Those that wait are found by their own table, however long the history is.
        let isPending = status == .pending
        let sources = isPending ? "pending_approvals p CROSS JOIN \(Self.approvalSources) AND a.id = p.id" : Self.approvalSources
        let number = isPending ? "p.id" : "a.id"
        var sql = "\(Self.approvalColumns) FROM \(sources) WHERE \(number) < ?1 AND \(number) > ?5"
        if endpoint != nil { sql += " AND \(isPending ? "p" : "a").endpoint_id IN (SELECT value FROM json_each(?2))" }
        if decidedOnly {
            sql += " AND a.status <> 'pending'"
        } else if !isPending {
            sql += " AND (?4 IS NULL OR a.status = ?4)"
        }
        sql += " ORDER BY \(number) DESC LIMIT ?3"
        let isSearch = !isPending && (decidedOnly || status != nil || endpoint != nil)
        return try read { connection in
            let numbers = try endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return Page([], limit: limit, number: \.id) }
            let floor = isSearch ? try Self.floor(connection, "approvals", below: cursor, limit: search) : nil
            let statement = try connection.prepare(sql)
            statement.bind(1, cursor ?? .max)
            if let numbers { statement.bind(2, numbers) }
            statement.bind(3, Int64(limit + 1))
            if !isPending, !decidedOnly { statement.bind(4, status?.rawValue) }
            statement.bind(5, floor ?? .min)
            return Page(try statement.map(Self.approval), limit: limit, floor: floor, number: \.id)
        }
    }

    /// How many wait; of an endpoint, or of those that a pattern names, where one is given.
    package func pendingApprovals(endpoint: String? = nil) throws -> Int {
        try read { connection in
            let numbers = try endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return 0 }
            let statement = try connection.prepare(
                """
                SELECT count(*) FROM pending_approvals WHERE ?1 IS NULL OR endpoint_id IN (SELECT value FROM json_each(?1))
                """)
            statement.bind(1, numbers ?? nil)
            return try statement.first { Int($0.integer(0)) } ?? 0
        }
    }

    private static func approval(_ row: Statement) throws(DatabaseError) -> Approval {
        let spec = try decodeSpec(row.text(10))
        var approval = Approval(
            id: row.integer(0), endpoint: row.text(1), status: try status(row.text(2)), requestedAt: row.integer(3),
            expiresAt: row.integer(4), timeoutMinutes: Int(row.integer(5)), origin: origin(row, from: 6), spec: spec,
            digest: row.text(11).lowercased(), decidedAt: row.optionalInteger(12), decidedBy: row.optionalText(13),
            decidedVia: row.optionalText(14).flatMap(DecisionVia.init), reason: row.optionalText(15),
            endpointChanged: row.bool(17) || row.integer(16) != spec.revision, hasRun: row.bool(18), stdinSize: Int(row.integer(19)))
        approval.fires = Int(row.integer(20))
        approval.missed = (row.optionalText(21) ?? "").dropFirst().dropLast().split(separator: ",").compactMap { Int64($0) }
        approval.gateReason = row.optionalText(22)
        approval.isBodyGone = row.bool(23)
        return approval
    }

    static func status<Status: RawRepresentable<String>>(_ text: String) throws(DatabaseError) -> Status {
        guard let status = Status(rawValue: text) else { throw DatabaseError(code: 11, message: "unknown status '\(text)' in a row") }
        return status
    }

    static func decodeSpec(_ json: String) throws(DatabaseError) -> CallSpec {
        guard let spec = CallSpec(json: json) else { throw DatabaseError(code: 11, message: "a stored call cannot be read") }
        return spec
    }

    /// The four columns source, requested_by, event, sender_id.
    static func origin(_ row: Statement, from column: Int32) -> CallOrigin {
        CallOrigin(
            source: CallSource(rawValue: row.text(column)) ?? .api, requestedBy: row.text(column + 1),
            event: row.optionalText(column + 2), deliveryID: row.optionalText(column + 3))
    }
}
