internal import Posix
internal import Synchronization

/// One who waits for an answer until a deadline, and may have got it before.
final class AnswerWait: Sendable {
    private let isOver = Atomic<Bool>(false)

    /// The answer is sent; the deadline is forgotten soon.
    func end() { isOver.store(true, ordering: .releasing) }

    fileprivate var isEnded: Bool { isOver.load(ordering: .acquiring) }
}

/// Calls back when somebody has waited long enough: a thread that sleeps until the next of its instants.
final class AnswerDeadlines: Sendable {
    private struct Entry: Sendable {
        let wait: AnswerWait
        let end: Int64
        let expire: @Sendable () -> Void
    }

    private let clock: SystemClock
    private let inbox = Mailbox<Entry>()
    private let thread: ThreadHandle

    init(clock: SystemClock) throws(SystemError) {
        self.clock = clock
        let inbox = inbox
        thread = try startThread(name: "sluice-waits") {
            var entries: [Entry] = []
            while let more = entries.isEmpty ? inbox.takeAll() : inbox.takeAll(timeoutMicroseconds: Self.pause(entries, clock)) {
                let now = clock.monotonic()
                // Those who have their answer go with every turn, so that a long deadline keeps only what really waits.
                entries = (entries + more).filter { entry in
                    if entry.wait.isEnded { return false }
                    guard entry.end <= now else { return true }
                    entry.expire()
                    return false
                }
            }
        }
    }

    private static func pause(_ entries: [Entry], _ clock: SystemClock) -> Int64 {
        max(0, (entries.map(\.end).min() ?? 0) - clock.monotonic())
    }

    /// `expire` is called on the thread of the deadlines unless the wait has ended by then; it must not block.
    func add(_ wait: AnswerWait, seconds: Int, _ expire: @escaping @Sendable () -> Void) {
        inbox.append(Entry(wait: wait, end: clock.monotonic() + Int64(seconds) * 1_000_000, expire: expire))
    }

    func stop() {
        inbox.close()
        thread.join()
    }
}
