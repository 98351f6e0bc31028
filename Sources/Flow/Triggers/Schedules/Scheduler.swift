internal import Cron
package import Model
package import Posix
package import Store
internal import Synchronization

/// Fires the schedules: each fire time makes at most one call, which goes through the same gate as every other.
///
/// The database remembers each schedule's high-water mark, written in the transaction of the call, so that a restart neither repeats a
/// fire nor forgets that one was missed.
package final class Scheduler: Sendable {
    private struct State {
        var plan = SchedulePlan()
        var endpoints: [Int64: CompiledEndpoint] = [:]
        var paused: Set<Int64> = []
        /// Calls that the store could not take; tried again until they are too late.
        var retries: [AcceptCall] = []
        var retryAt: Int64?

        /// What is to be tried again now. A clock that was set back does not put it off.
        mutating func takeRetries(now: Int64) -> [AcceptCall] {
            if let retryAt, now < retryAt, retryAt - now <= Scheduler.retryPause { return [] }
            defer { (retries, retryAt) = ([], nil) }
            return retries
        }
    }

    private static let retryPause: Int64 = 1_000_000

    private let store: Store
    private let clock: SystemClock
    private let gate: @Sendable (EndpointSettings) -> GateVerdict
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let thread = Mutex<DeadlineThread?>(nil)

    package init(
        store: Store, clock: SystemClock, gate: @escaping @Sendable (EndpointSettings) -> GateVerdict,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.gate = gate
        self.log = log
    }

    package func start() throws(SystemError) {
        let made = try DeadlineThread(name: "sluice-schedule") { [self] in turn() }
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

    /// Takes the endpoints as they are now. A schedule whose expression or zone is new counts from now on, one that is known goes on from
    /// its mark: what passed meanwhile was missed.
    package func load(_ endpoints: [CompiledEndpoint], rows: [ScheduleRow]) {
        let now = clock.wall()
        let stored = Dictionary(uniqueKeysWithValues: rows.map { ($0.endpoint, $0) })
        let fresh = state.withLock { state -> [Command] in
            var marks: [Command] = []
            let scheduled = endpoints.filter { $0.schedule != nil }
            state.endpoints = Dictionary(uniqueKeysWithValues: scheduled.map { ($0.id, $0) })
            state.paused = Set(scheduled.filter { $0.settings.isPaused || stored[$0.id]?.isPaused == true }.map(\.id))
            for known in state.plan.entries.keys where state.endpoints[known] == nil { state.plan.remove(known) }
            for endpoint in scheduled {
                guard let (expression, zone) = endpoint.schedule else { continue }
                let identity = SchedulePlan.Entry.identity(expression, zone)
                if state.plan.entries[endpoint.id]?.identity == identity { continue }
                let row = stored[endpoint.id]
                let isKnown = row?.identity == identity
                let mark = isKnown ? (row?.highWater ?? now) : now
                state.plan.set(
                    SchedulePlan.Entry(endpoint: endpoint.id, expression: expression, zone: zone, highWater: mark / 1_000_000))
                if !isKnown {
                    marks.append(.markSchedule(endpoint: endpoint.id, highWater: now, missed: 0, identity: identity, at: now))
                }
            }
            return marks
        }
        for command in fresh { store.submit(command) }
        thread.withLock { $0 }?.poke()
    }

    /// When each schedule fires next, in microseconds since 1970.
    package func upcoming(_ endpoint: Int64, count: Int) -> [Int64] {
        state.withLock { state in
            guard let compiled = state.endpoints[endpoint], let (expression, zone) = compiled.schedule, !state.paused.contains(endpoint)
            else { return [] }
            return Array(expression.instants(after: clock.wall() / 1_000_000, in: zone).prefix(count)).map { $0 * 1_000_000 }
        }
    }

    /// What is due now; returns when to look again. Called by the thread, and by tests with a clock of their own.
    package func turn() -> Int64? {
        let now = clock.wall()
        let (calls, marks, next) = state.withLock { state -> ([AcceptCall], [Command], Int64?) in
            let retries = state.takeRetries(now: now)
            var calls = retries.filter { now - ($0.fireTime ?? now) <= SchedulePlan.lateness * 1_000_000 }
                .compactMap { current($0, state) }
            var marks: [Command] = retries.filter { now - ($0.fireTime ?? now) > SchedulePlan.lateness * 1_000_000 }
                .map { .markSchedule(endpoint: $0.endpoint, highWater: $0.fireTime ?? now, missed: 1, identity: nil, at: now) }
            for fire in state.plan.due(now: now / 1_000_000) {
                guard let endpoint = state.endpoints[fire.endpoint] else { continue }
                handle(fire, endpoint, isPaused: state.paused.contains(fire.endpoint), now, &calls, &marks)
            }
            return (calls, marks, state.plan.next.map { $0 * 1_000_000 })
        }
        for mark in marks { store.submit(mark) }
        for call in calls { submit(call) }
        let retry = state.withLock { $0.retryAt }
        return [next, retry].compactMap(\.self).min()
    }

    private func handle(
        _ fire: SchedulePlan.Fire, _ endpoint: CompiledEndpoint, isPaused: Bool, _ now: Int64, _ calls: inout [AcceptCall],
        _ marks: inout [Command]
    ) {
        let time = fire.time * 1_000_000
        if isPaused {
            marks.append(.markSchedule(endpoint: endpoint.id, highWater: time, missed: 0, identity: nil, at: now))
            return
        }
        let missed = fire.missed + (fire.isMissed ? 1 : 0)
        if missed > 0 {
            log("schedule of \(endpoint.name): \(missed) fire\(missed == 1 ? "" : "s") missed until \(fireTimeText(time))")
            let mark = fire.isMissed ? time : time - 1_000_000
            marks.append(.markSchedule(endpoint: endpoint.id, highWater: mark, missed: missed, identity: nil, at: now))
        }
        guard !fire.isMissed else { return }
        do {
            calls.append(try endpoint.freezeFire(time, gate: gate(endpoint.settings), at: now))
        } catch {
            log("schedule of \(endpoint.name) cannot fire: \(error.detail)")
        }
    }

    /// A fire that is tried again, frozen anew when its endpoint has changed; nil when that is gone or paused.
    private func current(_ call: AcceptCall, _ state: borrowing State) -> AcceptCall? {
        guard let endpoint = state.endpoints[call.endpoint], let time = call.fireTime, !state.paused.contains(call.endpoint) else { return nil }
        if endpoint.endpoint.revision == call.revision { return call }
        do {
            return try endpoint.freezeFire(time, gate: gate(endpoint.settings), at: call.at)
        } catch {
            log("schedule of \(endpoint.name) cannot fire: \(error.detail)")
            return nil
        }
    }

    private func tryAgain(_ call: AcceptCall) {
        state.withLock { state in
            state.retries.append(call)
            state.retryAt = clock.wall() + Self.retryPause
        }
        thread.withLock { $0 }?.poke()
    }

    private func submit(_ call: AcceptCall) {
        store.submit(.accept(call)) { [self] outcome in
            if case .tooManyPending(let limit) = outcome {
                log("a schedule's fire was left out: \(limit) of its approvals wait already")
                store.submit(.markSchedule(endpoint: call.endpoint, highWater: call.fireTime ?? call.at, missed: 1, identity: nil, at: call.at))
            }
            // Its endpoint has changed since it was frozen.
            if case .conflict = outcome { return tryAgain(call) }
            guard case .unavailable(let reason) = outcome else { return }
            log("schedule: the store cannot take a fire, trying again: \(reason)")
            tryAgain(call)
        }
    }
}
