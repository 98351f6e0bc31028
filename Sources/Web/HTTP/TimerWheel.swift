/// Deadlines of many connections, to 66 milliseconds. An entry is never removed: when it comes due its owner looks whether the
/// deadline has moved on, and files itself again. So a request that moves a deadline costs a store.
struct TimerWheel {
    private static let buckets = 1024
    private static let shift: Int64 = 16

    private var entries = [[UInt64]](repeating: [], count: buckets)
    private var tick: Int64
    private var earliest = Int64.max

    init(now: Int64) { tick = now >> Self.shift }

    /// Files `token` and returns the tick at which it will come up: not before `deadline` unless that is beyond the wheel.
    mutating func file(_ token: UInt64, at deadline: Int64) -> Int64 {
        let due = min(max((deadline >> Self.shift) + 1, tick + 1), tick + Int64(Self.buckets) - 1)
        entries[Int(due) & (Self.buckets - 1)].append(token)
        earliest = min(earliest, due)
        return due
    }

    /// The tick at which a deadline would come up.
    static func tick(of deadline: Int64) -> Int64 { (deadline >> shift) + 1 }

    /// Milliseconds to sleep until the next entry, or nil without one.
    func pause(now: Int64) -> Int64? {
        earliest == .max ? nil : max(0, ((earliest << Self.shift) - now) / 1000 + 1)
    }

    /// Everything that has come up by `now`, with its tick.
    mutating func takeDue(now: Int64) -> [(token: UInt64, tick: Int64)] {
        let current = now >> Self.shift
        guard earliest <= current else {
            tick = max(tick, current)
            return []
        }
        var due: [(token: UInt64, tick: Int64)] = []
        // Nothing lies before the earliest, and nothing more than one turn of the wheel after it.
        for passed in earliest...min(current, earliest + Int64(Self.buckets) - 1) {
            let bucket = Int(passed) & (Self.buckets - 1)
            for token in entries[bucket] { due.append((token, passed)) }
            entries[bucket] = []
        }
        tick = current
        earliest = (1..<Int64(Self.buckets)).first { !entries[Int(current + $0) & (Self.buckets - 1)].isEmpty }.map { current + $0 } ?? .max
        return due
    }
}
