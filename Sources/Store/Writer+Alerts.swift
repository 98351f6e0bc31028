internal import SQLite

extension Writer {
    /// What was read as events becomes notifications and states: each event once, whatever happens between reading and this.
    func turnAlerts(_ turn: AlertTurn) throws(DatabaseError) -> Outcome {
        let known = try connection.text("SELECT value FROM meta WHERE key = '\(AlertMark.key)'").flatMap { AlertMark($0) }
        guard known == turn.from else { return .conflict(status: known?.text ?? "not read yet") }
        if turn.through != known { _ = try setMeta(AlertMark.key, turn.through.text) }
        for change in turn.changes {
            _ = try run("UPDATE notifications SET due_at = ?1, data = coalesce(?2, data) WHERE id = ?3 AND status = 'waiting'") {
                $0.bind(1, change.dueAt)
                $0.bind(2, change.data)
                $0.bind(3, change.id)
            }
        }
        for id in turn.removed { _ = try run("DELETE FROM notifications WHERE id = ? AND status = 'waiting'") { $0.bind(1, id) } }
        if !turn.changes.isEmpty { notice.hasWaitingNotifications = true }
        for state in turn.states { try keep(state) }
        return try queue(turn.new, at: turn.at)
    }

    /// - Parameter drops: with the rows that wait for their time, since there is no rule left that could tell them.
    func forgetAlertMark(drops: Bool) throws(DatabaseError) -> Outcome {
        if drops { _ = try run("DELETE FROM notifications WHERE status = 'waiting'") { _ in } }
        return .changed(count: try run("DELETE FROM meta WHERE key = ?") { $0.bind(1, AlertMark.key) })
    }

    private func keep(_ state: AlertTurn.State) throws(DatabaseError) {
        guard let json = state.json else {
            _ = try run("DELETE FROM alert_states WHERE rule = ? AND key = ?") {
                $0.bind(1, state.rule)
                $0.bind(2, state.key)
            }
            return
        }
        _ = try run(
            "INSERT INTO alert_states (rule, key, state) VALUES (?, ?, ?) ON CONFLICT (rule, key) DO UPDATE SET state = excluded.state"
        ) {
            $0.bind(1, state.rule)
            $0.bind(2, state.key)
            $0.bind(3, json)
        }
    }

    // MARK: Rules

    func putAlertRule(_ put: PutAlertRule) throws(DatabaseError) -> Outcome {
        let found = try connection.prepare("SELECT settings IS NOT NULL FROM alert_rules WHERE name = ?")
        found.bind(1, put.name)
        if put.mustBeNew, try found.first({ $0.bool(0) }) == true { return .conflict(status: "exists") }
        _ = try run(
            """
            INSERT INTO alert_rules (name, settings, enabled, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
            ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, enabled = excluded.enabled, updated_at = excluded.updated_at
            """
        ) {
            $0.bind(1, put.name)
            $0.bind(2, put.settings)
            if let isEnabled = put.isEnabled { $0.bind(3, isEnabled) } else { $0.bind(3, Int64?.none) }
            $0.bind(4, put.at)
        }
        return .done
    }

    func deleteAlertRule(_ name: String) throws(DatabaseError) -> Outcome {
        let count = try run("DELETE FROM alert_rules WHERE name = ?") { $0.bind(1, name) }
        _ = try run("DELETE FROM alert_states WHERE rule = ?") { $0.bind(1, name) }
        return count == 0 ? .notFound : .done
    }

    // MARK: Silences

    func addSilence(_ silence: NewSilence) throws(DatabaseError) -> Outcome {
        _ = try run("INSERT INTO silences (rule, endpoint, reason, author, created_at, until) VALUES (?, ?, ?, ?, ?, ?)") {
            $0.bind(1, silence.rule)
            $0.bind(2, silence.endpoint)
            $0.bind(3, silence.reason)
            $0.bind(4, silence.author)
            $0.bind(5, silence.at)
            $0.bind(6, silence.until)
        }
        return .created(id: connection.lastInsertRowID)
    }

    func endSilence(_ id: Int64, at: Int64) throws(DatabaseError) -> Outcome {
        let ended = try run("UPDATE silences SET until = ?1 WHERE id = ?2 AND until > ?1") {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        if ended > 0 { return .done }
        let statement = try connection.prepare("SELECT 1 FROM silences WHERE id = ?")
        statement.bind(1, id)
        return try statement.first { _ in true } == true ? .conflict(status: "ended") : .notFound
    }

    // MARK: Retention

    /// Notifications of no single call, and silences, that ended before a time.
    func pruneAlerts(before: Int64, limit: Int) throws(DatabaseError) -> Int {
        let notifications = try run(
            """
            DELETE FROM notifications WHERE id IN (
              SELECT id FROM (SELECT id, call_id, settled_at FROM notifications ORDER BY id LIMIT 5000)
              WHERE settled_at < ?1 AND (call_id IS NULL OR NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = call_id)) LIMIT ?2)
            """
        ) {
            $0.bind(1, before)
            $0.bind(2, Int64(limit))
        }
        let silences = try run("DELETE FROM silences WHERE until < ?") { $0.bind(1, before) }
        return notifications + silences
    }
}
