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
    /// Of no interest to `every`; the first and the last instant at which it may fire.
    let start, end: Int64
    /// The longest that a fire is put off, in seconds.
    let jitter: Int64
    /// What tells the delays of different schedules apart.
    let seed: UInt64

    init(_ rhythm: Rhythm, zone: Zone, policy: SchedulePolicy, seed: UInt64) {
        self.rhythm = rhythm
        self.zone = zone
        start = policy.startAt.flatMap { Timestamp(rfc3339: $0) }.map { $0.seconds + ($0.nanoseconds > 0 ? 1 : 0) } ?? .min
        end = policy.endAt.flatMap { Timestamp(rfc3339: $0) }?.seconds ?? .max
        jitter = Int64(policy.jitter)
        self.seed = seed
    }

    /// The first planned time later than an instant; nil if there is none.
    func next(after instant: Int64) -> Int64? {
        let after = start == .min ? instant : max(instant, start - 1)
        let found: Int64? =
            switch rhythm {
            case .cron(let clock): clock.next(after: after, in: zone)
            case .every(let interval, let anchor): anchor + (floorDivide(Int(after - anchor), Int(interval)).asInt64 + 1) * interval
            }
        guard let found, found <= end else { return nil }
        return found
    }

    /// The planned times later than an instant, ascending.
    func times(after instant: Int64) -> PlannedTimes { PlannedTimes(timing: self, after: instant) }

    /// When the fire of a planned time is due, in microseconds: the same for the same schedule and time, whatever happens.
    func due(_ time: Int64) -> Int64 {
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
        for time in times(after: seconds - jitter) where due(time) > mark { return time }
        return nil
    }
}

/// The planned times of a schedule, one after the other.
package struct PlannedTimes: Sequence, IteratorProtocol {
    private let timing: ScheduleTiming
    private var instants: CronInstants?
    private var last: Int64

    init(timing: ScheduleTiming, after instant: Int64) {
        self.timing = timing
        last = timing.start == .min ? instant : Swift.max(instant, timing.start - 1)
        if case .cron(let clock) = timing.rhythm { instants = CronInstants(clock: clock, zone: timing.zone, after: last) }
    }

    package mutating func next() -> Int64? {
        guard let found = instants == nil ? timing.next(after: last) : instants?.next(), found <= timing.end else { return nil }
        last = found
        return found
    }
}

extension Int {
    fileprivate var asInt64: Int64 { Int64(self) }
}
