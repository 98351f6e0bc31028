internal import Model
internal import SQLite

extension Writer {
    /// The one way out of `pending`: whoever takes the row away decides. False when somebody was before, or the time has passed.
    /// - Parameter at: the approval's time must not have come by then; nil: it may.
    func takePending(_ id: Int64, before at: Int64? = nil) throws(DatabaseError) -> Bool {
        try run("DELETE FROM pending_approvals WHERE id = ?1 AND (?2 IS NULL OR expires_at > ?2)") {
            $0.bind(1, id)
            $0.bind(2, at)
        } == 1
    }

    /// What a person says.
    func decide(_ command: Decide) throws(DatabaseError) -> Outcome {
        let isApproval = command.decision == .approve
        let status: ApprovalStatus = isApproval ? .approved : .denied
        guard try takePending(command.approval, before: command.at) else { return try refusal(command) }
        _ = try run("UPDATE approvals SET status = ?, decided_at = ?, decided_by = ?, decided_via = ?, reason = ? WHERE id = ?") {
            $0.bind(1, status.rawValue)
            $0.bind(2, command.at)
            $0.bind(3, command.by)
            $0.bind(4, command.via.rawValue)
            $0.bind(5, command.reason)
            $0.bind(6, command.approval)
        }
        let endpoint = try endpointOf(approval: command.approval)
        let event = try appendEvent(
            "approval_decided", at: command.at, endpoint: endpoint, subject: command.approval, data: status.rawValue)
        try queueCallback(command.approval, event: event, at: command.at)
        guard isApproval else {
            try dropMissed(command.approval, at: command.at)
            openFires?.remove(command.approval)
            return .decided(status: .denied)
        }
        if let reason = command.staleReason {
            try makeStale(command.approval, endpoint: endpoint, reason: reason, at: command.at)
            try dropMissed(command.approval, at: command.at)
            openFires?.remove(command.approval)
            return .decided(status: .stale)
        }
        try settleMissed(command, endpoint: endpoint)
        try queueRun(command.approval, endpoint: endpoint, at: command.at)
        return .decided(status: .approved)
    }

    /// Why a decision came too late. One that met a pending approval past its time expires it on the spot.
    private func refusal(_ command: Decide) throws(DatabaseError) -> Outcome {
        guard let status = try statusOf(approval: command.approval) else { return .notFound }
        guard status == ApprovalStatus.pending.rawValue else { return .conflict(status: status) }
        try expireOne(command.approval, at: command.at)
        return .conflict(status: ApprovalStatus.expired.rawValue)
    }

    func cancelApproval(_ id: Int64, by: String, at: Int64) throws(DatabaseError) -> Outcome {
        guard try takePending(id) else {
            guard let status = try statusOf(approval: id) else { return .notFound }
            return .conflict(status: status)
        }
        _ = try run("UPDATE approvals SET status = 'cancelled', decided_at = ?, decided_by = ? WHERE id = ?") {
            $0.bind(1, at)
            $0.bind(2, by)
            $0.bind(3, id)
        }
        let event = try appendEvent(
            "approval_decided", at: at, endpoint: try endpointOf(approval: id), subject: id, data: "cancelled")
        try queueCallback(id, event: event, at: at)
        try dropMissed(id, at: at)
        openFires?.remove(id)
        return .decided(status: .cancelled)
    }

    /// Takes so many steps at most; with `next` in the past there is more to do.
    func expire(at: Int64, limit: Int) throws(DatabaseError) -> Outcome {
        var queue: ExpiryQueue
        if let known = expiries { queue = known } else { queue = try ExpiryQueue(connection) }
        // Written back at the end: an error on the way leaves it to be read again.
        expiries = nil
        var count = 0
        var rest = limit
        while rest > 0, var stretch = queue.next(at: at) {
            let due = try connection.prepare(
                "SELECT id FROM pending_approvals WHERE id BETWEEN ? AND ? AND expires_at <= ? ORDER BY id LIMIT ?")
            due.bind(1, stretch.first)
            due.bind(2, stretch.last)
            due.bind(3, at)
            due.bind(4, Int64(rest))
            let ids = try due.map { $0.integer(0) }
            for id in ids where try expireOne(id, at: at) { count += 1 }
            rest -= max(1, ids.count)
            if let next = try earliestExpiry(of: stretch) {
                stretch.expiry = next
                queue.put(stretch)
            }
        }
        // The first of it may be decided.
        while rest > 0, let earliest = queue.earliest, var stretch = queue.next(at: earliest) {
            rest -= 1
            guard let next = try earliestExpiry(of: stretch) else { continue }
            stretch.expiry = next
            queue.put(stretch)
            if next == earliest { break }
        }
        expiries = queue
        return .expired(count: count, next: queue.earliest)
    }

    private func earliestExpiry(of stretch: ExpiryQueue.Stretch) throws(DatabaseError) -> Int64? {
        let statement = try connection.prepare("SELECT min(expires_at) FROM pending_approvals WHERE id BETWEEN ? AND ?")
        statement.bind(1, stretch.first)
        statement.bind(2, stretch.last)
        return try statement.first { $0.optionalInteger(0) } ?? nil
    }

    /// - Returns: false when it no longer waited.
    @discardableResult
    private func expireOne(_ id: Int64, at: Int64) throws(DatabaseError) -> Bool {
        guard try takePending(id) else { return false }
        _ = try run("UPDATE approvals SET status = 'expired', decided_at = ? WHERE id = ?") {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        let event = try appendEvent("approval_expired", at: at, endpoint: try endpointOf(approval: id), subject: id)
        try queueCallback(id, event: event, at: at)
        try dropMissed(id, at: at)
        openFires?.remove(id)
        return true
    }

    /// approved -> stale: what was approved is not what would run now.
    /// - Returns: false when the call had no approval.
    @discardableResult
    func makeStale(_ id: Int64, endpoint: Int64, reason: String, at: Int64) throws(DatabaseError) -> Bool {
        _ = try run("UPDATE approvals SET status = 'stale', reason = coalesce(reason || '; ', '') || ? WHERE id = ? AND status = 'approved'") {
            $0.bind(1, reason)
            $0.bind(2, id)
        }
        guard connection.changes == 1 else { return false }
        let event = try appendEvent("approval_stale", at: at, endpoint: endpoint, subject: id, data: reason)
        try queueCallback(id, event: event, at: at)
        return true
    }

    // MARK: Lookups

    func statusOf(approval id: Int64) throws(DatabaseError) -> String? {
        let statement = try connection.prepare("SELECT status FROM approvals WHERE id = ?")
        statement.bind(1, id)
        return try statement.first { $0.text(0) }
    }

    func endpointOf(approval id: Int64) throws(DatabaseError) -> Int64 {
        let statement = try connection.prepare("SELECT endpoint_id FROM approvals WHERE id = ?")
        statement.bind(1, id)
        return try statement.first { $0.integer(0) } ?? 0
    }
}
