package import Model
internal import Posix
package import Store
internal import Synchronization

/// A schedule as it stands.
package struct ScheduleStatus: Sendable {
    package var schedule: ScheduleReference
    package var summary: ScheduleSummary
    package var isPaused: Bool
    /// `paused: true` stands in its settings.
    package var isPausedInSettings: Bool
    package var pauseReason: String?
    /// The next planned times, microseconds since 1970; none while it is paused.
    package var upcoming: [Int64]
}

/// Why a request about a schedule cannot be served.
package enum BackfillProblem: Error, Sendable, Equatable {
    case backwards
    case tooMany(limit: Int)
    case inTheFuture
}

extension Scheduler {
    /// More fires than this are not made up for in one go.
    package static let backfillLimit = 1000

    package var counters: ScheduleCounters { state.withLock { $0.counters } }
    package var count: Int { state.withLock { $0.groups.reduce(0) { $0 + $1.source.count } } }

    /// Schedules from a position on, in the order of their sources, perhaps of one endpoint only; and the position to go on at.
    package func list(from position: Int, limit: Int, endpoint: Int64? = nil) -> (items: [ScheduleStatus], next: Int?) {
        state.withLock { state in
            var items: [ScheduleStatus] = []
            var base = 0
            for group in state.groups {
                for index in max(0, position - base)..<max(group.source.count, position - base, 0) {
                    if let endpoint, group.source.reference(index).endpoint != endpoint { continue }
                    if items.count == limit { return (items, base + index) }
                    items.append(status(state, group.source, index, 5))
                }
                base += group.source.count
            }
            return (items, nil)
        }
    }

    package func status(_ schedule: ScheduleReference, upcoming: Int = 5) -> ScheduleStatus? {
        state.withLock { state in
            guard let (source, index) = state.find(schedule) else { return nil }
            return status(state, source, index, upcoming)
        }
    }

    private func status(_ state: borrowing State, _ source: any ScheduleSource, _ index: Int, _ upcoming: Int) -> ScheduleStatus {
        let schedule = source.reference(index)
        let policy = source.policy(index)
        let isPaused = state.isPaused(schedule, policy)
        let times = isPaused ? [] : source.timing(index).times(after: clock.wall() / 1_000_000).prefix(upcoming).map { $0 * 1_000_000 }
        return ScheduleStatus(
            schedule: schedule, summary: source.summary(index), isPaused: isPaused, isPausedInSettings: policy.isPaused,
            pauseReason: state.states[schedule]?.isPaused == true ? state.states[schedule]?.reason : nil, upcoming: times)
    }

    /// Whether runs of a schedule must not run beside each other.
    package func isSerial(_ schedule: ScheduleReference) -> Bool {
        state.withLock { state in state.find(schedule).map { $0.source.policy($0.index).overlap != .allow } ?? false }
    }

    /// Stops or restarts the fires of a schedule. Blocks until that is on disk.
    /// - Returns: false when the store could not take it.
    @discardableResult
    package func setPaused(_ schedule: ScheduleReference, _ paused: Bool, reason: String?) -> Bool {
        let now = clock.wall()
        guard case .done = store.commit(.pauseSchedule(schedule, paused: paused, reason: reason, at: now)) else { return false }
        state.withLock {
            $0.states[schedule] = ScheduleState(schedule: schedule, isPaused: paused, reason: reason, changedAt: now)
        }
        if let id = status(schedule, upcoming: 0)?.summary.id {
            log("schedule \(id) is \(paused ? "paused" : "resumed")\(reason.map { ": \($0)" } ?? "")")
        }
        return true
    }

    /// Makes a call now, beside the schedule's times and through its gate.
    /// - Throws: `Refusal` when the call cannot be made from the settings, or the schedule is gone (404).
    package func runNow(_ schedule: ScheduleReference, by: String, idempotencyKey: String? = nil) throws(Refusal) -> Outcome {
        for _ in 0..<5 {
            guard let (source, index) = state.withLock({ $0.find(schedule) }) else { throw Self.gone }
            let verdict = gate(source.settings(index), source.finding(index))
            var call = try source.freeze(index, time: nil, by: by, gate: verdict, at: clock.wall())
            call.idempotencyKey = idempotencyKey.map { "key:\($0)" }
            let outcome = store.commit(.accept(call))
            guard case .conflict = outcome else { return outcome }
        }
        return .conflict(status: "changed")
    }

    static var gone: Refusal { Refusal(404, "unknown_schedule", "there is no such schedule") }

    /// The planned times of a range, both ends included, in microseconds.
    /// - Throws: `BackfillProblem` for a range that is none, lies ahead, or holds too many.
    package func backfillTimes(_ schedule: ScheduleReference, from: Int64, to: Int64) throws(BackfillProblem) -> [Int64] {
        guard from <= to else { throw .backwards }
        guard to <= clock.wall() else { throw .inTheFuture }
        guard let (source, index) = state.withLock({ $0.find(schedule) }) else { return [] }
        var times: [Int64] = []
        for time in source.timing(index).times(after: (from + 999_999) / 1_000_000 - 1) {
            guard time * 1_000_000 <= to else { break }
            guard times.count < Self.backfillLimit else { throw .tooMany(limit: Self.backfillLimit) }
            times.append(time * 1_000_000)
        }
        return times
    }

    /// Makes up for fires of the past: each that has no call yet gets one, through the gate.
    /// - Throws: `Refusal` when a call cannot be made from the settings, or the schedule is gone (404).
    package func backfill(_ schedule: ScheduleReference, _ times: [Int64], by: String) throws(Refusal) -> Outcome {
        for _ in 0..<5 {
            guard let (source, index) = state.withLock({ $0.find(schedule) }) else { throw Self.gone }
            let now = clock.wall()
            let verdict = gate(source.settings(index), source.finding(index))
            var command = FireSchedule(schedule: schedule, overlap: .allow, pending: .all, at: now)
            for time in times { command.calls.append(try source.freeze(index, time: time, by: by, gate: verdict, at: now)) }
            let outcome = store.commit(.fire(command))
            guard case .conflict = outcome else { return outcome }
        }
        return .conflict(status: "changed")
    }
}
