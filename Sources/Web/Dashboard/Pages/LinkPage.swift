internal import Model

/// `GET /approve/{token}`: all that will run and who asked, and one form that decides. Needs neither cookie nor script.
package func linkPage(_ view: LinkPageView) -> [UInt8] {
    openPage(title: "Approve " + view.item.approval.endpoint + "?", width: "wide") {
        decisionLayout(view.item, action: .approveLink(view.token), session: nil, now: view.now)
    }
}

/// The call on one side, the decision beside it: it stays in sight while the call is read.
func decisionLayout(_ item: ApprovalView, action: SitePath, session: SessionView?, now: Int64) -> HTML {
    let limits = CallLimits.full
    return group {
        tag(.div, .class("heading")) {
            tag(.p, .class("eyebrow"), text: "Approval needed")
            tag(.h1) {
                "Run "
                personText(item.approval.endpoint)
                "?"
            }
            tag(.p, .class("lead")) {
                originLine(item.approval.origin)
                " · "
                timeTag(item.approval.requestedAt, now: now)
            }
        }
        warnings(item, limits: limits)
        tag(.div, .class("columns")) {
            tag(.div, .class("call")) { callDetails(item, limits: limits, now: now) }
            tag(.aside, .class("decide"), .label("Decision")) {
                tag(.p, .class("left-line")) { timeLeftTag(until: item.approval.expiresAt, now: now) }
                decisionForm(item, action: action, session: session)
                tag(.p, .class("hint small-print"), text: decisionHint(item))
            }
        }
    }
}
