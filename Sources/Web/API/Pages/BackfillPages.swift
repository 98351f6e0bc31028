internal import Bytes
internal import Dashboard
internal import HTTP
internal import Model
internal import Posix
internal import TimeZones
internal import Triggers

/// The dashboard's page that makes up for fires of a schedule: it asks for a range, shows what lies in it, and makes the calls.
struct BackfillPages: Sendable {
    let services: Services
    private let sessions: SessionPages
    private let schedules: SchedulePages
    private static let day: Int64 = 86_400_000_000

    init(services: Services) {
        self.services = services
        sessions = SessionPages(services: services)
        schedules = SchedulePages(services: services)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let (found, now) = (try find(request), services.clock.wall())
        return page(found, session, from: fireTimeText(now - Self.day), to: fireTimeText(now), plan: nil, notice: nil, status: 200)
    }

    /// Without `confirm` it only shows what would be made.
    @Sendable func act(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        guard let form = request.form(), form.first(where: { $0.name == "csrf" })?.value == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again and repeat it.")
        }
        let found = try find(request)
        func field(_ name: String) -> String { String((form.first { $0.name == name }?.value ?? "").prefix(64)) }
        let (from, to) = (field("from"), field("to"))
        guard let first = Timestamp(rfc3339: from)?.seconds, let last = Timestamp(rfc3339: to)?.seconds else {
            let notice = Notice(.bad, "Both ends are instants such as 2026-11-23T08:00:00Z.")
            return page(found, session, from: from, to: to, plan: nil, notice: notice, status: 422)
        }
        do {
            let plan = try services.backfillPlan(found.schedule, from: first * 1_000_000, to: last * 1_000_000)
            guard form.contains(where: { $0.name == "confirm" }), !plan.open.isEmpty else {
                return page(found, session, from: from, to: to, plan: plan, notice: nil, status: 200)
            }
            let made = try services.makeUp(plan, of: found.schedule, by: session.name).count
            let text = "\(made) call\(made == 1 ? "" : "s") of \(found.summary.id) made up for"
            let notice = Notice(.good, found.summary.isGated ? "\(text); \(made == 1 ? "it waits" : "they wait") for approval." : "\(text).")
            return try schedules.list(request, session, notice: notice, status: 200)
        } catch let problem as Problem {
            return page(found, session, from: from, to: to, plan: nil, notice: Notice(.bad, "\(problem.detail)."), status: problem.status)
        }
    }

    private func find(_ request: OwnedRequest) throws -> ScheduleStatus {
        guard let found = services.schedule(request.segments[2]) else { throw Problem(404, "unknown_schedule", "There is no such schedule.") }
        return found
    }

    private func page(
        _ found: ScheduleStatus, _ session: SessionView, from: String, to: String, plan: BackfillPlan?, notice: Notice?, status: Int
    ) -> Response {
        Pages.page(
            status,
            backfillPage(
                BackfillPageView(
                    session: session, schedule: found.summary.id, isGated: found.summary.isGated, from: from, to: to,
                    fires: plan?.open, alreadyMade: plan?.alreadyMade ?? 0, notice: notice)))
    }
}
