package import Posix
package import Store
internal import Synchronization

/// Deletes what ended longer ago than the retention, every hour, and the oldest of what is settled while the database is larger than it may
/// be, looking every ten seconds. In small batches, so that no other commit waits long; while there is more to do, many times a second.
package final class Retainer: Sendable {
    private struct Plan {
        var nextPrune: Int64 = .min
        var nextShrink: Int64 = .min
    }

    private let store: Store
    private let clock: SystemClock
    private let retention: Retention
    private let size: Int64?
    private let plan = Mutex(Plan())
    private let thread = Mutex<DeadlineThread?>(nil)

    /// - Parameter size: in bytes; nil for no limit.
    package init(store: Store, clock: SystemClock, days: Int, size: Int64? = nil) {
        self.store = store
        self.clock = clock
        self.size = size
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
        guard let size else { return now + prune(at: now) }
        var plan = plan.withLock { $0 }
        // A clock that was set back must not put either off for as long as it was wrong.
        if plan.nextPrune <= now || plan.nextPrune > now + 3_600_000_000 { plan.nextPrune = now + prune(at: now) }
        if plan.nextShrink <= now || plan.nextShrink > now + 10_000_000 { plan.nextShrink = now + shrink(to: size, at: now) }
        self.plan.withLock { $0 = plan }
        return min(plan.nextPrune, plan.nextShrink)
    }

    /// Both answer how long to wait for the next time.
    private func prune(at now: Int64) -> Int64 {
        if case .changed(let count) = store.commit(.prune(retention, at: now)), count >= retention.batch { return 100_000 }
        return 3_600_000_000
    }

    private func shrink(to size: Int64, at now: Int64) -> Int64 {
        guard case .changed(let count) = store.commit(.shrink(limit: size, batch: retention.batch, at: now)), count > 0 else { return 10_000_000 }
        return count >= retention.batch ? 20_000 : 100_000
    }
}
