internal import Model

/// `GET /dashboard/approvals`: what waits, as cards, and what is over, as a table. It does not reload by itself, which would take away a
/// reason that is being typed.
package func approvalsPage(_ view: ApprovalsPageView) -> [UInt8] {
    let count = view.pendingCount
    return dashboardPage(title: count == 0 ? "Approvals" : "(\(count)) Approvals", session: view.session, place: .approvals) {
        noticeBox(view.notice)
        tag(.div, .class("title-line")) {
            tag(.h1, text: "Approvals")
            tag(.p, .class("hint")) {
                "As of "
                timeTag(view.now)
                " · "
                tag(.a, .href(SitePath.approvals.of(endpoint: view.endpoint)), text: "Refresh")
            }
        }
        endpointLine(view.endpoint, all: .approvals)
        if view.isFirstPage { pendingSection(view) }
        historySection(view)
    }
}

private func pendingSection(_ view: ApprovalsPageView) -> HTML {
    tag(.section, .labelled(by: "pending")) {
        tag(.h2, .id("pending")) {
            "Waiting for a decision "
            if view.pendingCount > 0 { tag(.span, .class("count"), text: grouped(view.pendingCount)) }
        }
        if view.pending.isEmpty, view.endpoint != nil {
            tag(.p, .class("muted"), text: "Nothing of these waits.")
        } else if view.pending.isEmpty {
            emptyQueue(view)
        } else {
            for item in view.pending { card(item, view) }
        }
        if view.pendingCount > view.pending.count, !view.pending.isEmpty {
            tag(.p, .class("hint"), text: "\(grouped(view.pendingCount - view.pending.count)) more wait behind these.")
        }
    }
}

private func emptyQueue(_ view: ApprovalsPageView) -> HTML {
    tag(.div, .class("panel empty")) {
        tag(.p) { tag(.strong, text: "Nothing waits for you.") }
        tag(.p) {
            "Give an endpoint "
            tag(.code, text: "approval_required: true")
            ", call it, and the call waits here until someone decides:"
        }
        tag(.pre, .class("block text example"), .reachable, .role("region"), .label("Example call"), .leftToRight) {
            .text(
                """
                curl -X POST \(view.baseURL)/v1/\(view.account)/deploy \\
                  -H 'X-API-Key: sluice_sk_…' \\
                  -H 'Content-Type: application/json' \\
                  -d '{"branch": "main"}'
                """)
        }
        tag(.p, .class("hint")) {
            "Make a key with "
            tag(.code, text: "sluice keys create")
            ". Webhooks and schedules of gated endpoints wait here as well."
        }
    }
}

private func card(_ item: ApprovalView, _ view: ApprovalsPageView) -> HTML {
    let approval = item.approval
    let limits = CallLimits.card
    return tag(.article, .class("panel card"), .labelled(by: "endpoint-" + item.id)) {
        tag(.div, .class("card-head")) {
            tag(.h3, .id("endpoint-" + item.id)) { tag(.a, .href(.approval(item.id))) { personText(approval.endpoint) } }
            timeLeftTag(until: approval.expiresAt, now: view.now)
        }
        tag(.p, .class("lead")) {
            originLine(approval.origin)
            " · requested "
            timeTag(approval.requestedAt, now: view.now)
        }
        warnings(item, limits: limits)
        tag(.div, .class("columns")) {
            tag(.div, .class("call")) {
                tag(.pre, .class("command")) { machineText(approval.spec.command, limit: limits.word) }
                argumentSummary(approval)
                tag(.details) {
                    tag(.summary, text: "Everything about this call")
                    callDetails(item, limits: limits, headings: .h3, now: view.now)
                }
            }
            tag(.div, .class("decide plain")) { decisionForm(item, action: .approval(item.id), session: view.session) }
        }
    }
}

