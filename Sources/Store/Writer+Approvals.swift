internal import Model
internal import SQLite

extension Writer {
    /// The one place where an approval leaves `pending` by a person: the row count of the conditional update says who won.
    func decide(_ command: Decide) throws(DatabaseError) -> Outcome {
        let isApproval = command.decision == .approve
        let status: ApprovalStatus = isApproval ? .approved : .denied
        let won = try run(
            """
            UPDATE approvals SET status = ?, decided_at = ?, decided_by = ?, decided_via = ?, reason = ?
            WHERE id = ? AND status = 'pending' AND expires_at > ?
            """
        ) {
            $0.bind(1, status.rawValue)
            $0.bind(2, command.at)
            $0.bind(3, command.by)
            $0.bind(4, command.via.rawValue)
            $0.bind(5, command.reason)
            $0.bind(6, command.approval)
            $0.bind(7, command.at)
        }
        guard won == 1 else { return try refusal(command) }
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
        let won = try run(
            "UPDATE approvals SET status = 'cancelled', decided_at = ?, decided_by = ? WHERE id = ? AND status = 'pending'"
        ) {
            $0.bind(1, at)
            $0.bind(2, by)
            $0.bind(3, id)
        }
        guard won == 1 else {
            guard let status = try statusOf(approval: id) else { return .notFound }
            return .conflict(status: status)
        }
        let event = try appendEvent(
            "approval_decided", at: at, endpoint: try endpointOf(approval: id), subject: id, data: "cancelled")
        try queueCallback(id, event: event, at: at)
        try dropMissed(id, at: at)
        openFires?.remove(id)
        return .decided(status: .cancelled)
    }

    func expire(at: Int64, limit: Int) throws(DatabaseError) -> Outcome {
        let due = try connection.prepare(
            "SELECT id FROM approvals WHERE status = 'pending' AND expires_at <= ? ORDER BY expires_at LIMIT ?")
        due.bind(1, at)
        due.bind(2, Int64(limit))
        let ids = try due.map { $0.integer(0) }
        for id in ids { try expireOne(id, at: at) }
        let next = try connection.prepare("SELECT min(expires_at) FROM approvals WHERE status = 'pending'")
            .first { $0.optionalInteger(0) }
        return .expired(count: ids.count, next: next ?? nil)
    }

    private func expireOne(_ id: Int64, at: Int64) throws(DatabaseError) {
        let won = try run("UPDATE approvals SET status = 'expired', decided_at = ? WHERE id = ? AND status = 'pending'") {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        guard won == 1 else { return }
        let event = try appendEvent("approval_expired", at: at, endpoint: try endpointOf(approval: id), subject: id)
        try queueCallback(id, event: event, at: at)
        try dropMissed(id, at: at)
        openFires?.remove(id)
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
