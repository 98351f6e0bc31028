internal import Model
internal import SQLite

extension Writer {
    /// Deletes what ended longer ago than the retention, a bounded number of rows a time. What is pending, queued or running stays,
    /// and so does the newest row of each kind, since the next number counts from it: a number is never used twice.
    /// Answers how many rows of all kinds are gone: with a batch or more, there may be more to do.
    func prune(_ retention: Retention, at: Int64) throws(DatabaseError) -> Outcome {
        let before = at - retention.microseconds
        var count = try pruneCalls(before: before, limit: retention.batch)
        count += try pruneDeliveries(before: before, limit: retention.batch)
        count += try pruneRejections(before: before, limit: retention.batch)
        count += try pruneEvents(before: before, limit: retention.batch)
        count += try pruneSkippedFires(before: before, limit: retention.batch)
        count += try pruneAlerts(before: before, limit: retention.batch)
        _ = try run("DELETE FROM sessions WHERE expires_at < ?") { $0.bind(1, before) }
        return .changed(count: count)
    }

    /// The rows to be deleted. `sql` gives number, time, and whether the row may go, oldest first: numbers grow with time, so the search
    /// ends at young rows, and an hour in which nothing is due costs next to nothing. A few young rows are passed over, in case a clock
    /// was wrong for a while.
    private func due<Value>(
        _ sql: String, before: Int64, limit: Int, _ read: (Statement) throws(DatabaseError) -> Value
    ) throws(DatabaseError) -> [Value] {
        let statement = try connection.prepare(sql)
        statement.bind(1, before)
        defer { statement.reset() }
        var found: [Value] = []
        var young = 0
        while found.count < limit, young < 1000, try statement.step() {
            if statement.integer(1) >= before {
                young += 1
            } else if statement.bool(2) {
                found.append(try read(statement))
            }
        }
        return found
    }

    // MARK: Calls

    private func pruneCalls(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let ids = try due(
            """
            SELECT id, requested_at, id < (SELECT max(id) FROM calls)
              AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = calls.id AND (a.decided_at IS NULL OR a.decided_at >= ?1))
              AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = calls.id AND (r.finished_at IS NULL OR r.finished_at >= ?1))
              AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.call_id = calls.id AND n.status IN ('pending', 'waiting'))
            FROM calls ORDER BY id
            """, before: before, limit: limit
        ) { $0.integer(0) }
        for id in ids { try deleteCall(id) }
        // The writer's memory may name specs that went with them.
        if !ids.isEmpty { forgetSpecs() }
        return ids.count
    }

    func deleteCall(_ id: Int64) throws(DatabaseError) {
        if let fire = try fireKey(of: id) {
            _ = try run(
                """
                DELETE FROM last_fires
                WHERE endpoint_id = (SELECT endpoint_id FROM calls WHERE id = ?1) AND schedule = ?2 AND call_id = ?1
                """
            ) {
                $0.bind(1, id)
                $0.bind(2, fire.schedule)
            }
        }
        _ = try run("DELETE FROM bodies WHERE id = (SELECT body_id FROM calls WHERE id = ?) AND id < (SELECT max(id) FROM bodies)") {
            $0.bind(1, id)
        }
        _ = try run(
            """
            DELETE FROM specs WHERE id = (SELECT spec_id FROM calls WHERE id = ?1) AND NOT EXISTS (SELECT 1 FROM calls
              WHERE calls.id >= specs.first_call AND calls.id < specs.first_call + ?2 AND calls.spec_id = specs.id AND calls.id <> ?1)
            """
        ) {
            $0.bind(1, id)
            $0.bind(2, Self.specStretch)
        }
        for sql in [
            "DELETE FROM notifications WHERE call_id = ?", "DELETE FROM run_outputs WHERE id = ?", "DELETE FROM runs WHERE id = ?",
            "DELETE FROM approvals WHERE id = ?", "DELETE FROM calls WHERE id = ?",
        ] {
            _ = try run(sql) { $0.bind(1, id) }
        }
    }

    // MARK: Deliveries

    /// Deliveries whose calls are gone, or that never had one.
    private func pruneDeliveries(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let ids = try due(
            """
            SELECT id, received_at, last_seen_at < ?1 AND id < (SELECT max(id) FROM deliveries)
              AND (call_id IS NULL OR NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = call_id))
            FROM deliveries ORDER BY id
            """, before: before, limit: limit
        ) { $0.integer(0) }
        for id in ids { _ = try deleteDelivery(id) }
        return ids.count
    }

    func deleteDelivery(_ id: Int64) throws(DatabaseError) -> Int {
        let statement = try connection.prepare("SELECT body_id, endpoint_id, sender_id FROM deliveries WHERE id = ?")
        statement.bind(1, id)
        guard let (body, endpoint, sender) = try statement.first({ ($0.optionalInteger(0), $0.integer(1), $0.optionalText(2)) }) else { return 0 }
        if let sender {
            try deliveryIndex.remove(endpoint, sender, delivery: id)
        }
        if let body { _ = try run("DELETE FROM bodies WHERE id = ? AND id < (SELECT max(id) FROM bodies)") { $0.bind(1, body) } }
        return try run("DELETE FROM deliveries WHERE id = ?") { $0.bind(1, id) }
    }

    func pruneRejections(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let ids = try due(
            "SELECT id, received_at, received_at < ?1 AND id < (SELECT max(id) FROM rejected_deliveries) FROM rejected_deliveries ORDER BY id",
            before: before, limit: limit
        ) { $0.integer(0) }
        for id in ids { _ = try run("DELETE FROM rejected_deliveries WHERE id = ?") { $0.bind(1, id) } }
        return ids.count
    }

    private func pruneSkippedFires(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let ids = try due("SELECT id, recorded_at, recorded_at < ?1 FROM skipped_fires ORDER BY id", before: before, limit: limit) { $0.integer(0) }
        for id in ids { _ = try run("DELETE FROM skipped_fires WHERE id = ?") { $0.bind(1, id) } }
        return ids.count
    }

    // MARK: Events

    /// Events that no notification has still to tell.
    private func pruneEvents(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let ids = try due(
            """
            SELECT id, at, at < ?1 AND id < (SELECT max(id) FROM events)
              AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.event_id = events.id AND n.status IN ('pending', 'waiting'))
            FROM events ORDER BY id
            """, before: before, limit: limit
        ) { $0.integer(0) }
        for id in ids { _ = try run("DELETE FROM events WHERE id = ?") { $0.bind(1, id) } }
        return ids.count
    }
}
