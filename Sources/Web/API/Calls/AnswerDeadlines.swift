internal import Posix

/// Calls back when somebody has waited long enough: a thread that sleeps until the next of its instants.
final class AnswerDeadlines: Sendable {
    private struct Wait: Sendable {
        let end: Int64
        let expire: @Sendable () -> Void
    }

    private let clock: SystemClock
    private let inbox = Mailbox<Wait>()
    private let thread: ThreadHandle

    init(clock: SystemClock) throws(SystemError) {
        self.clock = clock
        let inbox = inbox
        thread = try startThread(name: "sluice-waits") {
            var waits: [Wait] = []
            while let more = waits.isEmpty ? inbox.takeAll() : inbox.takeAll(timeoutMicroseconds: Self.pause(waits, clock)) {
                waits += more
                let now = clock.monotonic()
                for wait in waits where wait.end <= now { wait.expire() }
                waits.removeAll { $0.end <= now }
            }
        }
    }

    private static func pause(_ waits: [Wait], _ clock: SystemClock) -> Int64 {
        max(0, (waits.map(\.end).min() ?? 0) - clock.monotonic())
    }

    /// `expire` is called on the thread of the deadlines, also when nobody waits any more; it must not block.
    func after(seconds: Int, _ expire: @escaping @Sendable () -> Void) {
        inbox.append(Wait(end: clock.monotonic() + Int64(seconds) * 1_000_000, expire: expire))
    }

    func stop() {
        inbox.close()
        thread.join()
    }
}
