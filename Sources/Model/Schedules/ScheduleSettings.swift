/// What happens to fires that nobody served in time: the machine slept, Sluice was down, the clock was set forward.
package enum CatchUp: String, Sendable, CaseIterable {
    /// They are recorded as missed, as the hosted product does.
    case none
    /// The last one within the window runs, late.
    case last
    /// All within the window run, in their order, up to the limit.
    case all
    /// One approval asks: run once, run all, or drop them.
    case ask
}

/// What a fire does while an earlier call of its schedule is still open: queued, running, or waiting for a decision.
package enum OverlapPolicy: String, Sendable, CaseIterable {
    case allow
    /// The new fire is left out.
    case skip
    /// It waits until the open one has ended; one waits at most.
    case queueOne = "queue_one"
    /// The open one is ended in favour of the new one.
    case cancelRunning = "cancel_running"
}

/// What a fire of a gated schedule does while an approval of an earlier fire is waiting.
package enum PendingPolicy: String, Sendable, CaseIterable {
    /// The waiting approval stands for this fire too.
    case one
    /// The new approval supersedes the waiting one.
    case latest
    /// Each fire asks for itself.
    case all
}

/// What a fire within a blackout does.
package enum BlackoutAction: String, Sendable, CaseIterable {
    case skip
    /// It becomes a pending approval, also on an endpoint without a gate.
    case ask
}

/// Why a fire did not make a call, or its approval never came to a decision.
package enum SkipReason: String, Sendable, CaseIterable {
    case missed
    case skippedOverlap = "skipped_overlap"
    case paused
    case superseded
    case blackout
    /// The endpoint had `max_pending` approvals waiting.
    case maxPending = "max_pending"
    /// Its call could not be made from the settings, say because a required argument has no value any more.
    case invalid
}

/// How a schedule behaves beside its times. Durations are seconds.
package struct SchedulePolicy: Sendable, Hashable {
    package var catchUp = CatchUp.none
    /// Fires older than this are not caught up.
    package var catchUpWindow = 86_400
    /// So many fires are caught up at most, the latest ones.
    package var catchUpLimit = 100
    package var overlap = OverlapPolicy.allow
    package var pending = PendingPolicy.one
    /// Each fire is put off by a part of this, always the same for the same schedule and fire time.
    package var jitter = 0
    /// RFC 3339; fires from then on.
    package var startAt: String?
    /// RFC 3339; fires until then, that instant included.
    package var endAt: String?
    /// After so many failed runs in a row the schedule pauses itself.
    package var pauseAfterFailures: Int?
    /// Dates (`2026-12-24`), ranges of dates (`2026-12-24..2027-01-01`) and cron expressions (`* 9-17 * * MON-FRI`), on the schedule's clock.
    package var blackouts: [String] = []
    package var blackoutAction = BlackoutAction.skip
    package var isPaused = false

    package init() {}
}

/// One schedule of an endpoint: when it fires, with which arguments, and how it behaves.
package struct ScheduleSettings: Sendable, Equatable {
    /// Unique within its endpoint; empty for the one that the endpoint's own `schedule` or `every` makes.
    package var name = ""
    /// A cron expression; nil if `every` is given.
    package var expression: String?
    /// Seconds between fires, counted from `start_at`, or else from 1970.
    package var every: Int?
    package var timezone: String?
    package var arguments: [String: String] = [:]
    package var policy = SchedulePolicy()

    package init() {}

    package var isScheduled: Bool { expression != nil || every != nil }

    /// When it fires, for people: the expression, or `every 90s`.
    package var timing: String { expression ?? every.map { "every \(durationText($0))" } ?? "" }
}
