package import Model
internal import Store
internal import Synchronization

extension Scheduler {
    /// The command that settles fires; nil when their schedule is gone.
    func command(for work: Work, _ now: Int64, _ missed: inout MissedReport) -> FireSchedule? {
        let found = state.withLock { state -> (any ScheduleSource, Int, Bool)? in
            guard let (source, index) = state.find(work.schedule) else { return nil }
            return (source, index, state.isPaused(work.schedule, source.policy(index)))
        }
        guard let (source, index, isPaused) = found else { return nil }
        let policy = source.policy(index)
        let timing = source.timing(index)
        let blackouts = source.blackouts(index)
        let decision = FireDecision(
            work.due.times, passed: work.due.uncounted, policy: policy, isPaused: isPaused, now: now, due: { timing.due($0) },
            isBlackedOut: { !blackouts.isEmpty && blackouts.cover($0, in: timing.zone) })
        var command = FireSchedule(schedule: work.schedule, overlap: policy.overlap, pending: policy.pending, at: now)
        command.skipped = decision.skipped.map {
            SkippedFires($0.reason, first: $0.first * 1_000_000, last: $0.last * 1_000_000, count: $0.count)
        }
        let settings = source.settings(index)
        let verdict = gate(settings, source.finding(index))
        let question = GateVerdict.ask(timeoutMinutes: settings.approvalTimeoutMinutes)
        if let last = decision.ask.last {
            command.asksFor = decision.ask.map { $0 * 1_000_000 }
            add(last, to: &command, source, index, question, now)
        }
        for fire in decision.run { add(fire.time, to: &command, source, index, fire.mustAsk ? question : verdict, now) }
        missed.add(decision) { source.summary(index).id }
        return command
    }

    /// Freezes the call of a fire; one that cannot be made is recorded.
    private func add(
        _ time: Int64, to command: inout FireSchedule, _ source: any ScheduleSource, _ index: Int, _ verdict: GateVerdict, _ now: Int64
    ) {
        do {
            command.calls.append(try source.freeze(index, time: time * 1_000_000, by: nil, gate: verdict, at: now))
        } catch {
            log("schedule \(source.summary(index).id) cannot fire: \(error.detail)")
            command.skipped.append(SkippedFires(.invalid, first: time * 1_000_000, last: time * 1_000_000, count: 1))
        }
    }
}

/// What the operator is told of missed fires: the first schedules by name, and of a million the rest as a number.
struct MissedReport {
    private static let namedLimit = 20
    private var lines: [String] = []
    private var others = (schedules: 0, fires: 0)

    mutating func add(_ decision: FireDecision, name: () -> String) {
        let missed = decision.skipped.filter { $0.reason == .missed }
        guard let last = missed.last?.last else { return }
        let count = missed.reduce(0) { $0 + $1.count }
        guard lines.count < Self.namedLimit else {
            others = (others.schedules + 1, others.fires + count)
            return
        }
        lines.append("schedule of \(name()): \(count) fire\(count == 1 ? "" : "s") missed until \(fireTimeText(last * 1_000_000))")
    }

    func log(_ write: (String) -> Void) {
        for line in lines { write(line) }
        if others.schedules > 0 { write("\(others.fires) fires missed of \(others.schedules) further schedules") }
    }
}

/// How many fires made a call and how many did not, since the start.
package struct ScheduleCounters: Sendable {
    package private(set) var made = 0
    package private(set) var skipped: [SkipReason: Int] = [:]
    /// How long after it was due each call was on disk.
    package private(set) var lateness = Histogram()

    /// - Parameter late: microseconds after the fires were due.
    mutating func add(_ fates: [FireFate], late: Int64) {
        for case .made(_, isDuplicate: false) in fates {
            made += 1
            lateness.add(late)
        }
    }

    mutating func add(_ skipped: [SkipReason: Int]) {
        self.skipped.merge(skipped, uniquingKeysWith: +)
    }
}
