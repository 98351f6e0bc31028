package import Model
internal import SQLite

package struct AlertRuleRow: Sendable {
    package var name: String
    /// Nil: a rule of the file, of which only `isEnabled` is kept here.
    package var settings: String?
    package var isEnabled: Bool?
    package var createdAt: Int64
    package var updatedAt: Int64
}

package struct Silence: Sendable, Equatable {
    package var id: Int64
    package var rule: String?
    package var endpoint: String?
    package var reason: String
    package var author: String
    package var createdAt: Int64
    package var until: Int64

    package init(id: Int64, rule: String?, endpoint: String?, reason: String, author: String, createdAt: Int64, until: Int64) {
        self.id = id
        self.rule = rule
        self.endpoint = endpoint
        self.reason = reason
        self.author = author
        self.createdAt = createdAt
        self.until = until
    }
}

/// A refused delivery, as rules count it.
package struct RefusedDelivery: Sendable {
    package var id: Int64
    package var endpoint: Int64
    package var at: Int64
    package var status: Int
    package var reason: String
}

extension Store {
    package func alertMark() throws -> AlertMark? { try meta(AlertMark.key).flatMap { AlertMark($0) } }

    /// The newest event and refusal there are.
    package func newestAlertMark() throws -> AlertMark {
        try read {
            AlertMark(
                event: try $0.integer("SELECT max(id) FROM events") ?? 0,
                rejection: try $0.integer("SELECT max(id) FROM rejected_deliveries") ?? 0)
        }
    }

    /// Events of some kinds behind `number`, oldest first, among the `limit` events there.
    /// - Returns: also the number of the last event that was looked at.
    package func events(_ kinds: [String], after number: Int64, limit: Int) throws -> (events: [Event], through: Int64) {
        try read { connection in
            let end = try connection.prepare("SELECT max(id) FROM (SELECT id FROM events WHERE id > ? ORDER BY id LIMIT ?)")
            end.bind(1, number)
            end.bind(2, Int64(limit))
            guard let through = try end.first({ $0.optionalInteger(0) }) ?? nil else { return ([], number) }
            let statement = try connection.prepare(
                """
                SELECT id, at, kind, endpoint_id, subject_id, data FROM events
                WHERE id > ?1 AND id <= ?2 AND kind IN (SELECT value FROM json_each(?3)) ORDER BY id
                """)
            statement.bind(1, number)
            statement.bind(2, through)
            statement.bind(3, "[" + kinds.map { "\"\($0)\"" }.joined(separator: ",") + "]")
            let events = try statement.map {
                Event(
                    sequence: $0.integer(0), at: $0.integer(1), kind: $0.text(2), endpoint: $0.optionalInteger(3), subject: $0.optionalInteger(4),
                    data: $0.optionalText(5))
            }
            return (events, through)
        }
    }

    /// When the `count`th newest refused delivery of an endpoint came, up to a number; nil when there are not so many.
    package func refusal(_ count: Int, before number: Int64, endpoint: Int64) throws -> Int64? {
        try read {
            let statement = try $0.prepare(
                "SELECT received_at FROM rejected_deliveries WHERE endpoint_id = ? AND id <= ? ORDER BY id DESC LIMIT 1 OFFSET ?")
            statement.bind(1, endpoint)
            statement.bind(2, number)
            statement.bind(3, Int64(count - 1))
            return try statement.first { $0.integer(0) }
        }
    }

    /// The approvals of some numbers that still wait.
    package func pending(among calls: [Int64]) throws -> Set<Int64> {
        try read {
            let statement = try $0.prepare(
                "SELECT p.id FROM json_each(?) j JOIN pending_approvals p ON p.id = j.value")
            statement.bind(1, "[" + calls.map(String.init).joined(separator: ",") + "]")
            return Set(try statement.map { $0.integer(0) })
        }
    }

    /// How many approvals of a range of numbers still wait, by endpoint.
    package func pendingApprovals(from first: Int64, through last: Int64) throws -> [String: Int] {
        try read {
            let statement = try $0.prepare(
                """
                SELECT e.name, count(*) FROM pending_approvals p JOIN endpoints e ON e.id = p.endpoint_id
                WHERE p.id BETWEEN ? AND ? GROUP BY p.endpoint_id
                """)
            statement.bind(1, first)
            statement.bind(2, last)
            return Dictionary(try statement.map { ($0.text(0), Int($0.integer(1))) }) { $0 + $1 }
        }
    }

