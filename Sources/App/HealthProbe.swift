internal import Posix
internal import Store
internal import Synchronization

/// Whether the server does what it is for, as far as it can tell: its database takes writes and syncs them.
///
/// Each question sends a small write and is answered by the one before, so that nobody waits. A write that has not come back is no good sign
/// either.
final class HealthProbe: Sendable {
    private enum Finding { case none, good, bad, underWay }

    private let store: Store
    private let clock: SystemClock
    private let finding = Mutex(Finding.none)

    init(store: Store, clock: SystemClock) {
        self.store = store
        self.clock = clock
    }

    func ask() -> Bool {
        let last = finding.withLock { finding in
            defer { finding = .underWay }
            return finding
        }
        guard last != .underWay else { return false }
        store.submit(.setMeta(key: "heartbeat", value: String(clock.wall()))) { [self] outcome in
            if case .unavailable = outcome { finding.withLock { $0 = .bad } } else { finding.withLock { $0 = .good } }
        }
        return last != .bad
    }
}
