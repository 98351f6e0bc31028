internal import SQLite

extension Writer {
    /// A notification to the call's `callback_url`, if it has one, written with the event that it tells. Receivers tell repeats by the
    /// event's number, which is never used again.
    func queueCallback(_ call: Int64, event: Int64, at: Int64) throws(DatabaseError) {
        let statement = try connection.prepare("SELECT callback_url, endpoint_id FROM calls WHERE id = ? AND callback_url IS NOT NULL")
        statement.bind(1, call)
        guard let (url, endpoint) = try statement.first({ ($0.text(0), $0.integer(1)) }) else { return }
        var new = NewNotification(kind: .callback, lane: url, dueAt: at)
        new.event = event
        new.call = call
        new.endpoint = endpoint
        new.destination = url
        try insert(new, at: at)
    }

    func queue(_ new: [NewNotification], at: Int64) throws(DatabaseError) -> Outcome {
        var ids: [Int64] = []
        for notification in new { ids.append(try insert(notification, at: at)) }
        return .queued(ids: ids)
    }

    @discardableResult
    func insert(_ new: NewNotification, at: Int64) throws(DatabaseError) -> Int64 {
        _ = try run(
            """
            INSERT INTO notifications (kind, event_id, call_id, endpoint_id, rule, condition, channel, destination, lane, status,
              created_at, due_at, settled_at, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ) {
            $0.bind(1, new.kind.rawValue)
            $0.bind(2, new.event)
            $0.bind(3, new.call)
            $0.bind(4, new.endpoint)
            $0.bind(5, new.rule)
            $0.bind(6, new.condition)
            $0.bind(7, new.channel)
            $0.bind(8, new.destination)
            $0.bind(9, new.lane)
            $0.bind(10, new.status.rawValue)
            $0.bind(11, at)
            $0.bind(12, new.dueAt)
            $0.bind(13, new.status == .pending || new.status == .waiting ? nil : at)
            $0.bind(14, new.data)
        }
        announce(new.status, lane: new.lane)
        return connection.lastInsertRowID
    }

    /// - Parameter revived: the number of one that was there before.
    func announce(_ status: NotificationStatus, lane: String, revived: Int64? = nil) {
        switch status {
        case .pending:
            if notice.notificationLanes.last != lane { notice.notificationLanes.append(lane) }
            if let revived { notice.revivedNotifications[lane] = min(revived, notice.revivedNotifications[lane] ?? .max) }
        case .waiting: notice.hasWaitingNotifications = true
        default: break
        }
    }

    func settle(_ settled: SettleNotification) throws(DatabaseError) -> Outcome {
        let status: NotificationStatus =
            switch settled.result {
            case .sent: .sent
            case .retry: .pending
            case .dead: .dead
            }
        let count = try run(
            """
            UPDATE notifications SET status = ?1, attempts = attempts + 1, last_answer = ?2,
              due_at = coalesce(?3, due_at), settled_at = iif(?1 = 'pending', NULL, ?4)
            WHERE id = ?5 AND status = 'pending'
            """
        ) {
            $0.bind(1, status.rawValue)
            $0.bind(2, settled.answer)
            if case .retry(let next) = settled.result { $0.bind(3, next) } else { $0.bind(3, Int64?.none) }
            $0.bind(4, settled.at)
            $0.bind(5, settled.id)
        }
        return .changed(count: count)
    }

    /// By a person's wish: dead -> pending, with its tries anew; one that is pending is tried now and keeps them.
    func resend(_ id: Int64, at: Int64) throws(DatabaseError) -> Outcome {
        let found = try connection.prepare("SELECT status, lane FROM notifications WHERE id = ?")
        found.bind(1, id)
        guard let (status, lane) = try found.first({ ($0.text(0), $0.text(1)) }) else { return .notFound }
        if status == NotificationStatus.pending.rawValue {
            _ = try run("UPDATE notifications SET due_at = ?1 WHERE id = ?2") {
                $0.bind(1, at)
                $0.bind(2, id)
            }
            notice.pushedNotifications.append((lane, id))
            return .done
        }
        guard status == NotificationStatus.dead.rawValue else { return .conflict(status: status) }
        _ = try run("UPDATE notifications SET status = 'pending', attempts = 0, created_at = ?1, due_at = ?1, settled_at = NULL WHERE id = ?2") {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        announce(.pending, lane: lane, revived: id)
        return .done
    }
}