    /// The oldest approval of an endpoint that still waits, among a range of numbers.
    package func pendingApproval(of endpoint: String, from first: Int64, through last: Int64) throws -> Int64? {
        try read {
            let statement = try $0.prepare(
                """
                SELECT p.id FROM pending_approvals p JOIN endpoints e ON e.id = p.endpoint_id
                WHERE p.id BETWEEN ?1 AND ?2 AND e.name = ?3 ORDER BY p.id LIMIT 1
                """)
            statement.bind(1, first)
            statement.bind(2, last)
            statement.bind(3, endpoint)
            return try statement.first { $0.integer(0) }
        }
    }

    package func runStatus(_ id: Int64) throws -> RunStatus? {
        try read {
            let statement = try $0.prepare("SELECT status FROM runs WHERE id = ?")
            statement.bind(1, id)
            return try statement.first { $0.text(0) }.flatMap(RunStatus.init)
        }
    }

    /// When a run began that is still running; nil for all others.
    package func runningSince(_ id: Int64) throws -> Int64? {
        try read {
            let statement = try $0.prepare("SELECT started_at FROM runs WHERE id = ? AND status = 'running'")
            statement.bind(1, id)
            return try statement.first { $0.optionalInteger(0) } ?? nil
        }
    }

    package func endpointName(_ id: Int64) throws -> String? {
        try read {
            let statement = try $0.prepare("SELECT name FROM endpoints WHERE id = ?")
            statement.bind(1, id)
            return try statement.first { $0.text(0) }
        }
    }

    /// Refused deliveries behind `number`, oldest first.
    package func refusals(after number: Int64, limit: Int) throws -> [RefusedDelivery] {
        try read {
            let statement = try $0.prepare(
                "SELECT id, endpoint_id, received_at, status, reason FROM rejected_deliveries WHERE id > ? ORDER BY id LIMIT ?")
            statement.bind(1, number)
            statement.bind(2, Int64(limit))
            return try statement.map {
                RefusedDelivery(
                    id: $0.integer(0), endpoint: $0.integer(1), at: $0.integer(2), status: Int($0.integer(3)), reason: $0.text(4))
            }
        }
    }

    package func alertStates() throws -> [AlertTurn.State] {
        try read {
            try $0.prepare("SELECT rule, key, state FROM alert_states").map {
                AlertTurn.State(rule: $0.text(0), key: $0.text(1), json: $0.text(2))
            }
        }
    }

    package func alertRules() throws -> [AlertRuleRow] {
        try read {
            try $0.prepare("SELECT name, settings, enabled, created_at, updated_at FROM alert_rules ORDER BY name").map {
                AlertRuleRow(
                    name: $0.text(0), settings: $0.optionalText(1), isEnabled: $0.optionalInteger(2).map { $0 != 0 }, createdAt: $0.integer(3),
                    updatedAt: $0.integer(4))
            }
        }
    }

    /// Silences, newest first, at most 1,000; only those that still hold at a time, if one is given.
    package func silences(at now: Int64? = nil) throws -> [Silence] { try silences(at: now, below: nil, limit: 1000).items }

    /// One page of them.
    package func silences(at now: Int64?, below cursor: Int64?, limit: Int) throws -> Page<Silence> {
        try read {
            let statement = try $0.prepare(
                """
                SELECT id, rule, endpoint, reason, author, created_at, until FROM silences
                WHERE (?1 IS NULL OR until > ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3
                """)
            statement.bind(1, now)
            statement.bind(2, cursor ?? .max)
            statement.bind(3, Int64(limit + 1))
            let found = try statement.map {
                Silence(
                    id: $0.integer(0), rule: $0.optionalText(1), endpoint: $0.optionalText(2), reason: $0.text(3), author: $0.text(4),
                    createdAt: $0.integer(5), until: $0.integer(6))
            }
            return Page(found, limit: limit, number: \.id)
        }
    }

    /// The record of fires that did not run.
    package func skippedFires(record id: Int64) throws -> (schedule: ScheduleReference, fires: SkippedFires)? {
        try read {
            let statement = try $0.prepare("SELECT endpoint_id, schedule, reason, first_at, last_at, count FROM skipped_fires WHERE id = ?")
            statement.bind(1, id)
            return try statement.first { row throws(DatabaseError) in
                (
                    ScheduleReference(endpoint: row.integer(0), name: row.text(1)),
                    SkippedFires(try Self.status(row.text(2)), first: row.integer(3), last: row.integer(4), count: Int(row.integer(5)))
                )
            }
        }
    }
}
