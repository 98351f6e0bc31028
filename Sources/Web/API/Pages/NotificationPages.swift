internal import Alerts
internal import Bytes
internal import Dashboard
internal import HTTP
internal import Model
internal import Posix
internal import Store

/// The dashboard's log of notifications, and the button that sends a dead one again, or a pending one now.
struct NotificationPages: Sendable {
    let services: Services
    private let sessions: SessionPages
    private static let shown = 50

    init(services: Services) {
        self.services = services
        sessions = SessionPages(services: services)
    }

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let cursor = request.parameter("before").flatMap { parseDecimalInt($0) }.map { Int64($0) }
        func page(_ status: Int, _ items: [NotificationView], older: Int64?, _ notice: Notice?) -> Response {
            Pages.page(
                status,
                notificationsPage(
                    NotificationsPageView(
                        session: session, filter: filter(request), notifications: items, older: older.map { String($0) },
                        isFirstPage: cursor == nil, notice: notice, now: services.clock.wall())))
        }
        let search: NotificationFilter
        do { search = try NotificationFilter(request) } catch { return page(error.status, [], older: nil, Notice(.bad, error.detail)) }
        let found = try services.store.notifications(search, below: cursor, limit: Self.shown)
        return page(200, found.items.map { view($0) }, older: found.next, Pages.takeNotice(session, services))
    }

    /// What the form was sent with, also where it makes no sense.
    private func filter(_ request: OwnedRequest) -> NotificationFilterView {
        func text(_ name: String) -> String { String((request.parameter(name) ?? "").prefix(300)) }
        var filter = NotificationFilterView()
        filter.status = NotificationFilterView.statuses.contains(text("status")) ? text("status") : ""
        filter.kind = NotificationFilterView.kinds.contains(text("kind")) ? text("kind") : ""
        filter.rule = text("rule")
        filter.endpoint = text("endpoint")
        return filter
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let row = try services.notification(request.segments[2])
        var item = view(row)
        let links = try services.links(of: row)
        item.approvalID = links.approval
        item.runID = links.run
        item.title = try services.content.title(of: row, now: services.clock.wall())
        return Pages.page(
            200,
            notificationPage(
                NotificationPageView(session: session, item: item, notice: Pages.takeNotice(session, services), now: services.clock.wall())))
    }

    @Sendable func resend(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let form = try Pages.form(request, of: session)
        guard form.value("action") == "resend" else { throw Problem(400, "no_action", "The form carries no action.") }
        let row = try services.notification(request.segments[2])
        let page = "/dashboard/notifications/\(services.keyring.uuid(.notification, row.id))"
        do throws(Problem) { try services.resend(row) } catch {
            return Pages.redirect(page, saying: Notice(.bad, "That was not done: \(error.detail)."), to: session, services)
        }
        let text = row.status == .dead ? "It is to be sent again." : "It is tried now."
        return Pages.redirect(page, saying: Notice(.good, "\(text) Refresh to see the answer."), to: session, services)
    }

    private func view(_ row: NotificationRow) -> NotificationView {
        NotificationView(
            id: services.keyring.uuid(.notification, row.id), kind: row.kind.rawValue, status: row.status.rawValue, rule: row.rule,
            condition: row.condition, channel: row.channel, destination: services.alerts.current.shownPlace(of: row), endpoint: row.endpoint,
            event: row.event?.kind, attempts: row.attempts, createdAt: row.createdAt, dueAt: row.settledAt == nil ? row.dueAt : nil,
            lastAnswer: row.lastAnswer, settledAt: row.settledAt)
    }
}
