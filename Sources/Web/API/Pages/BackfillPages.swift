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

    /// Shows what a range would make; a GET, as it makes nothing.
    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let found = try find(request)
        guard let from = request.parameter("from"), let to = request.parameter("to") else {
            let now = services.clock.wall()
            return page(found, session, from: fireTimeText(proposedStart(found, now)), to: fireTimeText(now), plan: nil, notice: nil, status: 200)
        }
        let range = (from: String(from.prefix(64)), to: String(to.prefix(64)))
        do {
            let plan = try plan(found, range)
            return page(found, session, from: range.from, to: range.to, plan: plan, notice: nil, status: 200)
        } catch let problem as Problem {
            let notice = Notice(.bad, "\(problem.detail).")
            return page(found, session, from: range.from, to: range.to, plan: nil, notice: notice, status: problem.status)
        }
    }

    /// The longest of some ranges up to `now` that does not hold too many fires to be made up for.
    private func proposedStart(_ found: ScheduleStatus, _ now: Int64) -> Int64 {
        let spans = [Self.day, Self.day / 24, Self.day / 144, Self.day / 1440]
        let span = spans.first { (try? services.backfillPlan(found.schedule, from: now - $0, to: now)) != nil }
        return now - (span ?? Self.day / 1440)
    }

    private func plan(_ found: ScheduleStatus, _ range: (from: String, to: String)) throws -> BackfillPlan {
        guard let first = Timestamp(rfc3339: range.from)?.seconds, let last = Timestamp(rfc3339: range.to)?.seconds else {
            throw Problem(422, "invalid_range", "Both ends are instants such as 2026-11-23T08:00:00Z")
        }
        return try services.backfillPlan(found.schedule, from: first * 1_000_000, to: last * 1_000_000)
    }

    /// Makes the calls that the page showed. What does not go leads back to that page, which says why.
    @Sendable func act(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        guard let form = request.form(), form.first(where: { $0.name == "csrf" })?.value == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again and repeat it.")
        }
        let found = try find(request)
        func field(_ name: String) -> String { String((form.first { $0.name == name }?.value ?? "").prefix(64)) }
        let range = (from: field("from"), to: field("to"))
        guard form.contains(where: { $0.name == "confirm" }), let plan = try? plan(found, range), !plan.open.isEmpty else {
            let path = "/dashboard/schedules/\(percentEncode(found.summary.id))/backfill"
            return Pages.redirect("\(path)?from=\(percentEncode(range.from))&to=\(percentEncode(range.to))")
        }
        do {
            let made = try services.makeUp(plan, of: found.schedule, by: session.name).count
            let text = "\(made) call\(made == 1 ? "" : "s") of \(found.summary.id) made up for"
            let waiting = "\(text); \(made == 1 ? "it waits" : "they wait") for approval."
            return schedules.toList(session, Notice(.good, found.summary.isGated ? waiting : "\(text)."))
        } catch let problem as Problem {
            return schedules.toList(session, Notice(.bad, "\(problem.detail)."))
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
