package import Posix
package import Store
internal import Synchronization

/// Deletes what ended longer ago than the retention, every hour and in small batches, so that no other commit waits long; while a
/// batch was full, ten times a second.
package final class Retainer: Sendable {
    private let store: Store
    private let clock: SystemClock
    private let retention: Retention
    private let thread = Mutex<DeadlineThread?>(nil)

    package init(store: Store, clock: SystemClock, days: Int) {
        self.store = store
        self.clock = clock
        retention = Retention(microseconds: Int64(days) * 86_400_000_000)
    }

    package func start() throws(SystemError) {
        let made = try DeadlineThread(name: "sluice-retain") { [self] in turn() }
        thread.withLock { $0 = made }
        try made.start()
    }

    package func stop() {
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.stop()
    }

    package func turn() -> Int64? {
        let now = clock.wall()
        if case .changed(let count) = store.commit(.prune(retention, at: now)), count >= retention.batch { return now + 100_000 }
        return now + 3_600_000_000
    }
}
