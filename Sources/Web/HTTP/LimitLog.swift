import Posix
private import Synchronization

/// Counts limits that were hit, and tells of each kind once a second at most.
final class LimitLog: Sendable {
    private let counters: ServerCounters
    private let write: @Sendable (String) -> Void
    private let last = Mutex([Int64](repeating: .min, count: Rejection.allCases.count))

    init(counters: ServerCounters, write: @escaping @Sendable (String) -> Void) {
        self.counters = counters
        self.write = write
    }

    /// `now` in microseconds of the monotonic clock.
    func hit(_ reason: Rejection, peer: SocketAddress?, now: Int64) {
        counters.count(reason)
        let isDue = last.withLock { last -> Bool in
            let previous = last[reason.index]
            if previous != .min, now - previous < 1_000_000 { return false }
            last[reason.index] = now
            return true
        }
        if isDue { write("http: \(reason.rawValue)" + (peer.map { " from \($0)" } ?? "")) }
    }
}
