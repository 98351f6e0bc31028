internal import Model
internal import SQLite

extension Writer {
    func putEndpoint(_ put: PutEndpoint) throws(DatabaseError) -> Outcome {
        let statement = try connection.prepare(
            "SELECT id, revision, settings, overrides, origin, kind FROM endpoints WHERE name = ? AND deleted_at IS NULL")
        statement.bind(1, put.name)
        let known = try statement.first { ($0.integer(0), $0.integer(1), $0.text(2), $0.text(3), $0.text(4), $0.text(5)) }
        endpointsChanged()
        guard let (id, revision, settings, overrides, origin, kind) = known else {
            return put.expected == nil ? try insertEndpoint(put) : .notFound
        }
        if put.mustBeNew { return .conflict(status: "exists") }
        if let expected = put.expected, expected != EndpointVersion(id: id, revision: revision) { return .conflict(status: "changed") }
        if settings == put.settings, overrides == put.overrides, origin == put.origin.rawValue, kind == put.kind.rawValue {
            return .endpoint(id: id, revision: revision)
        }
        _ = try run(
            "UPDATE endpoints SET settings = ?, overrides = ?, origin = ?, revision = revision + 1, updated_at = ?, kind = ? WHERE id = ?"
        ) {
            $0.bind(5, put.kind.rawValue)
            $0.bind(6, id)
            $0.bind(1, put.settings)
            $0.bind(2, put.overrides)
            $0.bind(3, put.origin.rawValue)
            $0.bind(4, put.at)
        }
        try appendEvent("endpoint_changed", at: put.at, endpoint: id, subject: revision + 1)
        return .endpoint(id: id, revision: revision + 1)
    }

    private func insertEndpoint(_ put: PutEndpoint) throws(DatabaseError) -> Outcome {
        _ = try run(
            """
            INSERT INTO endpoints (name, origin, revision, settings, overrides, created_at, updated_at, kind)
            VALUES (?1, ?2, 1, ?3, ?4, ?5, ?5, ?6)
            """
        ) {
            $0.bind(6, put.kind.rawValue)
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
        let pending = try ids("SELECT id FROM pending_approvals WHERE endpoint_id = ?", id)
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
}
