internal import Model
package import Posix
package import Store
internal import Synchronization

/// Reads events after they were committed and writes what rules make of them: notifications for the outbox, and what the rules remember.
///
/// Both, and how far it has read, are one command that conflicts when somebody read these events before: each event is told once, whatever
/// ends the process, and the writers of events know nothing of rules.
package final class AlertEngine: Sendable {
    private let store: Store
    private let clock: SystemClock
    private let book: AlertBook
    private let log: @Sendable (String) -> Void
    private let thread = Mutex<DeadlineThread?>(nil)
    private let hasNews = Atomic<Bool>(true)
    private let rulesChanged = Atomic<Bool>(true)
    /// There is no rule: commits are nobody's news, and cost nothing.
    private let isIdle = Atomic<Bool>(false)
    private let state = Mutex(State())

    /// What the engine's thread knows between turns.
    private struct State {
        /// Nil when it is to be read from the store.
        var reader: Reader?
        /// The next turn comes no sooner: microseconds since 1970.
        var notBefore: Int64 = .min
    }

    private struct Reader {
        var version: Int
        /// As committed.
        var committed: AlertMark
        /// As read: events that nobody asked for are passed over without a commit.
        var mark: AlertMark
        var memories: RuleMemories
        var silences: [Silence]
        /// When the mark was last committed.
        var lastCommit: Int64
    }

    /// Turns are at least so far apart, so that a flood of commits does not cost one each.
    private static let pause: Int64 = 5_000
    private static let pauseAfterFailure: Int64 = 1_000_000
    private static let eventsPerTurn = 4096
    private static let timersPerTurn = 512
    /// A mark that passed over events alone is committed after so long: rules that come with the next start see no more of the past.
    private static let markDelay: Int64 = 2_000_000

    package init(store: Store, clock: SystemClock, book: AlertBook, log: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.clock = clock
        self.book = book
        self.log = log
    }

    package func start() throws(SystemError) {
        let made = try DeadlineThread(name: "sluice-alerts") { [self] in turn() }
        thread.withLock { $0 = made }
        store.onCommit { [self] notice in
            guard notice.hasEvents || notice.hasWaitingNotifications, !isIdle.load(ordering: .acquiring) else { return }
            // Only the first since the last turn wakes it.
            if !hasNews.exchange(true, ordering: .acquiringAndReleasing) { made.poke() }
        }
        book.onChange { [self] in
            rulesChanged.store(true, ordering: .releasing)
            isIdle.store(false, ordering: .releasing)
            hasNews.store(true, ordering: .releasing)
            made.poke()
        }
        try made.start()
    }

    package func stop() {
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.stop()
        state.withLock { state in
            guard let reader = state.reader, reader.mark != reader.committed else { return }
            // Best effort: without it the next start reads these events again, for nothing.
            _ = store.commit(.turnAlerts(AlertTurn(from: reader.committed, through: reader.mark, at: clock.wall())))
            state.reader = nil
        }
    }

    /// Does what there is to do; returns when to look again, in microseconds since 1970.
    func turn() -> Int64? {
        state.withLock { state in
            let now = clock.wall()
            // A clock that was put back must not make it wait.
            if now < state.notBefore, state.notBefore - now <= Self.pauseAfterFailure { return state.notBefore }
            hasNews.store(false, ordering: .releasing)
            do {
                let next = try turn(&state.reader, now: now)
                state.notBefore = clock.wall() + Self.pause
                return next
            } catch {
                state = State(reader: nil, notBefore: now + Self.pauseAfterFailure)
                log("alert rules cannot be asked, trying again: \(error)")
                return state.notBefore
            }
        }
    }

    private func turn(_ reader: inout Reader?, now: Int64) throws -> Int64? {
        let rules = book.current
        if rulesChanged.exchange(false, ordering: .acquiringAndReleasing) || reader?.version != rules.version {
            reader = try takeUp(reader, rules, now)
            isIdle.store(reader == nil, ordering: .releasing)
        }
        while reader != nil, try !readOn(&reader, rules, now) {}
        guard let current = reader else { return nil }
        let waiting = try store.nextWaitingNotification()
        guard current.mark != current.committed else { return waiting }
        return min(waiting ?? .max, current.lastCommit + Self.markDelay)
    }

    /// Reads a stretch of what is new and due.
    /// - Returns: whether that was all.
    private func readOn(_ reader: inout Reader?, _ rules: AlertBook.Snapshot, _ now: Int64) throws -> Bool {
        guard var current = reader else { return true }
        let teller = Teller(
            from: current.committed, through: current.mark, memories: current.memories, silences: current.silences, now: now)
        var evaluation = RuleEvaluation(store: store, rules: rules, teller: teller, now: now)
        let (events, through) = try store.events(evaluation.eventKinds, after: current.mark.event, limit: Self.eventsPerTurn)
        let refusals = evaluation.countsRefusals ? try store.refusals(after: current.mark.rejection, limit: Self.eventsPerTurn) : []
        let timers = try store.waitingNotifications(dueBy: now, limit: Self.timersPerTurn)
        for event in events { try readable("event \(event.sequence)") { try evaluation.take(event) } }
        try evaluation.take(refusals)
        // Last: whether it still holds is known once all events before have been read.
        try evaluation.take(timers)
        let isAll = through - current.mark.event < Self.eventsPerTurn && refusals.count < Self.eventsPerTurn && timers.count < Self.timersPerTurn
        // Refusals that nobody counts are passed over.
        let rejection = try evaluation.countsRefusals ? refusals.last?.id : store.newestAlertMark().rejection
        current.mark = AlertMark(event: max(through, current.mark.event), rejection: max(rejection ?? 0, current.mark.rejection))
        var told = evaluation.teller
        told.setThrough(current.mark)
        current.memories = told.memories
        let isLate = current.mark != current.committed && (now >= current.lastCommit + Self.markDelay || now < current.lastCommit)
        if !told.isEmpty || isLate {
            if case .queued(let ids) = try commit(told.finished()) { current.memories.number(ids) }
            current.committed = current.mark
            current.lastCommit = now
        }
        reader = current
        return isAll
    }

    /// A row that is damaged is passed over, so that it does not keep all others from being told.
    private func readable(_ what: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch  where isDamage(error) {
            log("\(what) cannot be read, and no rule is asked about it: \(error)")
        }
    }

    private func commit(_ turn: AlertTurn) throws -> Outcome {
        switch store.commit(.turnAlerts(turn)) {
        case .unavailable(let reason): throw RuleProblem("what they tell cannot be stored: \(reason)")
        case .conflict(let status): throw RuleProblem("somebody else reads the events of this database (\(status))")
        case let outcome: return outcome
        }
    }

    /// Begins to read, or goes on under changed rules. Rules see events from the moment that there are rules.
    private func takeUp(_ before: Reader?, _ rules: AlertBook.Snapshot, _ now: Int64) throws -> Reader? {
        let known = try store.alertMark()
        guard rules.hasWork else {
            let forget = Command.forgetAlertMark(dropsWaiting: rules.entries.isEmpty)
            if known != nil, case .unavailable(let reason) = store.commit(forget) { throw RuleProblem(reason) }
            return nil
        }
        var committed = known
        let names = Set(rules.entries.map(\.rule.name))
        if committed == nil || before == nil {
            let newest = try store.newestAlertMark()
            var turn = AlertTurn(from: known, through: known ?? newest, at: now)
            // What rules that are gone remembered.
            for state in try store.alertStates() where !names.contains(state.rule) {
                turn.states.append(.init(rule: state.rule, key: state.key, json: nil))
            }
            if known == nil || !turn.states.isEmpty { _ = try commit(turn) }
            committed = turn.through
        }
        guard let committed else { return nil }
        let read = before?.mark ?? committed
        let conditions = Dictionary(rules.entries.map { ($0.rule.name, $0.rule.condition) }) { first, _ in first }
        var memories = try RuleMemories(store: store, rules: conditions)
        // Quiet hours may be others now: what they hold back is looked at again.
        let held = memories.quietRows
        if !held.isEmpty {
            var turn = AlertTurn(from: committed, through: committed, at: now)
            turn.changes = held.map { .init(id: $0, dueAt: now) }
            _ = try commit(turn)
            memories = try RuleMemories(store: store, rules: conditions)
        }
        return Reader(
            version: rules.version, committed: committed,
            mark: AlertMark(event: max(read.event, committed.event), rejection: max(read.rejection, committed.rejection)),
            memories: memories, silences: try store.silences(at: now), lastCommit: now)
    }
}
