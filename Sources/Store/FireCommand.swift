package import Model

/// Settle fires of one schedule, as one: what is left out is recorded, and what is to run becomes calls, each by the policies that hold
/// while an earlier one is open. A conflict when the endpoint has changed since the calls were frozen: nothing is settled then.
package struct FireSchedule: Sendable {
    package var schedule: ScheduleReference
    package var skipped: [SkippedFires]
    /// In the order of their fire times; each has one.
    package var calls: [AcceptCall]
    package var overlap: OverlapPolicy
    package var pending: PendingPolicy
    /// For `catch_up: ask`: the fire times that the only call asks for, oldest first; the last one is its own.
    package var asksFor: [Int64]
    package var at: Int64

    package init(
        schedule: ScheduleReference, skipped: [SkippedFires] = [], calls: [AcceptCall] = [], overlap: OverlapPolicy = .allow,
        pending: PendingPolicy = .one, asksFor: [Int64] = [], at: Int64
    ) {
        self.schedule = schedule
        self.skipped = skipped
        self.calls = calls
        self.overlap = overlap
        self.pending = pending
        self.asksFor = asksFor
        self.at = at
    }
}

/// Fires of a schedule that did not run, in a row and for the same reason. Times are fire times in microseconds since 1970.
package struct SkippedFires: Sendable, Equatable {
    package var reason: SkipReason
    package var first: Int64
    package var last: Int64
    package var count: Int

    package init(_ reason: SkipReason, first: Int64, last: Int64, count: Int) {
        self.reason = reason
        self.first = first
        self.last = last
        self.count = count
    }
}

/// What became of a fire.
package enum FireFate: Sendable, Equatable {
    case made(call: Int64, isDuplicate: Bool)
    case left(SkipReason)
}

/// Up to when every fire of every known schedule is settled, and the newest call at that moment: what was settled since is found behind it.
package struct ScheduleMark: Sendable, Equatable {
    package let through: Int64
    package let call: Int64

    package init(through: Int64, call: Int64) {
        self.through = through
        self.call = call
    }

    var text: String { "\(through) \(call)" }

    init?(_ text: String) {
        let parts = text.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 2 else { return nil }
        self.init(through: parts[0], call: parts[1])
    }

    static let key = "schedules_mark"
}
