internal import Crypto
package import Model
internal import SQLite

extension Store {
    private static let runColumns = """
        SELECT r.id, e.name, r.status, c.source, c.requested_by, c.event, c.sender_id, json_extract(s.body, '$.command'), r.queued_at,
          r.started_at, r.finished_at, r.exit_code, r.duration_us, r.cut_bytes, r.error, EXISTS (SELECT 1 FROM approvals a WHERE a.id = r.id)
        FROM runs r JOIN calls c ON c.id = r.id JOIN endpoints e ON e.id = r.endpoint_id JOIN specs s ON s.id = c.spec_id
        """

    package func run(_ id: Int64) throws -> Run? {
        try read { connection in
            let statement = try connection.prepare(Self.runColumns + " WHERE r.id = ?")
            statement.bind(1, id)
            return try statement.first(Self.run)
        }
    }

    package func runs(
        status: RunStatus? = nil, endpoint: String? = nil, below cursor: Int64? = nil, limit: Int, search: Int = Store.searchLimit
    ) throws -> Page<Run> {
        var sql = Self.runColumns + " WHERE r.id < ?1 AND r.id > ?5 AND (?3 IS NULL OR r.status = ?3)"
        if endpoint != nil { sql += " AND r.endpoint_id IN (SELECT value FROM json_each(?2))" }
        sql += " ORDER BY r.id DESC LIMIT ?4"
        return try read { connection in
            let numbers = try endpoint.map { name throws(DatabaseError) in try Self.endpointNumbers(connection, named: name) }
            if numbers == .some(nil) { return Page([], limit: limit, number: \.id) }
            let isSearch = status != nil || endpoint != nil
            let floor = isSearch ? try Self.floor(connection, "runs", below: cursor, limit: search) : nil
            let statement = try connection.prepare(sql)
            statement.bind(1, cursor ?? .max)
            if let numbers { statement.bind(2, numbers) }
            statement.bind(3, status?.rawValue)
            statement.bind(4, Int64(limit + 1))
            statement.bind(5, floor ?? .min)
            return Page(try statement.map(Self.run), limit: limit, floor: floor, number: \.id)
        }
    }

    private static func run(_ row: Statement) throws(DatabaseError) -> Run {
        Run(
            id: row.integer(0), endpoint: row.text(1), status: try status(row.text(2)), origin: origin(row, from: 3),
            command: row.text(7), queuedAt: row.integer(8), startedAt: row.optionalInteger(9), finishedAt: row.optionalInteger(10),
            exitCode: row.optionalInteger(11).map { Int($0) }, durationMicroseconds: row.optionalInteger(12),
            cutBytes: Int(row.integer(13)), error: row.optionalText(14), wasGated: row.bool(15))
    }

    package func output(ofRun id: Int64) throws -> [UInt8] {
        try read { connection in
            let statement = try connection.prepare("SELECT bytes FROM run_outputs WHERE id = ?")
            statement.bind(1, id)
            return try statement.first { $0.blob(0) } ?? []
        }
    }

    /// Runs that wait, oldest first: what the dispatcher starts from.
    package func queuedRuns() throws -> [CommitNotice.QueuedRun] {
        try read {
            try $0.prepare(
                """
                SELECT r.id, r.endpoint_id, c.idempotency_key FROM runs r INDEXED BY runs_open JOIN calls c ON c.id = r.id
                WHERE r.finished_at IS NULL AND r.status = 'queued' ORDER BY r.id
                """
            ).map { row in
                let fire = row.optionalText(2).flatMap { FireKey($0) }
                let schedule = fire.map { ScheduleReference(endpoint: row.integer(1), name: $0.schedule) }
                return CommitNotice.QueuedRun(id: row.integer(0), endpoint: row.integer(1), schedule: schedule)
            }
        }
    }

    /// Runs that are under way; at a start, those that a former life did not see end.
    package func runningRuns() throws -> [Int64] {
        try read {
            try $0.prepare("SELECT id FROM runs INDEXED BY runs_open WHERE finished_at IS NULL AND status = 'running' ORDER BY id")
                .map { $0.integer(0) }
        }
    }

    /// A call as it was frozen, to be executed or shown.
    package func frozenCall(_ id: Int64) throws -> FrozenCall? {
        try read { connection in
            let statement = try connection.prepare(
                """
                SELECT c.endpoint_id, e.name, s.body, c.source, c.requested_by, c.event, c.sender_id,
                  (SELECT b.bytes FROM bodies b WHERE b.id = c.body_id), hex(c.digest), c.requested_at,
                  EXISTS (SELECT 1 FROM approvals a WHERE a.id = c.id),
                  (SELECT a.decided_by FROM approvals a WHERE a.id = c.id AND a.status = 'approved')
                FROM calls c JOIN endpoints e ON e.id = c.endpoint_id JOIN specs s ON s.id = c.spec_id WHERE c.id = ?
                """)
            statement.bind(1, id)
            return try statement.first { row throws(DatabaseError) in
                var call = FrozenCall(
                    id: id, endpointID: row.integer(0), endpoint: row.text(1), spec: try Self.decodeSpec(row.text(2)),
                    specHash: sha256(row.text(2)), origin: Self.origin(row, from: 3), stdin: row.blob(7),
                    digest: row.text(8).lowercased(), requestedAt: row.integer(9), wasGated: row.bool(10))
                call.approvedBy = row.optionalText(11)
                return call
            }
        }
    }

    /// Counts by status, for metrics.
    package func openRuns() throws -> (queued: Int, running: Int) {
        try read {
            let counts = try $0.prepare("SELECT status, count(*) FROM runs INDEXED BY runs_open WHERE finished_at IS NULL GROUP BY status")
                .map { ($0.text(0), Int($0.integer(1))) }
            return (counts.first { $0.0 == "queued" }?.1 ?? 0, counts.first { $0.0 == "running" }?.1 ?? 0)
        }
    }
}
