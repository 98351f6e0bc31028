internal import Crypto
internal import Model
internal import SQLite

extension Writer {
    func fire(_ command: FireSchedule) throws(DatabaseError) -> Outcome {
        for call in command.calls {
            guard try isCurrent(call.endpoint, call.revision) else { return .conflict(status: "changed") }
        }
        for skipped in command.skipped { try record(skipped, of: command.schedule, at: command.at) }
        var fates: [FireFate] = []
        fates.reserveCapacity(command.calls.count)
        for call in command.calls { fates.append(try fire(call, command)) }
        return .fired(fates)
    }

    private func fire(_ call: AcceptCall, _ command: FireSchedule) throws(DatabaseError) -> FireFate {
        if case .accepted(let first)? = try firstWithKey(call) { return .made(call: first.call, isDuplicate: true) }
        // The call that asks for missed fires stands for all of them, and every other call for its own.
        let missed = call.fireTime == command.asksFor.last ? command.asksFor : []
        let own = missed.isEmpty ? [call.fireTime ?? call.at] : missed
        func leave(_ reason: SkipReason) throws(DatabaseError) -> FireFate {
            try record(reason, own, of: command.schedule, at: command.at)
            return .left(reason)
        }
        var fires = own.count
        if case .ask = call.gate, command.pending != .all {
            let waiting = try pendingCalls(command.schedule)
            if let last = waiting.last {
                if command.pending == .one {
                    try standFor(last, own.count)
                    return try leave(.skippedOverlap)
                }
                for id in waiting { fires += try supersede(id, command.schedule, at: command.at) }
            }
        }
        guard try makeWay(command) else { return try leave(.skippedOverlap) }
        switch try take(call, schedule: command.schedule) {
        case .accepted(let made):
            if fires > 1 || !missed.isEmpty { try noteFires(made.call, count: fires, missed: missed) }
            return .made(call: made.call, isDuplicate: made.isDuplicate)
        case .tooManyPending: return try leave(.maxPending)
        default: return try leave(.invalid)
        }
    }

    /// Whether a new call may be made beside the schedule's open ones, which `cancel_running` ends for it.
    private func makeWay(_ command: FireSchedule) throws(DatabaseError) -> Bool {
        guard command.overlap != .allow else { return true }
        let open = try openCalls(command.schedule)
        switch command.overlap {
        case .allow: return true
        case .skip: return open.isEmpty
        case .queueOne:
            for id in open { guard try isRunning(id) else { return false } }
            return true
        case .cancelRunning:
            for id in open { try end(id, command.schedule, at: command.at) }
            return true
        }
    }

    private func end(_ id: Int64, _ schedule: ScheduleReference, at: Int64) throws(DatabaseError) {
        if try isPending(id) {
            _ = try supersede(id, schedule, at: at)
        } else if try isRunning(id) {
            notice.cancelRuns.append(id)
        } else {
            _ = try cancelRun(id, at: at)
        }
    }

    // MARK: Waiting approvals

    /// - Returns: for how many fires it stood.
    private func supersede(_ id: Int64, _ schedule: ScheduleReference, at: Int64) throws(DatabaseError) -> Int {
        let statement = try connection.prepare("SELECT fires FROM approvals WHERE id = ?")
        statement.bind(1, id)
        let fires = try statement.first { Int($0.integer(0)) } ?? 1
        let missed = try missedFires(of: id)
        let own = try missed.isEmpty ? [fireKey(of: id)?.time ?? at] : missed
        if try takePending(id) {
            _ = try run("UPDATE approvals SET status = 'superseded', decided_at = ?, decided_by = 'a later fire of its schedule' WHERE id = ?") {
                $0.bind(1, at)
                $0.bind(2, id)
            }
        }
        let event = try appendEvent("approval_decided", at: at, endpoint: schedule.endpoint, subject: id, data: "superseded")
        try queueCallback(id, event: event, at: at)
        try record(.superseded, own, of: schedule, at: at)
        openFires?.remove(id)
        return fires
    }

    /// A waiting approval stands for later fires too.
    private func standFor(_ id: Int64, _ count: Int) throws(DatabaseError) {
        _ = try run("UPDATE approvals SET fires = fires + ? WHERE id = ?") {
            $0.bind(1, Int64(count))
            $0.bind(2, id)
        }
    }

