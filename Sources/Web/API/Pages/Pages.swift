internal import Bytes
internal import Dashboard
internal import Decisions
internal import HTTP
internal import Model
internal import Posix
internal import Store

/// The dashboard's pages and their forms.
struct Pages: Sendable {
    let services: Services
    private let sessions: SessionPages

    private static let pendingShown = 100
    private static let historyShown = 50
    private static let bodyShown = 64 << 10

    init(services: Services) {
        self.services = services
        sessions = SessionPages(services: services)
    }

    // MARK: Approvals

    @Sendable func approvals(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Self.redirect("/login") }
        let cursor = request.parameter("before").flatMap { parseDecimalInt($0) }.map { Int64($0) }
        let endpoint = Self.endpointFilter(request)
        let pending = try services.store.approvals(status: .pending, endpoint: endpoint, limit: Self.pendingShown)
        let history = try services.store.approvals(decidedOnly: true, endpoint: endpoint, below: cursor, limit: Self.historyShown)
        let now = services.clock.wall()
        let soonest = pending.items.sorted { ($0.expiresAt, $0.id) < ($1.expiresAt, $1.id) }
        return Self.page(
            200,
            approvalsPage(
                ApprovalsPageView(
                    session: session, pending: try soonest.map { try view($0, withBody: true) },
                    pendingCount: try services.store.pendingApprovals(endpoint: endpoint),
                    history: try history.items.map { try view($0, withBody: false) },
                    older: history.next.map { String($0) }, isFirstPage: cursor == nil, baseURL: services.baseURL,
                    account: services.account,
                    notice: Self.takeNotice(session, services), endpoint: endpoint, now: now)))
    }

    /// One approval on a page of its own.
    @Sendable func approval(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Self.redirect("/login") }
        guard let approval = try find(request) else { throw Problem(404, "unknown_approval", "There is no such approval.") }
        return Self.page(
            200,
            approvalPage(ApprovalPageView(session: session, item: try view(approval, withBody: true), notice: nil, now: services.clock.wall())))
    }

    @Sendable func decide(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Self.redirect("/login") }
        guard let form = request.form(), form.first(where: { $0.name == "csrf" })?.value == session.csrf else {
            throw Problem(403, "form_expired", "This form is not valid any more. Open the page again and repeat your decision.")
        }
        guard let approval = try find(request) else { throw Problem(404, "unknown_approval", "There is no such approval.") }
        guard let decision = LinkPages.decision(form) else {
            throw Problem(400, "no_decision", "The form carries neither 'approve' nor 'deny'.")
        }
        let result = services.desk.decide(
            approval.id, decision, by: session.name, via: .dashboard, reason: LinkPages.reason(form), runsAllMissed: LinkPages.runsAll(form))
        let notice = Self.notice(result, approval, runsAll: LinkPages.runsAll(form))
        return Self.redirect("/dashboard/approvals", saying: notice, to: session, services)
    }

    private static func notice(_ result: DecisionResult, _ approval: Approval, runsAll: Bool) -> Notice {
        let missed = approval.missed.count
        return switch result {
        case .decided(.approved) where runsAll: Notice(.good, "All \(missed) missed fires of \(approval.endpoint) run.")
        case .decided(.denied) where missed > 0:
            Notice(.good, "You dropped \(missed == 1 ? "a missed fire" : "\(missed) missed fires") of \(approval.endpoint).")
        case .decided(.approved): Notice(.good, "You approved the call of \(approval.endpoint).")
        case .decided(.stale):
            Notice(.bad, "You approved the call of \(approval.endpoint), but it did not run: a script changed since the request.")
        case .decided: Notice(.good, "You denied the call of \(approval.endpoint).")
        case .tooLate(let status): Notice(.bad, "Too late: this call of \(approval.endpoint) is \(status.rawValue) already.")
        case .unknown: Notice(.bad, "This approval does not exist any more.")
        case .unavailable: Notice(.bad, "Your decision could not be stored (the disk may be full). Nothing has changed; try again.")
        }
    }

    private func find(_ request: OwnedRequest) throws -> Approval? {
        try services.keyring.number(.approval, request.segments[2]).flatMap { try services.store.approval($0) }
    }

    private func view(_ approval: Approval, withBody: Bool) throws -> ApprovalView {
        try Self.view(approval, services, withBody: withBody)
    }

    static func view(_ approval: Approval, _ services: Services, withBody: Bool) throws -> ApprovalView {
        let body = withBody && approval.stdinSize > 0 ? try services.store.stdin(ofCall: approval.id, limit: bodyShown) : []
        let run = approval.hasRun ? try services.store.run(approval.id) : nil
        return ApprovalView(
            id: services.keyring.uuid(.approval, approval.id), approval: approval, body: body,
            run: run.map { RunSummary(id: services.keyring.uuid(.run, $0.id), status: $0.status, exitCode: $0.exitCode) })
    }

    // MARK: Runs

    @Sendable func runs(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Self.redirect("/login") }
        let cursor = request.parameter("before").flatMap { parseDecimalInt($0) }.map { Int64($0) }
        let endpoint = Self.endpointFilter(request)
        let found = try services.store.runs(endpoint: endpoint, below: cursor, limit: Self.historyShown)
        return Self.page(
            200,
            runsPage(
                RunsPageView(
                    session: session, runs: found.items.map(view), older: found.next.map { String($0) }, isFirstPage: cursor == nil,
                    endpoint: endpoint, now: services.clock.wall())))
    }

    /// `?endpoint=`: a name or a pattern of names; the form of a link in a digest.
    private static func endpointFilter(_ request: OwnedRequest) -> String? {
        request.parameter("endpoint").flatMap { $0.isEmpty || $0.utf8.count > 200 ? nil : $0 }
    }

    @Sendable func run(_ request: OwnedRequest) throws -> Response {
        guard let session = try sessions.current(request) else { return Self.redirect("/login") }
        guard let id = services.keyring.number(.run, request.segments[2]), let run = try services.store.run(id) else {
            throw Problem(404, "unknown_run", "There is no such run.")
        }
        return Self.page(
            200,
            runPage(
                RunPageView(
                    session: session, item: view(run), output: try services.store.output(ofRun: id), now: services.clock.wall())))
    }

    private func view(_ run: Run) -> RunView {
        RunView(
            id: services.keyring.uuid(.run, run.id), run: run,
            approvalID: run.wasGated ? services.keyring.uuid(.approval, run.id) : nil)
    }

    // MARK: Answers

    static func page(_ status: Int, _ html: [UInt8], headers: [Response.Header] = []) -> Response {
        Response(
            status: status,
            headers: [("Content-Type", "text/html; charset=utf-8")] + pageSecurityHeaders.map { ($0.name, $0.value) } + headers, body: html)
    }

    static func problem(_ problem: Problem) -> Response {
        page(
            problem.status, errorPage(status: problem.status, title: "\(reasonPhrase(problem.status))", detail: problem.detail),
            headers: problem.headers)
    }

    static func redirect(_ path: String, headers: [Response.Header] = []) -> Response {
        Response(status: 303, headers: [("Location", path), ("Cache-Control", "no-store")] + headers)
    }

    @Sendable static func stylesheet(_ request: OwnedRequest) throws -> Response {
        guard let (asset, isImmutable) = StaticAsset.at("/static/\(request.segments[1])") else { throw Problem.notFound }
        return Response(
            status: 200,
            headers: [
                ("Content-Type", asset.contentType),
                ("Cache-Control", isImmutable ? "public, max-age=31536000, immutable" : "no-cache"),
                ("X-Content-Type-Options", "nosniff"),
            ], body: asset.bytes)
    }
}
