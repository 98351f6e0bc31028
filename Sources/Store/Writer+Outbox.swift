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
}
