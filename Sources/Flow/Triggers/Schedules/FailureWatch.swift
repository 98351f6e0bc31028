internal import Model
internal import Store
internal import Synchronization

/// Pauses schedules whose runs fail again and again (`pause_after_failures`).
///
/// The runs themselves are the count: the last ones of a schedule are read when one of them has ended, so that nothing is lost with a
/// crash in between.
final class FailureWatch: Sendable {
    private struct State {
        var limits: [ScheduleReference: Int] = [:]
        /// Every schedule of these crontabs has the limit.
        var crontabs: [Int64: Int] = [:]
        var ended: [Int64] = []
        var unchecked: Set<ScheduleReference> = []
    }

    private let store: Store
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    /// A source of more schedules than this is asked as a whole.
    private static let many = 10_000

    init(store: Store, log: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.log = log
    }

    /// Learns which schedules pause themselves; they are looked at once, for runs that ended while nobody watched.
    func follow(_ sources: [any ScheduleSource]) {
        var limits: [ScheduleReference: Int] = [:]
        var crontabs: [Int64: Int] = [:]
        for source in sources {
            if source.count > Self.many {
                if let limit = source.policy(0).pauseAfterFailures { crontabs[source.reference(0).endpoint] = limit }
                continue
            }
            for index in 0..<source.count {
                if let limit = source.policy(index).pauseAfterFailures { limits[source.reference(index)] = limit }
            }
        }
        state.withLock { [limits, crontabs] state in
            state.unchecked.formUnion(limits.keys.filter { state.limits[$0] == nil })
            state.limits = limits
            state.crontabs = crontabs
        }
    }

    /// Whether runs that have ended are of interest; they are remembered then.
    func wants(_ runs: [Int64]) -> Bool {
        state.withLock { state in
            guard !state.limits.isEmpty || !state.crontabs.isEmpty else { return false }
            state.ended += runs
            return true
        }
    }

    /// Looks at the schedules whose runs have ended, and hands on those that are to be paused, with the reason.
    func look(_ pause: (ScheduleReference, String) -> Void) {
        let (ended, unchecked) = state.withLock { state in
            defer { (state.ended, state.unchecked) = ([], []) }
            return (state.ended, state.unchecked)
        }
        guard !ended.isEmpty || !unchecked.isEmpty else { return }
        do {
            let schedules = try unchecked.union(store.schedules(ofCalls: ended))
            guard !schedules.isEmpty else { return }
            let states = Dictionary(uniqueKeysWithValues: try store.scheduleStates().map { ($0.schedule, $0) })
            for schedule in schedules {
                guard let limit = limit(schedule), try hasFailed(schedule, limit, since: states[schedule]) else { continue }
                pause(schedule, "\(limit) failed run\(limit == 1 ? "" : "s") in a row")
            }
        } catch {
            log("failed runs cannot be counted now: \(error)")
            state.withLock { state in
                state.ended += ended
                state.unchecked.formUnion(unchecked)
            }
        }
    }

    private func limit(_ schedule: ScheduleReference) -> Int? {
        state.withLock { $0.limits[schedule] ?? $0.crontabs[schedule.endpoint] }
    }

    private func hasFailed(_ schedule: ScheduleReference, _ limit: Int, since state: ScheduleState?) throws -> Bool {
        if state?.isPaused == true { return false }
        // Approvals that never ran, and runs that were cancelled, neither fail nor succeed.
        let ended = try store.firedCalls(of: schedule, limit: limit * 2 + 20).filter { call in
            guard let run = call.run, let end = call.finishedAt, end > state?.changedAt ?? .min else { return false }
            return run.isFinished && run != .cancelled && run != .interrupted
        }
        return ended.count >= limit && ended.prefix(limit).allSatisfy { $0.run != .succeeded }
    }
}
