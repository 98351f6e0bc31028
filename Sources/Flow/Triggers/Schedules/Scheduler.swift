package import Model
package import Posix
package import Store
internal import Synchronization
package import TimeZones

/// Fires the schedules: each planned time makes at most one call, which goes through the same gate as every other.
///
/// What is due is handed to the store as commands that settle it: calls, and records of what did not run. Once they are on disk, a mark
/// moves on; what was settled behind the mark when a crash came is told by the calls and records themselves.
package final class Scheduler: Sendable {
    /// Fires of a schedule that are to be settled.
    struct Work: Sendable {
        let schedule: ScheduleReference
        let due: ScheduleGroup.Due
    }

    struct State {
        var groups: [ScheduleGroup] = []
        var states: [ScheduleReference: ScheduleState] = [:]
        /// What the store could not take; tried again before anything later.
        var retries: [Work] = []
        var retryAt: Int64?
        /// Commands that the store has not answered.
        var inFlight = 0
        /// Everything due up to here has been handed out.
        var handedOut: Int64 = .min
        /// A turn is handing out what is due behind `handedOut`: the mark has to wait, since it also says which calls and records came later.
        var isHandingOut = false
        /// Something was handed out that the mark does not cover yet.
        var isMarkDue = false
        /// What makes new schedules known once the mark has passed the instant at which they were taken in: a restart before that must not
        /// look for fires of theirs from before.
        var introductions: [(at: Int64, command: Command)] = []
        var counters = ScheduleCounters()

        func find(_ schedule: ScheduleReference) -> (source: any ScheduleSource, index: Int)? {
            for group in groups {
                if let index = group.source.index(endpoint: schedule.endpoint, name: schedule.name) { return (group.source, index) }
            }
            return nil
        }

        func isPaused(_ schedule: ScheduleReference, _ policy: SchedulePolicy) -> Bool {
            policy.isPaused || states[schedule]?.isPaused == true
        }
    }

    /// Schedules handled between two looks at the lock, so that nobody waits long behind a million of them.
    private static let chunk = 2048
    /// So many are handed to the store together.
    private static let bundle = 128
    private static let retryPause: Int64 = 1_000_000
    private static let zonePause: Int64 = 60_000_000
    /// A clock that goes back further was wrong before: the schedules go on from its new time.
    static let wrongClock: Int64 = 3 * 3600 * 1_000_000

    let store: Store
    let clock: SystemClock
    let gate: GateRule
    let log: @Sendable (String) -> Void
    let state = Mutex(State())
    /// Held by a turn and by a change of the schedules, one after the other.
    private let turning = Mutex(())
    private let thread = Mutex<DeadlineThread?>(nil)
    let failures: FailureWatch
    /// Is told when the system's time zones have changed, on a thread of its own.
    private let zonesChanged: @Sendable () -> Void
    private let zones: ZoneDirectory
    private let zonesLookedAt = Mutex<Int64>(0)

    package init(
        store: Store, clock: SystemClock, gate: GateRule,
        log: @escaping @Sendable (String) -> Void, zones: ZoneDirectory = .system, zonesChanged: @escaping @Sendable () -> Void = {}
    ) {
        self.zones = zones
        self.zonesChanged = zonesChanged
        self.store = store
        self.clock = clock
        self.gate = gate
        self.log = log
        failures = FailureWatch(store: store, log: log)
    }

    package func start() throws(SystemError) {
        let made = try DeadlineThread(name: "sluice-schedule") { [self] in turn() }
        store.onCommit { [self] notice in
            if !notice.skippedFires.isEmpty { state.withLock { $0.counters.add(notice.skippedFires) } }
            if !notice.finishedRuns.isEmpty, failures.wants(notice.finishedRuns) { poke() }
        }
        try made.start()
        thread.withLock { $0 = made }
    }

    package func stop() {
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.stop()
    }

    func poke() { thread.withLock { $0 }?.poke() }

    // MARK: The schedules

    /// Takes the schedules as they are now. One that is new counts from now on; one that is known goes on behind what was settled: what
    /// passed meanwhile was missed.
    package func load(_ sources: [any ScheduleSource]) throws {
        try turning.withLock { _ in
            // What the schedules of before have due is theirs.
            if state.withLock({ $0.handedOut != .min }) { _ = settleDue() }
            let now = clock.wall()
            let known = try store.knownSchedules()
            let states = Dictionary(uniqueKeysWithValues: try store.scheduleStates().map { ($0.schedule, $0) })
            let handedOut = state.withLock { $0.handedOut }
            let resume = handedOut == .min ? try Resume(store, now: now, log: log) : nil
            var groups: [ScheduleGroup] = []
            var introductions: [(at: Int64, command: Command)] = []
            for source in sources {
                let hashes = KnownSchedules(source)
                let old = known[source.key].map(KnownSchedules.init)
                groups.append(
                    ScheduleGroup(source) { index in
                        let timing = source.timing(index)
                        guard let old, old.contains(source.identity(index)) else { return timing.next(after: now / 1_000_000) }
                        if let resume { return resume.first(source.reference(index), timing) }
                        return timing.firstUnsettled(mark: handedOut)
                    })
                if old != hashes { introductions.append((now, .knowSchedules(source: source.key, hashes: hashes.bytes))) }
            }
            let present = Set(sources.map(\.key))
            for key in known.keys where !present.contains(key) { introductions.append((now, .knowSchedules(source: key, hashes: nil))) }
            if let resume, resume.isNew { store.submit(.markSchedules(through: now, mayGoBack: true)) }
            state.withLock { [groups, introductions] state in
                state.groups = groups
                state.states = states
                // Later ones hold for all of their source.
                state.introductions += introductions
                if let resume { state.handedOut = resume.through }
            }
            failures.follow(sources)
        }
        poke()
    }

    // MARK: Turns

    /// What is due now; returns when to look again. Called by the thread, and by tests with a clock of their own.
    package func turn() -> Int64? {
        lookAtZones()
        return turning.withLock { _ in
            failures.look { schedule, reason in setPaused(schedule, true, reason: reason) }
            let next = settleDue()
            // The next look at the zones' files.
            return next.map { min($0, clock.wall() + Self.zonePause) }
        }
    }

    /// Once a minute, whether an update has brought other zone data.
    private func lookAtZones() {
        let now = clock.monotonic()
        let isDue = zonesLookedAt.withLock { last in
            guard now - last >= Self.zonePause else { return false }
            last = now
            return true
        }
        guard isDue, case let changed = zones.refresh(), !changed.isEmpty else { return }
        log("time zones have changed: \(changed.sorted().joined(separator: ", "))")
        _ = try? startThread(name: "sluice-zones") { [zonesChanged] in zonesChanged() }
    }

    private func settleDue() -> Int64? {
        let now = clock.wall()
        returnToRightTime(now)
        state.withLock { $0.isHandingOut = true }
        var missed = MissedReport()
        while true {
            let work = state.withLock { takeWork(&$0, now) }
            if work.isEmpty { break }
            for start in stride(from: 0, to: work.count, by: Self.bundle) {
                store.submit(work[start..<min(start + Self.bundle, work.count)].compactMap { settlement(of: $0, now, &missed) })
            }
        }
        missed.log(log)
        state.withLock { state in
            state.isHandingOut = false
            // With retries in line nothing new was taken.
            if state.retries.isEmpty, state.handedOut != .min { state.handedOut = max(state.handedOut, now) }
        }
        moveMark()
        return state.withLock { state in
            [state.groups.compactMap(\.earliest).min(), state.retryAt].compactMap(\.self).min()
        }
    }

    private func takeWork(_ state: inout State, _ now: Int64) -> [Work] {
        if !state.retries.isEmpty {
            // A clock that was set back does not put it off.
            if let at = state.retryAt, now < at, at - now <= Self.retryPause { return [] }
            defer { (state.retries, state.retryAt) = ([], nil) }
            state.inFlight += state.retries.count
            return state.retries
        }
        for index in state.groups.indices {
            let due = state.groups[index].takeDue(now: now, limit: Self.chunk)
            guard !due.isEmpty else { continue }
            state.inFlight += due.count
            state.isMarkDue = true
            let source = state.groups[index].source
            return due.map { Work(schedule: source.reference($0.index), due: $0) }
        }
        return []
    }

    private func returnToRightTime(_ now: Int64) {
        let isBack = state.withLock { state in
            guard state.handedOut != .min, now < state.handedOut - Self.wrongClock else { return false }
            state.handedOut = now
            state.introductions = state.introductions.map { (now, $0.command) }
            for index in state.groups.indices { state.groups[index].restart(behind: now) }
            return true
        }
        guard isBack else { return }
        log("the clock went back by more than three hours: schedules go on from its new time; no fire is repeated")
        store.submit(.markSchedules(through: now, mayGoBack: true))
    }

    /// What settles some fires, and what is done once it has; nil when their schedule is gone.
    private func settlement(
        of work: Work, _ now: Int64, _ missed: inout MissedReport
    ) -> (command: Command, completion: @Sendable (Outcome) -> Void)? {
        guard let command = command(for: work, now, &missed) else {
            settled()
            return nil
        }
        return (.fire(command), { [self] in answered($0, work) })
    }

    private func answered(_ outcome: Outcome, _ work: Work) {
        switch outcome {
        case .fired(let fates): settled(fates, late: clock.wall() - work.due.dueAt)
        case .conflict: tryAgain(work, after: 50_000)  // its endpoint has changed since it was frozen
        case .unavailable(let reason):
            log("schedule: the store cannot take a fire, trying again: \(reason)")
            tryAgain(work, after: Self.retryPause)
        default: settled()
        }
    }

    private func tryAgain(_ work: Work, after pause: Int64) {
        state.withLock { state in
            state.inFlight -= 1
            state.retries.append(work)
            let at = clock.wall() + pause
            state.retryAt = state.retryAt.map { max($0, at) } ?? at
        }
        poke()
    }

    /// One command more is on disk.
    private func settled(_ fates: [FireFate] = [], late: Int64 = 0) {
        let isLast = state.withLock { state in
            state.counters.add(fates, late: late)
            state.inFlight -= 1
            return state.inFlight == 0
        }
        if isLast { moveMark() }
    }

    /// Moves the mark on, once everything that was handed out is on disk.
    private func moveMark() {
        let introductions = state.withLock { state -> [(at: Int64, command: Command)] in
            let through = state.handedOut
            guard !state.isHandingOut, state.inFlight == 0, state.retries.isEmpty, state.isMarkDue || !state.introductions.isEmpty
            else { return [] }
            let due = state.introductions.filter { $0.at <= through }
            state.introductions.removeAll { $0.at <= through }
            state.isMarkDue = false
            // Handed over under the lock: what the next turn hands out comes behind the mark.
            store.submit(.markSchedules(through: through, mayGoBack: false))
            return due
        }
        for (at, command) in introductions {
            store.submit(command) { [self] outcome in
                if case .unavailable = outcome { introduceAgain(command, at) }
            }
        }
    }

    /// With the next turn: what the store could not take, as the source is by now.
    private func introduceAgain(_ command: Command, _ at: Int64) {
        guard case .knowSchedules(let key, _) = command else { return }
        state.withLock { state in
            let source = state.groups.first { $0.source.key == key }?.source
            state.introductions.append((at, .knowSchedules(source: key, hashes: source.map { KnownSchedules($0).bytes })))
        }
    }
}
