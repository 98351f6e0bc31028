internal import SQLite

extension Writer {
    /// A notification to the call's `callback_url`, if it has one, written with the event that it tells. It has the event's number, which
    /// is never used again: receivers tell repeats by it.
    func queueCallback(_ call: Int64, event: Int64, at: Int64) throws(DatabaseError) {
        let count = try run(
            """
            INSERT INTO notifications (id, event_id, call_id, destination, status, created_at, next_attempt_at)
            SELECT ?1, ?1, id, callback_url, 'pending', ?2, ?2 FROM calls WHERE id = ?3 AND callback_url IS NOT NULL
            """
        ) {
            $0.bind(1, event)
            $0.bind(2, at)
            $0.bind(3, call)
        }
        if count > 0 { notice.hasNotifications = true }
    }

    func settle(_ settled: SettleNotification) throws(DatabaseError) -> Outcome {
        let status =
            switch settled.result {
            case .sent: "sent"
            case .retry: "pending"
            case .dead: "dead"
            }
        let count = try run(
            """
            UPDATE notifications SET status = ?1, attempts = attempts + 1, last_answer = ?2,
              next_attempt_at = coalesce(?3, next_attempt_at), settled_at = iif(?1 = 'pending', NULL, ?4)
            WHERE id = ?5 AND status = 'pending'
            """
        ) {
            $0.bind(1, status)
            $0.bind(2, settled.answer)
            if case .retry(let next) = settled.result { $0.bind(3, next) } else { $0.bind(3, Int64?.none) }
            $0.bind(4, settled.at)
            $0.bind(5, settled.id)
        }
        return .changed(count: count)
    }

    /// Deletes what ended longer ago than the retention, a bounded number of rows a time. What is pending, queued or running stays,
    /// and so does the newest call, since the next number counts from it: a number is never used twice.
    func prune(_ retention: Retention, at: Int64) throws(DatabaseError) -> Outcome {
        let before = at - retention.microseconds
        let due = try connection.prepare(
            """
            SELECT id FROM calls WHERE requested_at < ?1 AND id < (SELECT max(id) FROM calls)
              AND NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = calls.id AND (a.decided_at IS NULL OR a.decided_at >= ?1))
              AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = calls.id AND (r.finished_at IS NULL OR r.finished_at >= ?1))
              AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.call_id = calls.id AND n.status = 'pending')
            ORDER BY id LIMIT ?2
            """)
        due.bind(1, before)
        due.bind(2, Int64(retention.batch))
        let ids = try due.map { $0.integer(0) }
        for id in ids { try deleteCall(id) }
        let count = ids.count + (try pruneDeliveries(before: before, limit: retention.batch))
        for sql in [
            """
            DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ?1 AND id < (SELECT max(id) FROM events)
              AND id NOT IN (SELECT event_id FROM notifications WHERE status = 'pending') ORDER BY id LIMIT ?2)
            """,
            "DELETE FROM sessions WHERE expires_at < ?1 AND ?2 > 0",
        ] {
            _ = try run(sql) {
                $0.bind(1, before)
                $0.bind(2, Int64(retention.batch))
            }
        }
        return .changed(count: count)
    }

    private func deleteCall(_ id: Int64) throws(DatabaseError) {
        _ = try run("DELETE FROM bodies WHERE id = (SELECT body_id FROM calls WHERE id = ?) AND id < (SELECT max(id) FROM bodies)") { $0.bind(1, id) }
        for sql in [
            "DELETE FROM notifications WHERE call_id = ?", "DELETE FROM run_outputs WHERE id = ?", "DELETE FROM runs WHERE id = ?",
            "DELETE FROM approvals WHERE id = ?", "DELETE FROM calls WHERE id = ?",
        ] {
            _ = try run(sql) { $0.bind(1, id) }
        }
    }

    /// Deliveries whose calls are gone, or that never had one.
    private func pruneDeliveries(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let due = try connection.prepare(
            """
            SELECT id, body_id, endpoint_id, sender_id FROM deliveries WHERE last_seen_at < ?1 AND id < (SELECT max(id) FROM deliveries)
              AND (call_id IS NULL OR NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = call_id)) ORDER BY id LIMIT ?2
            """)
        due.bind(1, before)
        due.bind(2, Int64(limit))
        let rows = try due.map { ($0.integer(0), $0.optionalInteger(1), $0.integer(2), $0.optionalText(3)) }
        for (id, body, endpoint, sender) in rows {
            _ = try run("DELETE FROM delivery_ids WHERE endpoint_id = ? AND sender_id = ? AND delivery_id = ?") {
                $0.bind(1, endpoint)
                $0.bind(2, sender)
                $0.bind(3, id)
            }
            _ = try run("DELETE FROM deliveries WHERE id = ?") { $0.bind(1, id) }
            if let body { _ = try run("DELETE FROM bodies WHERE id = ? AND id < (SELECT max(id) FROM bodies)") { $0.bind(1, body) } }
        }
        return rows.count
    }
}
