internal import Model

/// The schedules of one source and which of them is due next. Pure bookkeeping over a clock that the caller reads.
struct ScheduleGroup: Sendable {
    /// A schedule that is due, with its planned times (seconds) that are due and not settled, oldest first.
    struct Due: Sendable {
        let index: Int
        /// When the last of them was due, in microseconds.
        let dueAt: Int64
        let times: [Int64]
        /// Further ones before those; so many passed that nobody lists them.
        let uncounted: SkippedTimes?
    }

    struct SkippedTimes: Sendable {
        var first: Int64
        var last: Int64
        var count: Int
    }

    let source: any ScheduleSource
    /// The next planned time of each, in seconds; `never` when there is none any more.
    private(set) var next: [Int64]
    private var heap: FireHeap

    static let never = Int64.max
    /// Beyond so many due times of one schedule, only the latest are listed.
    static let listLimit = 1000
    /// Beyond so many, they are not even counted one by one.
    static let countLimit = 100_000

    /// - Parameter first: the first planned time of a schedule that is not settled.
    init(_ source: any ScheduleSource, first: (Int) -> Int64?) {
        self.source = source
        let count = source.count
        next = []
        next.reserveCapacity(count)
        var entries: [FireHeap.Entry] = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let time = first(index) ?? Self.never
            next.append(time)
            if time != Self.never { entries.append(FireHeap.Entry(due: source.timing(index).due(time), index: UInt32(index))) }
        }
        heap = FireHeap(entries)
    }

    /// When the first one is due, microseconds since 1970.
    var earliest: Int64? { heap.first?.due }

    /// Schedules that are due at `now`, at most so many; each is handed out once for all of its times up to now.
    mutating func takeDue(now: Int64, limit: Int) -> [Due] {
        var due: [Due] = []
        while let entry = heap.first, entry.due <= now, due.count < limit {
            let index = Int(entry.index)
            let timing = source.timing(index)
            var times = [next[index]]
            var uncounted: SkippedTimes?
            var upcoming = timing.times(after: next[index])
            var following = upcoming.next()
            var count = 1
            while let time = following, timing.due(time) <= now {
                count += 1
                if count > Self.countLimit {
                    // Further back than anybody counts: the rest is passed over, up to those that are recent.
                    upcoming = timing.times(after: max(time, now / 1_000_000 - timing.bounds.jitter - 60))
                }
                times.append(time)
                if times.count > 2 * Self.listLimit { Self.shorten(&times, &uncounted) }
                following = upcoming.next()
            }
            if times.count > Self.listLimit { Self.shorten(&times, &uncounted) }
            next[index] = following ?? Self.never
            if let following {
                heap.replaceFirst(due: max(timing.due(following), entry.due))
            } else {
                heap.removeFirst()
            }
            due.append(Due(index: index, dueAt: timing.due(times[times.count - 1]), times: times, uncounted: uncounted))
        }
        return due
    }

    private static func shorten(_ times: inout [Int64], _ uncounted: inout SkippedTimes?) {
        let over = times.count - listLimit
        var skipped = uncounted ?? SkippedTimes(first: times[0], last: times[0], count: 0)
        skipped.last = times[over - 1]
        skipped.count += over
        uncounted = skipped
        times.removeFirst(over)
    }

    /// The clock was set back: every schedule starts anew behind an instant (microseconds).
    mutating func restart(behind mark: Int64) {
        self = ScheduleGroup(source) { source.timing($0).firstUnsettled(mark: mark) }
    }
}
