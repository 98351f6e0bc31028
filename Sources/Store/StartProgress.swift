internal import Posix
internal import Synchronization

/// Tells the operator what has to be done to the database before it can be used: once before it begins, and while it lasts every few seconds.
/// Nothing is told when there is nothing to do.
final class StartProgress: Sendable {
    private let clock: SystemClock
    private let tell: @Sendable (String) -> Void
    /// When something was told last, in microseconds of the monotonic clock; nil before.
    private let toldAt = Mutex<Int64?>(nil)

    private static let pause: Int64 = 5_000_000

    init(clock: SystemClock = .real, tell: @escaping @Sendable (String) -> Void = { _ in }) {
        self.clock = clock
        self.tell = tell
    }

    /// - Parameter step: what is being done, and how much of how much.
    func reached(_ step: @autoclosure () -> String) {
        let now = clock.monotonic()
        let isDue = toldAt.withLock { toldAt in
            if let last = toldAt, now - last < Self.pause { return false }
            toldAt = now
            return true
        }
        if isDue { tell("the database is being brought up to date: \(step())") }
    }

    func finished() {
        let wasTold = toldAt.withLock { toldAt in
            defer { toldAt = nil }
            return toldAt != nil
        }
        if wasTold { tell("the database is up to date") }
    }
}
