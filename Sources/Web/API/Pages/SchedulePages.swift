internal import Bytes
internal import Dashboard
internal import HTTP
internal import Model
internal import Posix
internal import Store
internal import TimeZones
internal import Triggers

/// The dashboard's page of schedules and its buttons.
struct SchedulePages: Sendable {
    let services: Services
    private let sessions: SessionPages
    private static let shown = 50

    init(services: Services) {
        self.services = services
        sessions = SessionPages(services: services)
    }

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let position = request.parameter("before").flatMap { parseDecimalInt($0) } ?? 0
        let found = services.scheduler.list(from: position, limit: Self.shown)
        return Pages.page(
            200,
            schedulesPage(
                SchedulesPageView(
                    session: session, schedules: try found.items.map(view), next: found.next.map { String($0) }, isFirstPage: position == 0,
                    notice: Pages.takeNotice(session, services), now: services.clock.wall())))
    }

    @Sendable func act(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        guard let form = request.form(), form.first(where: { $0.name == "csrf" })?.value == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again and repeat it.")
        }
        guard let found = services.schedule(request.segments[2]) else { throw Problem(404, "unknown_schedule", "There is no such schedule.") }
        let id = found.summary.id
        switch form.first(where: { $0.name == "action" })?.value {
        case "pause":
            let isDone = services.scheduler.setPaused(found.schedule, true, reason: "by \(session.name)")
            return answer(session, isDone, "\(id) is paused.")
        case "resume":
            let isDone = services.scheduler.setPaused(found.schedule, false, reason: nil)
            return answer(session, isDone, "\(id) goes on with its next fire.")
        case "run": return run(session, found)
        default: throw Problem(400, "no_action", "The form carries no action.")
        }
    }

    private func run(_ session: SessionView, _ found: ScheduleStatus) -> Response {
        let outcome: Outcome
        do {
            outcome = try services.scheduler.runNow(found.schedule, by: session.name)
        } catch {
            return toList(session, Notice(.bad, "\(found.summary.id) cannot run: \(error.detail)"))
        }
        switch outcome {
        case .accepted(let call) where call.timeoutMinutes != nil:
            return answer(session, true, "A run of \(found.summary.id) waits for approval.")
        case .accepted: return answer(session, true, "\(found.summary.id) runs.")
        case .tooManyPending(let limit):
            return toList(session, Notice(.bad, "\(limit) approvals of this endpoint wait already."))
        default: return answer(session, false, "")
        }
    }

    /// Every button leads back to the list, so that loading the page again presses none of them.
    func toList(_ session: SessionView, _ notice: Notice) -> Response {
        Pages.redirect("/dashboard/schedules", saying: notice, to: session, services)
    }

    private func answer(_ session: SessionView, _ isDone: Bool, _ text: String) -> Response {
        let failure = Notice(.bad, "That could not be stored (the disk may be full). Nothing has changed; try again.")
        return toList(session, isDone ? Notice(.good, text) : failure)
    }

    private func view(_ status: ScheduleStatus) throws -> ScheduleView {
        let last = try services.store.firedCalls(of: status.schedule, limit: 1).first
        let skipped = try services.store.skippedCounts(of: status.schedule)
        let run = last.flatMap { call in
            call.run.map { RunSummary(id: services.keyring.uuid(.run, call.call), status: $0, exitCode: call.exitCode) }
        }
        let approval = last.flatMap { call in call.approval.map { (id: services.keyring.uuid(.approval, call.call), status: $0) } }
        // Of a zone that is not there any more, UTC is shown, and says so.
        let zone = try? ZoneDirectory.system.zone(named: status.summary.timezone)
        return ScheduleView(
            id: status.summary.id, timing: status.summary.timing, timezone: status.summary.timezone, command: status.summary.command,
            place: status.summary.place, isGated: status.summary.isGated, isPaused: status.isPaused,
            isPausedInSettings: status.isPausedInSettings, pauseReason: status.pauseReason, catchUp: status.summary.policy.catchUp,
            upcoming: status.upcoming.map { PlannedTime($0, offset: zone?.utcOffset(at: $0 / 1_000_000) ?? 0) },
            lastFire: last?.fireTime, lastRun: run, lastApproval: approval,
            skipped: SkipReason.allCases.compactMap { reason in skipped[reason].map { (reason, $0) } })
    }
}
