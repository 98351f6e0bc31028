package import Posix
package import Store
internal import Synchronization

/// Ends approvals whose time has passed, on time and after a restart: it sleeps until the earliest expiry that the database knows.
package final class ExpiryWatch: Sendable {
    private let store: Store
    private let clock: SystemClock
    private let log: @Sendable (String) -> Void
    /// The instant that the thread is going to wake at.
    private let planned = Mutex<Int64>(.max)
    private let thread = Mutex<DeadlineThread?>(nil)
    private static let batch = 500

    package init(store: Store, clock: SystemClock, log: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.clock = clock
        self.log = log
    }

    package func start() throws(SystemError) {
        let made = try DeadlineThread(name: "sluice-expiry") { [self] in turn() }
        thread.withLock { $0 = made }
        store.onCommit { [self] notice in
            guard let earliest = notice.earliestExpiry, planned.withLock({ $0 > earliest }) else { return }
            thread.withLock { $0 }?.poke()
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

    /// Expires what is due; returns the next instant to look at. Called by the thread, and by tests.
    package func turn() -> Int64? {
        while true {
            let now = clock.wall()
            // From here on every new approval pokes the thread: one that is committed behind the answer below is not in it.
            planned.withLock { $0 = .max }
            switch store.commit(.expire(at: now, limit: Self.batch)) {
            case .expired(let count, let next):
                if count == Self.batch { continue }
                planned.withLock { $0 = next ?? .max }
                return next
            case .unavailable(let reason):
                log("approvals cannot be expired now, trying again: \(reason)")
                return now + 5_000_000
            default:
                return now + 5_000_000
            }
        }
    }
}
