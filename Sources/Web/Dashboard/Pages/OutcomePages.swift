internal import Model

/// An approve link after its use or its time (status 410), and the answer to the decision itself.
package func linkOutcomePage(_ view: LinkOutcomeView) -> [UInt8] {
    let status = visibleStatus(view.item.approval, now: view.now)
    let here = SitePath.approveLinkOutcome(view.token)
    let goesOn = view.item.run.map { !$0.status.isFinished } ?? false
    let refresh = goesOn ? Refresh(seconds: LinkRefresh.running, path: here) : nil
    return openPage(title: status.word + ": " + view.item.approval.endpoint, refresh: refresh) {
        outcome(view.item, isFresh: view.isFresh, links: false, now: view.now)
        if goesOn { tag(.div, .class("footnote")) { freshness(now: view.now, seconds: LinkRefresh.running, path: here) } }
        if !view.isFresh { tag(.p, .class("hint footnote"), text: "This link has done its work: it cannot decide anything any more.") }
    }
}

/// `/dashboard/approvals/{id}`: the same context as the link page and the same form; once decided, what became of it.
package func approvalPage(_ view: ApprovalPageView) -> [UInt8] {
    let status = visibleStatus(view.item.approval, now: view.now)
    return dashboardPage(title: status.word + ": " + view.item.approval.endpoint, session: view.session, place: .approvals) {
        noticeBox(view.notice)
        if status == .pending {
            decisionLayout(view.item, now: view.now) { decisionForm(view.item, action: .approval(view.item.id), session: view.session) }
        } else {
            outcome(view.item, isFresh: false, links: true, now: view.now)
            callDetails(view.item, limits: .full, now: view.now)
        }
    }
}

/// An approve link that never was one (status 404).
package func unknownLinkPage() -> [UInt8] {
    openPage(title: "Unknown link") {
        tag(.div, .class("panel outcome")) {
            tag(.p, .class("eyebrow"), text: "404")
            tag(.h1, text: "Unknown link")
            tag(.p, .class("lead"), text: "No approval belongs to this address.")
            tag(.p, text: "Was it copied in full? Chat and mail programs sometimes break long links in two.")
        }
    }
}

private func outcome(_ item: ApprovalView, isFresh: Bool, links: Bool, now: Int64) -> HTML {
    let approval = item.approval
    let status = visibleStatus(approval, now: now)
    return tag(.section, .class("panel outcome " + status.rawValue)) {
        tag(.p, .class("eyebrow")) { isFresh ? "Decision taken" : links || status == .pending ? "Approval" : "Already over" }
        tag(.h1) {
            personText(approval.endpoint)
            " "
            badge(status)
        }
        tag(.p, .class("lead"), text: status.explanation)
        tag(.dl, .class("fields")) {
            outcomeFields(approval, status, now: now)
            if let run = item.run { runField(run, links: links) }
            if !links {
                field("Command") { tag(.code) { machineText(approval.spec.command, limit: 2 << 10) } }
            }
            field("Requested") { timeTag(approval.requestedAt, now: now) }
            field("Approval id") { tag(.code, text: item.id) }
        }
    }
}

@HTMLBuilder
private func outcomeFields(_ approval: Approval, _ status: ApprovalStatus, now: Int64) -> HTML {
    switch status {
    case .pending: field("Expires") { timeTag(approval.expiresAt, now: now) }
    case .expired: field("Expired") { timeTag(approval.decidedAt ?? approval.expiresAt, now: now) }
    default:
        field(status == .approved || status == .denied || status == .stale ? "Decided by" : "Ended by") { decider(approval, now: now) }
        if let decidedAt = approval.decidedAt { field("When") { timeTag(decidedAt, now: now) } }
    }
    if let reason = approval.reason, !reason.isEmpty { field("Reason") { tag(.div, .class("reason")) { personBlock(reason) } } }
}

/// A reason may have several lines.
private func personBlock(_ text: String) -> HTML {
    let (head, rest) = cut(text, to: 4 << 10)
    return group {
        tag(.bdi) { exact(unixLines(head), inBlock: true) }
        if rest > 0 { moreBytes(rest) }
    }
}

/// Forms send line ends as CR LF (HTML standard, section 4.10.21.5); here they mean no more than LF.
private func unixLines(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
        if scalar == "\n", previous == "\r" { scalars.removeLast() }
        scalars.append(scalar)
        previous = scalar
    }
    return String(scalars)
}

private func runField(_ run: RunSummary, links: Bool) -> HTML {
    field("Run") {
        badge(run.status)
        " "
        if let code = run.exitCode, run.status.isFinished { tag(.span, .class("hint"), text: "exit code \(code) ") }
        tag(.span, .class("run-id")) {
            if links {
                tag(.a, .href(.run(run.id))) { tag(.code, text: run.id) }
            } else {
                tag(.code, text: run.id)
            }
        }
        tag(.div, .class("hint"), text: run.status.explanation)
    }
}
