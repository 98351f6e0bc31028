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
    private let reader = Mutex<Reader?>(nil)

    /// What the engine's thread knows between turns; nil when it is to be read from the store.
    private struct Reader {
        var version: Int
        /// As committed.
        var committed: AlertMark
        /// As read: events that nobody asked for are passed over without a commit.
        var mark: AlertMark
        var memories: RuleMemories
        var silences: [Silence]
        var lastTurn: Int64
    }

    /// Turns are at least so far apart, so that a flood of commits does not cost one each.
    private static let pause: Int64 = 5_000
    private static let eventsPerTurn = 4096
    private static let timersPerTurn = 512
    /// Events passed over before the mark is written again: a restart reads no more than these for nothing.
    private static let markStride: Int64 = 100_000

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
            guard notice.hasEvents || notice.hasWaitingNotifications else { return }
            // Only the first since the last turn wakes it.
            if !hasNews.exchange(true, ordering: .acquiringAndReleasing) { made.poke() }
        }
        book.onChange { [self] in
            rulesChanged.store(true, ordering: .releasing)
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
    }

    /// Does what there is to do; returns when to look again, in microseconds since 1970.
    func turn() -> Int64? {
        let now = clock.wall()
        do {
            return try reader.withLock { try turn(&$0, now: now) }
        } catch {
            reader.withLock { $0 = nil }
            log("alert rules cannot be asked, trying again: \(error)")
            return now + 1_000_000
        }
    }

    private func turn(_ reader: inout Reader?, now: Int64) throws -> Int64? {
        if let last = reader?.lastTurn, now < last + Self.pause, now >= last { return last + Self.pause }
        hasNews.store(false, ordering: .releasing)
        let rules = book.current
        if rulesChanged.exchange(false, ordering: .acquiringAndReleasing) || reader?.version != rules.version {
            reader = try takeUp(reader, rules, now)
        }
        guard var current = reader else { return nil }
        var isFull = true
        while isFull {
            var evaluation = RuleEvaluation(
                store: store, rules: rules,
                teller: Teller(from: current.committed, through: current.mark, memories: current.memories, silences: current.silences, now: now),
                now: now)
            let kinds = evaluation.eventKinds
            let (events, through) = try store.events(kinds, after: current.mark.event, limit: Self.eventsPerTurn)
            let refusals = evaluation.countsRefusals ? try store.refusals(after: current.mark.rejection, limit: Self.eventsPerTurn) : []
            let timers = try store.waitingNotifications(dueBy: now, limit: Self.timersPerTurn)
            for event in events { try evaluation.take(event) }
            try evaluation.take(refusals)
            // Last: whether it still holds is known once all events before have been read.
            try evaluation.take(timers)
            isFull = through - current.mark.event >= Self.eventsPerTurn || refusals.count == Self.eventsPerTurn || timers.count == Self.timersPerTurn
            current.mark = AlertMark(event: max(through, current.mark.event), rejection: refusals.last?.id ?? current.mark.rejection)
            var teller = evaluation.teller
            teller.setThrough(current.mark)
            current.memories = teller.memories
            if !teller.isEmpty || current.mark.event - current.committed.event >= Self.markStride {
                guard case .queued(let ids) = try commit(teller.finished()) else { return now }
                current.memories.number(ids)
                current.committed = current.mark
            }
            current.lastTurn = clock.wall()
            reader = current
        }
        return try store.nextWaitingNotification()
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
            if known != nil, case .unavailable(let reason) = store.commit(.forgetAlertMark) { throw RuleProblem(reason) }
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
        let mark = before.map { $0.mark.event > committed.event ? $0.mark : committed } ?? committed
        return Reader(
            version: rules.version, committed: committed, mark: mark, memories: try RuleMemories(store: store, rules: names),
            silences: try store.silences(at: now), lastTurn: before?.lastTurn ?? 0)
    }
}