    private func noteFires(_ id: Int64, count: Int, missed: [Int64]) throws(DatabaseError) {
        let list = missed.isEmpty ? nil : "[" + missed.map(String.init).joined(separator: ",") + "]"
        _ = try run("UPDATE approvals SET fires = ?, missed = ? WHERE id = ?") {
            $0.bind(1, Int64(count))
            $0.bind(2, list)
            $0.bind(3, id)
        }
    }

    // MARK: Missed fires that an approval asked for

    /// The missed fire times that an approval asks for, oldest first; the last is that of its own call.
    func missedFires(of id: Int64) throws(DatabaseError) -> [Int64] {
        let statement = try connection.prepare(
            "SELECT j.value FROM approvals a, json_each(a.missed) j WHERE a.id = ? AND a.missed IS NOT NULL ORDER BY j.value")
        statement.bind(1, id)
        return try statement.map { $0.integer(0) }
    }

    /// After an approval: the other missed fires run too, each as a call of its own that the same person has approved, or they are
    /// recorded as missed.
    func settleMissed(_ decision: Decide, endpoint: Int64) throws(DatabaseError) {
        let others = Array(try missedFires(of: decision.approval).dropLast())
        guard !others.isEmpty, let key = try fireKey(of: decision.approval) else { return }
        let schedule = ScheduleReference(endpoint: endpoint, name: key.schedule)
        guard decision.runsAllMissed else { return try record(.missed, others, of: schedule, at: decision.at) }
        for time in others { try repeatCall(decision, schedule, at: time) }
    }

    /// Missed fires that nobody wanted, or that nobody decided about in time.
    func dropMissed(_ id: Int64, at: Int64) throws(DatabaseError) {
        let missed = try missedFires(of: id)
        guard !missed.isEmpty, let key = try fireKey(of: id) else { return }
        let schedule = ScheduleReference(endpoint: try endpointOf(approval: id), name: key.schedule)
        try record(.missed, missed, of: schedule, at: at)
    }

    /// A copy of an approved call for another fire time: the same command and input, so the same approval; its digest names its own time.
    private func repeatCall(_ decision: Decide, _ schedule: ScheduleReference, at time: Int64) throws(DatabaseError) {
        let statement = try connection.prepare(
            """
            SELECT c.requested_by, s.body, (SELECT b.bytes FROM bodies b WHERE b.id = c.body_id), c.callback_url
            FROM calls c JOIN specs s ON s.id = c.spec_id WHERE c.id = ?
            """)
        statement.bind(1, decision.approval)
        guard let (by, spec, stdin, callback) = try statement.first({ ($0.text(0), $0.text(1), $0.blob(2), $0.optionalText(3)) }) else { return }
        let encoded = EncodedSpec(json: Array(spec.utf8))
        let origin = CallOrigin(source: .schedule, requestedBy: by, event: fireTimeText(time))
        let call = AcceptCall(
            endpoint: schedule.endpoint, revision: 0, at: decision.at, origin: origin, spec: encoded, stdin: stdin,
            digest: callDigest(spec: encoded.sha256, stdin: sha256(stdin), origin: origin), gate: .run,
            idempotencyKey: FireKey(schedule: schedule.name, time: time).text, callbackURL: callback, fireTime: time)
        guard try firstWithKey(call) == nil, case .accepted(let made) = try take(call, schedule: schedule) else { return }
        _ = try run(
            """
            INSERT INTO approvals (
              id, endpoint_id, status, requested_at, expires_at, timeout_mins, decided_at, decided_by, decided_via, reason, gate_reason)
            SELECT ?1, endpoint_id, 'approved', requested_at, expires_at, timeout_mins, decided_at, decided_by, decided_via, reason, gate_reason
            FROM approvals WHERE id = ?2
            """
        ) {
            $0.bind(1, made.call)
            $0.bind(2, decision.approval)
        }
    }

    // MARK: Records

    /// The same for fire times, oldest first.
    private func record(_ reason: SkipReason, _ times: [Int64], of schedule: ScheduleReference, at: Int64) throws(DatabaseError) {
        guard let first = times.first, let last = times.last else { return }
        try record(SkippedFires(reason, first: first, last: last, count: times.count), of: schedule, at: at)
    }

