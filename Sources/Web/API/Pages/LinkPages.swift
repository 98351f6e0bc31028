internal import Bytes
internal import Dashboard
internal import Decisions
internal import HTTP
internal import Model
internal import Posix
internal import Store

/// `/approve/{token}`: whoever holds the link may decide, once. A GET shows and changes nothing, since chat programs and mail scanners
/// open links.
struct LinkPages: Sendable {
    let services: Services

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        guard let approval = try find(request) else { return Pages.page(404, unknownLinkPage()) }
        let now = services.clock.wall()
        guard approval.status == .pending, approval.expiresAt > now else { return try outcome(410, approval, isFresh: false, request) }
        return Pages.page(
            200,
            linkPage(
                LinkPageView(
                    token: request.segments[1], item: try Pages.view(approval, services, withBody: true),
                    takesReason: request.parameter("reason") != nil, now: now)))
    }

    @Sendable func decide(_ request: OwnedRequest) throws -> Response {
        guard let approval = try find(request) else { return Pages.page(404, unknownLinkPage()) }
        guard let form = request.form(), let decision = Self.decision(form) else {
            throw Problem(400, "no_decision", "The form carries neither 'approve' nor 'deny'.")
        }
        let result = services.desk.decide(
            approval.id, decision, by: "holder of the link, at \(request.peer)", via: .link, reason: Self.reason(form),
            runsAllMissed: Self.runsAll(form))
        switch result {
        case .unknown: return Pages.page(404, unknownLinkPage())
        case .unavailable(let reason):
            services.log("a decision was not stored: \(reason)")
            throw Problem(
                503, "store_unavailable", "Your decision could not be stored (the disk may be full). Nothing has changed; try again.")
        case .decided, .tooLate:
            let isFresh = if case .decided = result { true } else { false }
            return try outcome(isFresh ? 200 : 410, try services.store.approval(approval.id) ?? approval, isFresh: isFresh, request)
        }
    }

    private func outcome(_ status: Int, _ approval: Approval, isFresh: Bool, _ request: OwnedRequest) throws -> Response {
        var shown = approval
        // The sweep may be a moment behind the clock.
        if shown.status == .pending { shown.status = .expired }
        return Pages.page(
            status,
            linkOutcomePage(
                LinkOutcomeView(
                    item: try Pages.view(shown, services, withBody: false), isFresh: isFresh, token: request.segments[1],
                    now: services.clock.wall())))
    }

    private func find(_ request: OwnedRequest) throws -> Approval? {
        try services.keyring.approvalNumber(linkToken: request.segments[1]).flatMap { try services.store.approval($0) }
    }

    // MARK: The form

    static func decision(_ form: [FormField]) -> Decision? {
        form.first { $0.name == "decision" }.flatMap { Decision(rawValue: $0.value == "approve-all" ? "approve" : $0.value) }
    }

    /// Of missed fires, each runs.
    static func runsAll(_ form: [FormField]) -> Bool { form.contains { $0.name == "decision" && $0.value == "approve-all" } }

    static func reason(_ form: [FormField]) -> String? {
        guard let text = form.first(where: { $0.name == "reason" })?.value, text.contains(where: { !$0.isWhitespace }) else { return nil }
        return text
    }
}
