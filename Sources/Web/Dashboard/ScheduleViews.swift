package import Model

/// When a schedule fires, microseconds since 1970, and by how many seconds its own clock is then ahead of UTC.
package struct PlannedTime: Sendable {
    package var instant: Int64
    package var offset: Int

    package init(_ instant: Int64, offset: Int = 0) {
        self.instant = instant
        self.offset = offset
    }
}

/// A schedule on the dashboard. Times are microseconds since 1970.
package struct ScheduleView: Sendable {
    package var id: String
    package var timing: String
    package var timezone: String
    package var command: String
    /// Where it stands, such as `backup.crontab:12`; nil for an endpoint's.
    package var place: String?
    package var isGated: Bool
    package var isPaused: Bool
    package var isPausedInSettings: Bool
    package var pauseReason: String?
    package var catchUp: CatchUp
    package var upcoming: [PlannedTime]
    package var lastFire: Int64?
    package var lastRun: RunSummary?
    package var lastApproval: (id: String, status: ApprovalStatus)?
    package var skipped: [(SkipReason, Int)]

    package init(
        id: String, timing: String, timezone: String, command: String, place: String? = nil, isGated: Bool = false, isPaused: Bool = false,
        isPausedInSettings: Bool = false, pauseReason: String? = nil, catchUp: CatchUp = .none, upcoming: [PlannedTime] = [], lastFire: Int64? = nil,
        lastRun: RunSummary? = nil, lastApproval: (id: String, status: ApprovalStatus)? = nil, skipped: [(SkipReason, Int)] = []
    ) {
        self.id = id
        self.timing = timing
        self.timezone = timezone
        self.command = command
        self.place = place
        self.isGated = isGated
        self.isPaused = isPaused
        self.isPausedInSettings = isPausedInSettings
        self.pauseReason = pauseReason
        self.catchUp = catchUp
        self.upcoming = upcoming
        self.lastFire = lastFire
        self.lastRun = lastRun
        self.lastApproval = lastApproval
        self.skipped = skipped
    }
}

package struct SchedulesPageView: Sendable {
    package var session: SessionView
    package var schedules: [ScheduleView]
    /// The value of `before` for the next page.
    package var next: String?
    package var isFirstPage: Bool
    package var notice: Notice?
    package var now: Int64

    package init(
        session: SessionView, schedules: [ScheduleView], next: String? = nil, isFirstPage: Bool = true, notice: Notice? = nil, now: Int64
    ) {
        self.session = session
        self.schedules = schedules
        self.next = next
        self.isFirstPage = isFirstPage
        self.notice = notice
        self.now = now
    }
}