    /// Writes fires down that did not run; those in a row for one reason share a record.
    func record(_ skipped: SkippedFires, of schedule: ScheduleReference, at: Int64) throws(DatabaseError) {
        notice.skippedFires[skipped.reason, default: 0] += skipped.count
        guard try !extendRecord(skipped, of: schedule, at: at) else { return }
        _ = try run(
            """
            INSERT INTO skipped_fires (endpoint_id, schedule, reason, first_at, last_at, count, recorded_at, behind_call)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        ) {
            $0.bind(1, schedule.endpoint)
            $0.bind(2, schedule.name)
            $0.bind(3, skipped.reason.rawValue)
            $0.bind(4, skipped.first)
            $0.bind(5, skipped.last)
            $0.bind(6, Int64(skipped.count))
            $0.bind(7, at)
            $0.bind(8, nextCall - 1)
        }
        let record = connection.lastInsertRowID
        try appendEvent("schedule_\(skipped.reason.rawValue)", at: at, endpoint: schedule.endpoint, subject: record, data: String(skipped.count))
    }

    /// Fires that were missed came as one already; all others come one by one.
    private func extendRecord(_ skipped: SkippedFires, of schedule: ScheduleReference, at: Int64) throws(DatabaseError) -> Bool {
        guard skipped.reason != .missed else { return false }
        return try run(
            """
            UPDATE skipped_fires SET last_at = max(last_at, ?1), count = count + ?2, recorded_at = ?3, behind_call = ?4
            WHERE id = (SELECT max(id) FROM skipped_fires WHERE endpoint_id = ?5 AND schedule = ?6) AND reason = ?7
            """
        ) {
            $0.bind(1, skipped.last)
            $0.bind(2, Int64(skipped.count))
            $0.bind(3, at)
            $0.bind(4, nextCall - 1)
            $0.bind(5, schedule.endpoint)
            $0.bind(6, schedule.name)
            $0.bind(7, skipped.reason.rawValue)
        } > 0
    }

    /// Says that every fire up to a time is settled. The mark goes back only when the clock was wrong before.
    func markSchedules(through: Int64, mayGoBack: Bool) throws(DatabaseError) -> Outcome {
        let known = try connection.text("SELECT value FROM meta WHERE key = '\(ScheduleMark.key)'").flatMap(ScheduleMark.init)
        guard mayGoBack || through > known?.through ?? .min else { return .done }
        return try setMeta(ScheduleMark.key, ScheduleMark(through: through, call: nextCall - 1).text)
    }

    /// The schedules that a source of them had when it was last read, as hashes.
    func knowSchedules(_ source: String, _ hashes: [UInt8]?) throws(DatabaseError) -> Outcome {
        guard let hashes else {
            _ = try run("DELETE FROM known_schedules WHERE source = ?") { $0.bind(1, source) }
            return .done
        }
        _ = try run(
            "INSERT INTO known_schedules (source, hashes) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET hashes = excluded.hashes"
        ) {
            $0.bind(1, source)
            $0.bind(2, hashes)
        }
        return .done
    }

    func pauseSchedule(_ schedule: ScheduleReference, paused: Bool, reason: String?, at: Int64) throws(DatabaseError) -> Outcome {
        _ = try run(
            """
            INSERT INTO schedule_states (endpoint_id, schedule, paused, reason, changed_at) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT DO UPDATE SET paused = excluded.paused, reason = excluded.reason, changed_at = excluded.changed_at
            """
        ) {
            $0.bind(1, schedule.endpoint)
            $0.bind(2, schedule.name)
            $0.bind(3, paused)
            $0.bind(4, reason)
            $0.bind(5, at)
        }
        try appendEvent(paused ? "schedule_paused" : "schedule_resumed", at: at, endpoint: schedule.endpoint, subject: nil, data: reason)
        return .done
    }

    // MARK: Lookups

    private func openCalls(_ schedule: ScheduleReference) throws(DatabaseError) -> [Int64] { try loadedFires().calls(of: schedule) }

    private func pendingCalls(_ schedule: ScheduleReference) throws(DatabaseError) -> [Int64] {
        var pending: [Int64] = []
        for id in try openCalls(schedule) where try isPending(id) { pending.append(id) }
        return pending
    }

    private func isPending(_ id: Int64) throws(DatabaseError) -> Bool { try statusOf(approval: id) == ApprovalStatus.pending.rawValue }

    private func isRunning(_ id: Int64) throws(DatabaseError) -> Bool {
        let statement = try connection.prepare("SELECT status FROM runs WHERE id = ?")
        statement.bind(1, id)
        return try statement.first { $0.text(0) } == RunStatus.running.rawValue
    }

    func fireKey(of call: Int64) throws(DatabaseError) -> FireKey? {
        let statement = try connection.prepare("SELECT idempotency_key FROM calls WHERE id = ?")
        statement.bind(1, call)
        return try statement.first { $0.optionalText(0) }?.flatMap { FireKey($0) }
    }
}
