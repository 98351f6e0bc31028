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

    /// Silences, newest first; only those that still hold at a time, if one is given.
    package func silences(at now: Int64? = nil) throws -> [Silence] {
        try read {
            let statement = try $0.prepare(
                "SELECT id, rule, endpoint, reason, author, created_at, until FROM silences WHERE ?1 IS NULL OR until > ?1 ORDER BY id DESC LIMIT 1000")
            statement.bind(1, now)
            return try statement.map {
                Silence(
                    id: $0.integer(0), rule: $0.optionalText(1), endpoint: $0.optionalText(2), reason: $0.text(3), author: $0.text(4),
                    createdAt: $0.integer(5), until: $0.integer(6))
            }
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
