internal import HTTP
internal import JSON

/// A way of being let in.
enum RouteAccess: Sendable {
    case open
    /// `Authorization: Bearer` with the admin token; checked before the body is read.
    case admin
    /// The admin token, or the API key that made the call; checked by the route.
    case caller
    /// A page for people: problems are shown as HTML.
    case page
}

struct Route: Sendable {
    let access: RouteAccess
    let serve: @Sendable (OwnedRequest) throws -> Response
}

/// The table of management routes and pages. `*` in a pattern stands for one segment.
struct Router: Sendable {
    private struct Entry: Sendable {
        let pattern: [String]
        let methods: [(method: Method, route: Route)]
    }

    private let entries: [Entry]

    init(services: Services, metrics: @escaping @Sendable () -> String) {
        var entries: [Entry] = []
        func add(_ pattern: String, _ methods: [(Method, RouteAccess, @Sendable (OwnedRequest) throws -> Response)]) {
            entries.append(
                Entry(
                    pattern: pattern.split(separator: "/").map(String.init),
                    methods: methods.map { ($0.0, Route(access: $0.1, serve: $0.2)) }))
        }
        let approvals = ApprovalRoutes(services: services)
        let runs = RunRoutes(services: services)
        let deliveries = DeliveryRoutes(services: services)
        let endpoints = EndpointRoutes(services: services)
        let schedules = ScheduleRoutes(services: services)
        let keys = KeyRoutes(services: services)
        let editor = RuleEditor(services: services)
        let alerts = AlertRoutes(services: services, editor: editor)
        let notifications = NotificationRoutes(services: services)
        let silences = SilenceRoutes(services: services)
        let pages = Pages(services: services)
        let links = LinkPages(services: services)
        let sessions = SessionPages(services: services)

        add("healthz", [(.get, .open, { _ in .json(200, ["status": "ok"]) })])
        add(
            "metrics",
            [(.get, .open, { _ in .text(200, metrics(), headers: [("Cache-Control", "no-store")]) })])
        add("approvals", [(.get, .admin, approvals.list)])
        add("approvals/*", [(.get, .caller, approvals.show)])
        add("approvals/*/body", [(.get, .admin, approvals.body)])
        for action in ["approve", "deny", "cancel"] {
            add("approvals/*/\(action)", [(.post, .admin, { try approvals.decide($0, action: action) })])
        }
        add("runs", [(.get, .admin, runs.list)])
        add("runs/*", [(.get, .caller, runs.show)])
        add("runs/*/logs", [(.get, .caller, runs.logs)])
        add("runs/*/cancel", [(.post, .admin, runs.cancel)])
        add("deliveries", [(.get, .admin, deliveries.list)])
        add("deliveries/rejected", [(.get, .admin, deliveries.rejected)])
        add("deliveries/*", [(.get, .admin, deliveries.show)])
        add("deliveries/*/body", [(.get, .admin, { try deliveries.body($0) })])
        add("deliveries/*/redeliver", [(.post, .admin, deliveries.redeliver)])
        add("schedules", [(.get, .admin, schedules.list)])
        add("schedules/*", [(.get, .admin, schedules.show)])
        add("schedules/*/run", [(.post, .admin, schedules.run)])
        add("schedules/*/backfill", [(.post, .admin, schedules.backfill)])
        add("schedules/*/skipped", [(.get, .admin, schedules.skipped)])
        add("schedules/*/pause", [(.post, .admin, { try schedules.pause($0, true) })])
        add("schedules/*/resume", [(.post, .admin, { try schedules.pause($0, false) })])
        add("endpoints", [(.get, .admin, endpoints.list), (.post, .admin, endpoints.create)])
        add("endpoints/*", [(.get, .admin, endpoints.show), (.patch, .admin, endpoints.patch), (.delete, .admin, endpoints.delete)])
        add("alerts", [(.get, .admin, alerts.list), (.post, .admin, alerts.create)])
        add("alerts/*", [(.get, .admin, alerts.show), (.patch, .admin, alerts.patch), (.delete, .admin, alerts.delete)])
        add("alerts/*/test", [(.post, .admin, alerts.test)])
        add("notifications", [(.get, .admin, notifications.list)])
        add("notifications/*", [(.get, .admin, notifications.show)])
        add("notifications/*/resend", [(.post, .admin, notifications.resend)])
        add("silences", [(.get, .admin, silences.list), (.post, .admin, silences.create)])
        add("silences/*", [(.delete, .admin, silences.end)])
        add("slack/interactions", [(.post, .open, SlackRoute(services: services).interact)])
        add("api-keys", [(.get, .admin, keys.list), (.post, .admin, keys.create)])
        add("api-keys/*", [(.delete, .admin, keys.revoke)])
        add("callback-secret", [(.get, .admin, keys.callbackSecret)])
        add("logins", [(.post, .admin, sessions.createLogin)])

        add("approve/*", [(.get, .page, links.show), (.post, .page, links.decide)])
        add("login", [(.get, .page, sessions.form), (.post, .page, sessions.signIn)])
        add("login/*", [(.get, .page, sessions.confirm), (.post, .page, sessions.redeem)])
        add("logout", [(.post, .page, sessions.signOut)])
        add("", [(.get, .page, { _ in Pages.redirect("/dashboard/approvals") })])
        add("dashboard", [(.get, .page, { _ in Pages.redirect("/dashboard/approvals") })])
        add("dashboard/approvals", [(.get, .page, pages.approvals)])
        add("dashboard/approvals/*", [(.get, .page, pages.approval), (.post, .page, pages.decide)])
        let schedulePages = SchedulePages(services: services)
        add("dashboard/schedules", [(.get, .page, schedulePages.list)])
        // A browser that was sent a problem by a button has this address: it asks for it again with GET.
        add("dashboard/schedules/*", [(.get, .page, { _ in Pages.redirect("/dashboard/schedules") }), (.post, .page, schedulePages.act)])
        let backfillPages = BackfillPages(services: services)
        add("dashboard/schedules/*/backfill", [(.get, .page, backfillPages.show), (.post, .page, backfillPages.act)])
        add("dashboard/runs", [(.get, .page, pages.runs)])
        add("dashboard/runs/*", [(.get, .page, pages.run)])
        let alertPages = AlertPages(services: services, editor: editor)
        add("dashboard/alerts", [(.get, .page, alertPages.list), (.post, .page, alertPages.act)])
        add("dashboard/alerts/delete", [(.get, .page, alertPages.confirmDeletion)])
        add("dashboard/silences", [(.get, .page, { _ in Pages.redirect("/dashboard/alerts") }), (.post, .page, alertPages.silence)])
        let notificationPages = NotificationPages(services: services)
        add("dashboard/notifications", [(.get, .page, notificationPages.list)])
        add("dashboard/notifications/*", [(.get, .page, notificationPages.show), (.post, .page, notificationPages.resend)])
        let deliveryPages = DeliveryPages(services: services)
        add("dashboard/deliveries", [(.get, .page, deliveryPages.list)])
        add("dashboard/deliveries/rejected", [(.get, .page, deliveryPages.rejected)])
        add("dashboard/deliveries/*", [(.get, .page, deliveryPages.show), (.post, .page, deliveryPages.redeliver)])
        add("static/*", [(.get, .open, Pages.stylesheet)])
        self.entries = entries
    }

    /// - Returns: the route, or 404, or 405 with what is allowed.
    func route(_ method: Method, _ segments: [String]) -> Result<Route, Problem> {
        let parts = segments.last == "" && segments.count > 1 ? segments.dropLast() : segments[...]
        guard let entry = entries.first(where: { Self.matches($0.pattern, parts) }) else { return Self.refusal(.notFound, parts) }
        let wanted = method == .head ? .get : method
        if let found = entry.methods.first(where: { $0.method == wanted }) { return .success(found.route) }
        let allowed = entry.methods.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.name] }.joined(separator: ", ")
        return Self.refusal(.methodNotAllowed(allowed), parts)
    }

    /// Whoever opens the dashboard reads a page, also of what is not there.
    private static func refusal(_ problem: Problem, _ parts: ArraySlice<String>) -> Result<Route, Problem> {
        parts.first == "dashboard" ? .success(Route(access: .page) { _ in throw problem }) : .failure(problem)
    }

    private static func matches(_ pattern: [String], _ parts: ArraySlice<String>) -> Bool {
        guard pattern.count == parts.count else { return false }
        return zip(pattern, parts).allSatisfy { $0 == "*" ? !$1.isEmpty : $0 == $1 }
    }
}
