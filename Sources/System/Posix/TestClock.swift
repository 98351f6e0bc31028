private import Synchronization

/// A clock that stands still until it is moved.
package final class TestClock: Sendable {
    private let times: Mutex<(wall: Int64, monotonic: Int64)>

    /// `wall` in microseconds since 1970 UTC.
    package init(wall: Int64, monotonic: Int64 = 1_000_000) { times = Mutex((wall, monotonic)) }

    package var clock: SystemClock {
        SystemClock(wall: { self.times.withLock { $0.wall } }, monotonic: { self.times.withLock { $0.monotonic } })
    }

    /// Time passes: both clocks move by `microseconds`.
    package func advance(by microseconds: Int64) {
        times.withLock {
            $0.wall += microseconds
            $0.monotonic += microseconds
        }
    }

    /// Somebody sets the wall clock; the monotonic one does not notice.
    package func setWall(_ wall: Int64) { times.withLock { $0.wall = wall } }
}
