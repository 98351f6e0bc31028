package import Model
internal import SQLite

/// A schedule that was paused or resumed.
package struct ScheduleState: Sendable {
    package var schedule: ScheduleReference
    package var isPaused: Bool
    package var reason: String?
    package var changedAt: Int64

    package init(schedule: ScheduleReference, isPaused: Bool, reason: String?, changedAt: Int64) {
        self.schedule = schedule
        self.isPaused = isPaused
        self.reason = reason
        self.changedAt = changedAt
    }
}

/// A call that a schedule's fire made, with what became of it.
package struct FiredCall: Sendable {
    package var call: Int64
    /// The planned time, microseconds since 1970.
    package var fireTime: Int64
    package var requestedAt: Int64
    package var approval: ApprovalStatus?
    package var run: RunStatus?
    package var exitCode: Int?
    package var finishedAt: Int64?
}

/// Fires of a schedule that did not run.
package struct SkippedFiresRow: Sendable {
    package var id: Int64
    package var fires: SkippedFires
    package var recordedAt: Int64
}

extension Store {
    package func scheduleStates() throws -> [ScheduleState] {
        try read {
            try $0.prepare("SELECT endpoint_id, schedule, paused, reason, changed_at FROM schedule_states").map {
                ScheduleState(
                    schedule: ScheduleReference(endpoint: $0.integer(0), name: $0.text(1)), isPaused: $0.bool(2), reason: $0.optionalText(3),
                    changedAt: $0.integer(4))
            }
        }
    }

    package func scheduleMark() throws -> ScheduleMark? { try meta(ScheduleMark.key).flatMap(ScheduleMark.init) }

