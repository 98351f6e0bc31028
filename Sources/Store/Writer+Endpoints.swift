internal import Model
internal import SQLite

extension Writer {
    func putEndpoint(_ put: PutEndpoint) throws(DatabaseError) -> Outcome {
        let statement = try connection.prepare(
            "SELECT id, revision, settings, overrides, origin FROM endpoints WHERE name = ? AND deleted_at IS NULL")
        statement.bind(1, put.name)
        let known = try statement.first { ($0.integer(0), $0.integer(1), $0.text(2), $0.text(3), $0.text(4)) }
        endpointsChanged()
        guard let (id, revision, settings, overrides, origin) = known else {
            return put.expected == nil ? try insertEndpoint(put) : .notFound
        }
        if put.mustBeNew { return .conflict(status: "exists") }
        if let expected = put.expected, expected != EndpointVersion(id: id, revision: revision) { return .conflict(status: "changed") }
        if settings == put.settings, overrides == put.overrides, origin == put.origin.rawValue {
            return .endpoint(id: id, revision: revision)
        }
        _ = try run(
            "UPDATE endpoints SET settings = ?, overrides = ?, origin = ?, revision = revision + 1, updated_at = ? WHERE id = ?"
        ) {
            $0.bind(1, put.settings)
            $0.bind(2, put.overrides)
            $0.bind(3, put.origin.rawValue)
            $0.bind(4, put.at)
            $0.bind(5, id)
        }
        try appendEvent("endpoint_changed", at: put.at, endpoint: id, subject: revision + 1)
        return .endpoint(id: id, revision: revision + 1)
    }

    private func insertEndpoint(_ put: PutEndpoint) throws(DatabaseError) -> Outcome {
        _ = try run(
            """
            INSERT INTO endpoints (name, origin, revision, settings, overrides, created_at, updated_at)
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?5)
            """
        ) {
            $0.bind(1, put.name)
            $0.bind(2, put.origin.rawValue)
            $0.bind(3, put.settings)
            $0.bind(4, put.overrides)
            $0.bind(5, put.at)
        }
        let id = connection.lastInsertRowID
        try appendEvent("endpoint_created", at: put.at, endpoint: id, subject: 1)
        return .endpoint(id: id, revision: 1)
    }

    /// Pending approvals and open runs keep an endpoint alive unless the deletion is forced; forced, approvals are cancelled and queued
    /// runs with them, while running ones end by themselves.
    func deleteEndpoint(_ name: String, force: Bool, at: Int64) throws(DatabaseError) -> Outcome {
        let statement = try connection.prepare("SELECT id FROM endpoints WHERE name = ? AND deleted_at IS NULL")
        statement.bind(1, name)
        guard let id = try statement.first({ $0.integer(0) }) else { return .notFound }
        let pending = try ids("SELECT id FROM approvals INDEXED BY approvals_pending WHERE status = 'pending' AND endpoint_id = ?", id)
        let queued = try ids("SELECT id FROM runs INDEXED BY runs_open WHERE finished_at IS NULL AND endpoint_id = ?", id)
        if !force, !pending.isEmpty || !queued.isEmpty {
            return .conflict(status: "\(pending.count) pending approvals and \(queued.count) open runs")
        }
        for approval in pending { _ = try cancelApproval(approval, by: "endpoint deleted", at: at) }
        for run in queued { _ = try cancelRun(run, at: at) }
        _ = try run("UPDATE endpoints SET deleted_at = ? WHERE id = ?") {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        try appendEvent("endpoint_deleted", at: at, endpoint: id, subject: nil)
        endpointsChanged()
        return .done
    }

    private func ids(_ sql: String, _ endpoint: Int64) throws(DatabaseError) -> [Int64] {
        let statement = try connection.prepare(sql)
        statement.bind(1, endpoint)
        return try statement.map { $0.integer(0) }
    }

    // MARK: Schedules

    /// Moves a schedule's high-water mark, which never goes back, and links the call that it made.
    func advance(_ endpoint: Int64, to fireTime: Int64, call: Int64) throws(DatabaseError) {
        _ = try run(
            """
            INSERT INTO schedules (endpoint_id, high_water, last_call_id) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET high_water = max(high_water, excluded.high_water), last_call_id = excluded.last_call_id
            """
        ) {
            $0.bind(1, endpoint)
            $0.bind(2, fireTime)
            $0.bind(3, call)
        }
    }

    /// Says that everything up to a time is settled; fires that passed unserved are counted and told as one event.
    func markSchedule(_ endpoint: Int64, highWater: Int64, missed: Int, identity: String?, at: Int64) throws(DatabaseError) -> Outcome {
        _ = try run(
            """
            INSERT INTO schedules (endpoint_id, high_water, missed, identity) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET high_water = max(high_water, excluded.high_water), missed = missed + excluded.missed,
              identity = coalesce(excluded.identity, identity)
            """
        ) {
            $0.bind(4, identity)
            $0.bind(1, endpoint)
            $0.bind(2, highWater)
            $0.bind(3, Int64(missed))
        }
        if missed > 0 { try appendEvent("schedule_missed", at: at, endpoint: endpoint, subject: nil, data: String(missed)) }
        return .done
    }

    func pauseSchedule(_ endpoint: Int64, paused: Bool, at: Int64) throws(DatabaseError) -> Outcome {
        _ = try run(
            """
            INSERT INTO schedules (endpoint_id, high_water, paused) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET paused = excluded.paused
            """
        ) {
            $0.bind(1, endpoint)
            $0.bind(2, at)
            $0.bind(3, paused)
        }
        try appendEvent(paused ? "schedule_paused" : "schedule_resumed", at: at, endpoint: endpoint, subject: nil)
        return .done
    }
}