/// The first arguments in one line each, and the size of the body; the details hold all.
private func argumentSummary(_ approval: Approval) -> HTML? {
    let spec = approval.spec
    guard !spec.arguments.isEmpty || approval.stdinSize > 0 else { return nil }
    return tag(.dl, .class("summary-pairs")) {
        for argument in spec.arguments.prefix(6) {
            tag(.div) {
                tag(.dt) { machineText(argument.name, limit: 60) }
                tag(.dd) { tag(.code) { machineText(argument.value, limit: 200) } }
            }
        }
        if spec.arguments.count > 6 {
            tag(.div, .class("summary-note")) {
                tag(.dt, text: "More arguments")
                tag(.dd, text: grouped(spec.arguments.count - 6))
            }
        }
        if approval.stdinSize > 0 {
            tag(.div, .class("summary-note")) {
                tag(.dt, text: "Request body")
                tag(.dd, text: "\(grouped(approval.stdinSize)) bytes")
            }
        }
    }
}

private func historySection(_ view: ApprovalsPageView) -> HTML {
    tag(.section, .labelled(by: "history")) {
        tag(.h2, .id("history"), text: "History")
        if view.history.isEmpty {
            tag(.div, .class("panel empty")) {
                tag(
                    .p, .class("muted"),
                    text: view.isFirstPage ? "No decisions yet. They stay here, with who decided and why." : "Nothing older.")
            }
        } else {
            tag(.table, .class("list")) {
                tag(.caption, .class("visually-hidden"), text: "Approvals that are over, the newest first")
                tag(.thead) {
                    tag(.tr) {
                        for name in ["Endpoint", "Decision", "Decided by", "Requested", "Decided", "Run"] {
                            tag(.th, .columnHeader, text: name)
                        }
                    }
                }
                tag(.tbody) { for item in view.history { historyRow(item, now: view.now) } }
            }
        }
        pager(SitePath.approvals.of(endpoint: view.endpoint), older: view.older, isFirstPage: view.isFirstPage)
    }
}

private func historyRow(_ item: ApprovalView, now: Int64) -> HTML {
    let approval = item.approval
    let status = visibleStatus(approval, now: now)
    return tag(.tr) {
        tag(.th, .rowHeader, .column("Endpoint")) { tag(.a, .href(.approval(item.id))) { personText(approval.endpoint, limit: 200) } }
        cell("Decision") { badge(status) }
        cell("Decided by") {
            decider(approval, now: now)
            if let reason = approval.reason, !reason.isEmpty { tag(.div, .class("hint")) { personText(reason, limit: 200) } }
        }
        cell("Requested") { timeTag(approval.requestedAt, now: now) }
        cell("Decided") { timeTag(approval.decidedAt ?? approval.expiresAt, now: now) }
        cell("Run") {
            if let run = item.run {
                tag(.a, .href(.run(run.id))) { badge(run.status) }
            } else {
                tag(.span, .class("muted"), text: "did not run")
            }
        }
    }
}

/// A cell of a list. On a narrow screen the column's name stands before the content, which therefore is one element.
func cell(_ column: StaticString, @HTMLBuilder content: () -> HTML) -> HTML {
    tag(.td, .column(column)) { tag(.div) { content() } }
}

func pager(_ path: SitePath, older: String?, isFirstPage: Bool) -> HTML? {
    guard older != nil || !isFirstPage else { return nil }
    return tag(.nav, .class("pager"), .label("Pages")) {
        if !isFirstPage { tag(.a, .href(path), text: "← Newest") }
        if let older { tag(.a, .href(path.query("before", older)), text: "Older →") }
    }
}

/// Says that a list is of some endpoints only, and how to see all.
func endpointLine(_ endpoint: String?, all: SitePath) -> HTML? {
    endpoint.map { name in
        tag(.p, .class("hint")) {
            "Only endpoint "
            tag(.code) { personText(name, limit: 200) }
            " · "
            tag(.a, .href(all), text: "Show all")
        }
    }
}

extension SitePath {
    func of(endpoint: String?) -> SitePath { endpoint.map { query("endpoint", $0) } ?? self }
}
