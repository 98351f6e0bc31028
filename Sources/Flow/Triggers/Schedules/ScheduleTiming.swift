internal import Cron
internal import Model
internal import TimeZones

/// When a schedule fires: its planned times, and how long each is put off. Times are seconds since 1970 UTC.
package struct ScheduleTiming: Sendable {
    enum Rhythm: Sendable {
        case cron(CronClock)
        /// Every so many seconds, counted from an instant.
        case every(Int64, from: Int64)
    }

    let rhythm: Rhythm
    let zone: Zone
    let bounds: ScheduleBounds
    /// What tells the delays of different schedules apart.
    let seed: UInt64

    init(_ rhythm: Rhythm, zone: Zone, bounds: ScheduleBounds, seed: UInt64) {
        self.rhythm = rhythm
        self.zone = zone
        self.bounds = bounds
        self.seed = seed
    }

    /// The first planned time later than an instant; nil if there is none.
    func next(after instant: Int64) -> Int64? {
        var times = times(after: instant)
        return times.next()
    }

    /// The planned times later than an instant, ascending.
    func times(after instant: Int64) -> PlannedTimes { PlannedTimes(timing: self, after: instant) }

    /// When the fire of a planned time is due, in microseconds: the same for the same schedule and time, whatever happens.
    func due(_ time: Int64) -> Int64 {
        let jitter = bounds.jitter
        guard jitter > 0 else { return time * 1_000_000 }
        // SplitMix64's finaliser over the two: evenly spread, and nothing to remember.
        var mixed = seed &+ UInt64(bitPattern: time) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return time * 1_000_000 + Int64(mixed % UInt64(jitter * 1_000_000))
    }

    /// The first planned time whose fire is not settled when everything due up to `mark` (microseconds) is. Fires of a schedule are
    /// served in the order of their planned times.
    func firstUnsettled(mark: Int64) -> Int64? {
        let seconds = Int64(floorDivide(Int(mark), 1_000_000))
        for time in times(after: seconds - bounds.jitter) where due(time) > mark { return time }
        return nil
    }
}

/// What a policy says about times, read once for all schedules that share it.
package struct ScheduleBounds: Sendable {
    /// The first and the last instant at which a schedule may fire.
    let start, end: Int64
    /// The longest that a fire is put off, in seconds.
    let jitter: Int64

    init(_ policy: SchedulePolicy) {
        start = policy.startAt.flatMap { Timestamp(rfc3339: $0) }.map { $0.seconds + ($0.nanoseconds > 0 ? 1 : 0) } ?? .min
        end = policy.endAt.flatMap { Timestamp(rfc3339: $0) }?.seconds ?? .max
        jitter = Int64(policy.jitter)
    }
}

/// The planned times of a schedule, one after the other.
package struct PlannedTimes: Sequence, IteratorProtocol {
    private enum Walk {
        case cron(CronInstants)
        case every(Int64, next: Int64)
    }

    private var walk: Walk
    private let end: Int64

    init(timing: ScheduleTiming, after instant: Int64) {
        let start = timing.bounds.start
        let after = start == .min ? instant : Swift.max(instant, start - 1)
        end = timing.bounds.end
        switch timing.rhythm {
        case .cron(let clock): walk = .cron(CronInstants(clock: clock, zone: timing.zone, after: after))
        case .every(let interval, let anchor):
            walk = .every(interval, next: anchor + (Int64(floorDivide(Int(after - anchor), Int(interval))) + 1) * interval)
        }
    }

    package mutating func next() -> Int64? {
        let found: Int64?
        switch walk {
        case .cron(var instants):
            found = instants.next()
            walk = .cron(instants)
        case .every(let interval, let next):
            found = next
            walk = .every(interval, next: next + interval)
        }
        return found.flatMap { $0 <= end ? $0 : nil }
    }
}
