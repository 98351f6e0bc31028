internal import Bytes
internal import Dashboard
internal import HTTP
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// The dashboard's pages of deliveries, and the button that takes one again.
struct DeliveryPages: Sendable {
    let services: Services
    private let sessions: SessionPages
    private static let shown = 50
    private static let bodyShown = 64 << 10

    init(services: Services) {
        self.services = services
        sessions = SessionPages(services: services)
    }

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let cursor = request.parameter("before").flatMap { parseDecimalInt($0) }.map { Int64($0) }
        func view(_ deliveries: [DeliveryView], older: Int64?, notice: Notice?) -> DeliveriesPageView {
            DeliveriesPageView(
                session: session, filter: filter(request), deliveries: deliveries, older: older.map { String($0) }, isFirstPage: cursor == nil,
                notice: notice, now: services.clock.wall())
        }
        let search: DeliverySearch
        do {
            search = try DeliverySearch(request)
        } catch {
            return Pages.page(error.status, deliveriesPage(view([], older: nil, notice: Notice(.bad, error.detail))))
        }
        let found = try services.store.deliveries(search, below: cursor, limit: Self.shown)
        return Pages.page(200, deliveriesPage(view(found.items.map(self.view), older: found.next, notice: nil)))
    }

    /// What the form was sent with, also where it makes no sense.
    private func filter(_ request: OwnedRequest) -> DeliveryFilterView {
        func text(_ name: String) -> String { String((request.parameter(name) ?? "").prefix(300)) }
        var filter = DeliveryFilterView()
        filter.endpoint = text("endpoint")
        filter.event = text("event")
        filter.source = text("source")
        filter.verdict = DeliveryVerdict(rawValue: text("verdict"))
        filter.senderID = text("delivery_id")
        filter.since = text("since")
        filter.until = text("until")
        return filter
    }

    @Sendable func rejected(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        let cursor = request.parameter("before").flatMap { parseDecimalInt($0) }.map { Int64($0) }
        let endpoint = request.parameter("endpoint") ?? ""
        let found = try services.store.rejections(endpoint: endpoint.isEmpty ? nil : endpoint, below: cursor, limit: Self.shown)
        return Pages.page(
            200,
            rejectionsPage(
                RejectionsPageView(
                    session: session, endpoint: String(endpoint.prefix(300)),
                    rejections: found.items.map {
                        RejectionView(
                            endpoint: $0.endpoint, receivedAt: $0.receivedAt, status: $0.status, reason: $0.reason, peer: $0.peer,
                            senderID: $0.senderID)
                    }, older: found.next.map { String($0) }, isFirstPage: cursor == nil, now: services.clock.wall())))
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        return try show(try find(request), session)
    }

    private func show(_ delivery: DeliveryRecord, _ session: SessionView) throws -> Response {
        let (fields, isCut) = readKeptHeaders(try services.store.headers(ofDelivery: delivery.id) ?? "")
        let body = try services.store.body(ofDelivery: delivery.id, limit: Self.bodyShown)
        let again = try services.store.redeliveries(of: delivery.id)
        var item = view(delivery)
        if item.approvalID != nil, let call = delivery.call { item.approvalStatus = try services.store.approval(call)?.status }
        return Pages.page(
            200,
            deliveryPage(
                DeliveryPageView(
                    session: session, item: item, headers: fields.map { NamedValue($0.name, $0.value) }, areHeadersCut: isCut,
                    body: body ?? [], redeliveredAs: again.map { services.keyring.uuid(.delivery, $0) }, notice: Pages.takeNotice(session, services),
                    now: services.clock.wall())))
    }

    @Sendable func redeliver(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Pages.redirect("/login") }
        guard let form = request.form(), form.first(where: { $0.name == "csrf" })?.value == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again and repeat it.")
        }
        guard form.first(where: { $0.name == "action" })?.value == "redeliver" else {
            throw Problem(400, "no_action", "The form carries no action.")
        }
        let delivery = try find(request)
        do {
            let made = try services.redeliver(delivery, by: session.name, peer: request.peer)
            // To the new delivery, so that loading the page again repeats nothing.
            if let id = made.delivery { return Pages.redirect("/dashboard/deliveries/\(services.keyring.uuid(.delivery, id))") }
            return Pages.redirect("/dashboard/deliveries")
        } catch let problem as Problem {
            let page = "/dashboard/deliveries/\(services.keyring.uuid(.delivery, delivery.id))"
            return Pages.redirect(page, saying: Notice(.bad, "Not redelivered: \(problem.detail)."), to: session, services)
        }
    }

    private func find(_ request: OwnedRequest) throws -> DeliveryRecord {
        guard let id = services.keyring.number(.delivery, request.segments[2]), let found = try services.store.delivery(id) else {
            throw Problem(404, "unknown_delivery", "There is no such delivery.")
        }
        return found
    }

    private func view(_ delivery: DeliveryRecord) -> DeliveryView {
        let call = delivery.call
        return DeliveryView(
            id: services.keyring.uuid(.delivery, delivery.id), endpoint: delivery.endpoint, source: delivery.source, event: delivery.event,
            senderID: delivery.senderID, verdict: delivery.verdict, receivedAt: delivery.receivedAt, lastSeenAt: delivery.lastSeenAt,
            seen: delivery.seen, peer: delivery.peer, size: delivery.size, matchedSecret: delivery.matchedSecret,
            verifyMicroseconds: delivery.verifyMicroseconds, requestedBy: delivery.requestedBy,
            approvalID: call.flatMap { delivery.isGated ? services.keyring.uuid(.approval, $0) : nil },
            runID: call.flatMap { delivery.hasRun ? services.keyring.uuid(.run, $0) : nil },
            redeliveryOf: delivery.redeliveryOf.map { services.keyring.uuid(.delivery, $0) }, reason: delivery.reason)
    }
}
