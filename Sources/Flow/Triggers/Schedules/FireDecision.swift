internal import Model

/// What is to become of the fires of one schedule that are due: pure rules over its policy. Times are seconds since 1970.
struct FireDecision: Equatable {
    struct Planned: Equatable {
        let time: Int64
        /// A blackout turned it into a question.
        let mustAsk: Bool
    }

    struct Skipped: Equatable {
        let reason: SkipReason
        var first: Int64
        var last: Int64
        var count: Int
    }

    /// To be made into calls, in their order.
    var run: [Planned] = []
    /// To be asked about by one approval.
    var ask: [Int64] = []
    /// In the order of their times, those in a row for one reason together.
    var skipped: [Skipped] = []

    /// A fire that is noticed later than this was missed (the machine slept, the clock was set forward, the disk was full); microseconds.
    static let lateness: Int64 = 30_000_000

    /// - Parameters:
    ///   - due: when a planned time was due, in microseconds.
    ///   - now: microseconds since 1970.
    init(
        _ times: [Int64], passed: ScheduleGroup.SkippedTimes?, policy: SchedulePolicy, isPaused: Bool, now: Int64, due: (Int64) -> Int64,
        isBlackedOut: (Int64) -> Bool
    ) {
        if let passed { skip(isPaused ? .paused : .missed, passed.first, passed.last, passed.count) }
        if isPaused {
            for time in times { skip(.paused, time) }
            return
        }
        let late = times.prefix { now - due($0) > Self.lateness }
        let candidates = late.suffix(policy.catchUp == .none ? 0 : policy.catchUpLimit).filter {
            now - due($0) <= Int64(policy.catchUpWindow) * 1_000_000
        }
        var caughtUp = Set<Int64>()
        var blackedOut = Set<Int64>()
        // What a blackout would have left out is not caught up either.
        for time in candidates {
            if isBlackedOut(time), policy.blackoutAction == .skip { blackedOut.insert(time) } else { caughtUp.insert(time) }
        }
        if policy.catchUp == .last, let last = caughtUp.max() { caughtUp = [last] }
        for time in late {
            if blackedOut.contains(time) {
                skip(.blackout, time)
            } else if !caughtUp.contains(time) {
                skip(.missed, time)
            } else if policy.catchUp == .ask {
                ask.append(time)
            } else {
                run.append(Planned(time: time, mustAsk: isBlackedOut(time)))
            }
        }
        for time in times.dropFirst(late.count) {
            let isOut = isBlackedOut(time)
            if isOut, policy.blackoutAction == .skip { skip(.blackout, time) } else { run.append(Planned(time: time, mustAsk: isOut)) }
        }
    }

    private mutating func skip(_ reason: SkipReason, _ time: Int64) { skip(reason, time, time, 1) }

    private mutating func skip(_ reason: SkipReason, _ first: Int64, _ last: Int64, _ count: Int) {
        if let before = skipped.last, before.reason == reason {
            skipped[skipped.count - 1].last = last
            skipped[skipped.count - 1].count += count
        } else {
            skipped.append(Skipped(reason: reason, first: first, last: last, count: count))
        }
    }
}
