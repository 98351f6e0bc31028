import Glibc

/// The clocks of a program, passed in so that a test can supply its own.
package struct SystemClock: Sendable {
    /// Microseconds since 1970 UTC.
    package var wall: @Sendable () -> Int64
    /// Microseconds that never run backwards and know no epoch.
    package var monotonic: @Sendable () -> Int64

    package init(wall: @escaping @Sendable () -> Int64, monotonic: @escaping @Sendable () -> Int64) {
        self.wall = wall
        self.monotonic = monotonic
    }

    package static let real = SystemClock(wall: { now(CLOCK_REALTIME) }, monotonic: { now(CLOCK_MONOTONIC) })
}

private func now(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
}
