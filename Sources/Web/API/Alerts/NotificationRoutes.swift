internal import Alerts
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store

/// `/notifications`: the log of everything that was told or is to be told.
struct NotificationRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let found = try services.store.notifications(try NotificationFilter(request), below: page.cursor, limit: page.limit)
        return .list(found.items.map { .object(JSONObject(members($0))) }, next: found.next)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response { .json(200, try details(try services.notification(request.segments[1]))) }

    @Sendable func resend(_ request: OwnedRequest) throws -> Response {
        let row = try services.notification(request.segments[1])
        try services.resend(row)
        return .json(202, try details(try services.store.notification(row.id) ?? row))
    }

    private func details(_ row: NotificationRow) throws -> JSONValue {
        let links = try services.links(of: row)
        let more: [(String, JSONValue)] = [
            ("title", .optional(try services.content.title(of: row, now: services.clock.wall()))),
            ("event_at", .instant(row.event?.at)), ("approval_id", .optional(links.approval)), ("run_id", .optional(links.run)),
        ]
        return .object(JSONObject(members(row) + more))
    }

    func members(_ row: NotificationRow) -> [(String, JSONValue)] {
        [
            ("id", .string(services.keyring.uuid(.notification, row.id))),
            ("kind", .string(row.kind.rawValue)),
            ("status", .string(row.status.rawValue)),
            ("rule", .optional(row.rule)),
            ("condition", .optional(row.condition)),
            ("channel", .optional(row.channel)),
            ("destination", .optional(services.alerts.current.shownPlace(of: row))),
            ("endpoint", .optional(row.endpoint)),
            ("event", .optional(row.event?.kind)),
            ("attempts", .int(row.attempts)),
            ("created_at", .instant(row.createdAt)),
            ("due_at", .instant(row.settledAt == nil ? row.dueAt : nil)),
            ("last_answer", .optional(row.lastAnswer)),
            ("settled_at", .instant(row.settledAt)),
        ]
    }
}

extension NotificationFilter {
    /// The filters of a query. An empty value is none, so that a form may send all its fields.
    init(_ request: OwnedRequest) throws(Problem) {
        self.init()
        func text(_ name: String) -> String? { request.parameter(name).flatMap { $0.isEmpty ? nil : $0 } }
        status = text("status") == nil ? nil : try request.choice("status", NotificationStatus.self)
        kind = text("kind") == nil ? nil : try request.choice("kind", NotificationKind.self)
        rule = text("rule")
        endpoint = text("endpoint")
    }
}

extension Services {
    /// The notification of a public id.
    func notification(_ id: String) throws -> NotificationRow {
        guard let number = keyring.number(.notification, id), let found = try store.notification(number) else {
            throw Problem(404, "unknown_notification", "there is no such notification")
        }
        return found
    }

    /// Has a dead notification sent once more, or a pending one tried now.
    func resend(_ row: NotificationRow) throws(Problem) {
        switch store.commit(.resendNotification(id: row.id, at: clock.wall())) {
        case .done: break
        case .notFound: throw Problem(404, "unknown_notification", "there is no such notification")
        case .conflict(let status):
            throw Problem(409, "not_resendable", "this notification is \(status); only a dead or pending one can be sent")
        default: throw Problem.unavailable("the disk is full or the database cannot be written")
        }
    }

    /// The approval and the run that a notification tells of, as far as there are any.
    func links(of row: NotificationRow) throws -> (approval: String?, run: String?) {
        guard let call = row.call else { return (nil, nil) }
        let approval = try store.approval(call)
        let hasRun = try approval?.hasRun ?? (store.runStatus(call) != nil)
        return (approval.map { keyring.uuid(.approval, $0.id) }, hasRun ? keyring.uuid(.run, call) : nil)
    }
}