    /// The hashes of the schedules that each source had, 8 bytes each.
    package func knownSchedules() throws -> [String: [UInt8]] {
        try read {
            let rows = try $0.prepare("SELECT source, hashes FROM known_schedules").map { ($0.text(0), $0.blob(1)) }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    /// The latest fire time of each schedule that was settled behind a mark: by a call, or by a record that it did not run.
    package func settledFires(behind mark: ScheduleMark) throws -> [ScheduleReference: Int64] {
        try read { connection in
            var latest: [ScheduleReference: Int64] = [:]
            let calls = try connection.prepare("SELECT endpoint_id, idempotency_key FROM calls WHERE id > ? AND idempotency_key GLOB 'schedule*'")
            calls.bind(1, mark.call)
            for (endpoint, key) in try calls.map({ ($0.integer(0), $0.text(1)) }) {
                guard let fire = FireKey(key) else { continue }
                let schedule = ScheduleReference(endpoint: endpoint, name: fire.schedule)
                latest[schedule] = max(latest[schedule] ?? .min, fire.time)
            }
            let skipped = try connection.prepare(
                "SELECT endpoint_id, schedule, max(last_at) FROM skipped_fires WHERE behind_call >= ? GROUP BY endpoint_id, schedule")
            skipped.bind(1, mark.call)
            for (endpoint, name, time) in try skipped.map({ ($0.integer(0), $0.text(1), $0.integer(2)) }) {
                let schedule = ScheduleReference(endpoint: endpoint, name: name)
                latest[schedule] = max(latest[schedule] ?? .min, time)
            }
            return latest
        }
    }

    /// The calls that a schedule's fires made, the newest first.
    package func firedCalls(of schedule: ScheduleReference, limit: Int) throws -> [FiredCall] {
        try read { connection in
            let newest = try connection.prepare("SELECT call_id FROM last_fires WHERE endpoint_id = ? AND schedule = ?")
            newest.bind(1, schedule.endpoint)
            newest.bind(2, schedule.name)
            var next = try newest.first { $0.integer(0) }
            let statement = try connection.prepare(
                """
                SELECT c.previous_fire, c.idempotency_key, c.requested_at, a.status, r.status, r.exit_code, r.finished_at
                FROM calls c LEFT JOIN approvals a ON a.id = c.id LEFT JOIN runs r ON r.id = c.id WHERE c.id = ?
                """)
            var found: [FiredCall] = []
            // The chain ends at a call that is beyond the retention.
            while found.count < limit, let call = next {
                statement.bind(1, call)
                let row = try statement.first { row throws(DatabaseError) in
                    (
                        row.optionalInteger(0),
                        FiredCall(
                            call: call, fireTime: FireKey(row.text(1))?.time ?? 0, requestedAt: row.integer(2),
                            approval: try row.optionalText(3).map { text throws(DatabaseError) in try Self.status(text) },
                            run: try row.optionalText(4).map { text throws(DatabaseError) in try Self.status(text) },
                            exitCode: row.optionalInteger(5).map { Int($0) }, finishedAt: row.optionalInteger(6))
                    )
                }
                guard let row else { break }
                next = row.0
                found.append(row.1)
            }
            return found
        }
    }

    /// The schedules whose fires made some calls.
    package func schedules(ofCalls ids: [Int64]) throws -> Set<ScheduleReference> {
        if ids.isEmpty { return [] }
        return try read { connection in
            let statement = try connection.prepare("SELECT endpoint_id, idempotency_key FROM calls WHERE id = ?")
            var found: Set<ScheduleReference> = []
            for id in ids {
                statement.reset()
                statement.bind(1, id)
                guard let (endpoint, key) = try statement.first({ ($0.integer(0), $0.optionalText(1)) }), let fire = key.flatMap({ FireKey($0) })
                else { continue }
                found.insert(ScheduleReference(endpoint: endpoint, name: fire.schedule))
            }
            return found
        }
    }

    /// How many fires of a schedule did not run, by reason.
    package func skippedCounts(of schedule: ScheduleReference) throws -> [SkipReason: Int] {
        try read { connection in
            let statement = try connection.prepare(
                "SELECT reason, sum(count) FROM skipped_fires WHERE endpoint_id = ? AND schedule = ? GROUP BY reason")
            statement.bind(1, schedule.endpoint)
            statement.bind(2, schedule.name)
            var counts: [SkipReason: Int] = [:]
            for (reason, count) in try statement.map({ ($0.text(0), Int($0.integer(1))) }) {
                counts[try Self.status(reason)] = count
            }
            return counts
        }
    }

    /// Records of fires that did not run, newest first.
    package func skippedFires(of schedule: ScheduleReference, below cursor: Int64 = .max, limit: Int) throws -> [SkippedFiresRow] {
        try read { connection in
            let statement = try connection.prepare(
                """
                SELECT id, reason, first_at, last_at, count, recorded_at FROM skipped_fires
                WHERE endpoint_id = ? AND schedule = ? AND id < ? ORDER BY id DESC LIMIT ?
                """)
            statement.bind(1, schedule.endpoint)
            statement.bind(2, schedule.name)
            statement.bind(3, cursor)
            statement.bind(4, Int64(limit))
            return try statement.map { row throws(DatabaseError) in
                SkippedFiresRow(
                    id: row.integer(0),
                    fires: SkippedFires(
                        try Self.status(row.text(1)), first: row.integer(2), last: row.integer(3), count: Int(row.integer(4))),
                    recordedAt: row.integer(5))
            }
        }
    }

    /// The fires among some times that have a call already.
    package func fired(_ schedule: ScheduleReference, among times: [Int64]) throws -> Set<Int64> {
        try read { connection in
            let statement = try connection.prepare("SELECT 1 FROM calls WHERE endpoint_id = ? AND idempotency_key = ?")
            var found: Set<Int64> = []
            for time in times {
                statement.reset()
                statement.bind(1, schedule.endpoint)
                statement.bind(2, FireKey(schedule: schedule.name, time: time).text)
                if try statement.first({ _ in true }) != nil { found.insert(time) }
            }
            return found
        }
    }
}
