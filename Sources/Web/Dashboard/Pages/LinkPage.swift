internal import Model

/// `GET /approve/{token}`: all that will run and who asked, and one form that decides. Needs neither cookie nor script.
///
/// It opens itself anew, so that who leaves it open sees what others decided. With `?reason` there is a field for a reason, and the page
/// stands still until the approval has expired.
package func linkPage(_ view: LinkPageView) -> [UInt8] {
    let approval = view.item.approval
    return openPage(title: "Approve " + approval.endpoint + "?", width: "wide", refresh: refresh(view)) {
        decisionLayout(view.item, now: view.now) {
            decisionForm(view.item, action: .approveLink(view.token), session: nil, takesReason: view.takesReason)
            if view.takesReason {
                tag(.p, .class("hint decide-line")) {
                    "This page stands still while you write. "
                    tag(.a, .href(.approveLink(view.token)), text: "Without a reason")
                }
            } else {
                tag(.p, .class("decide-line")) { tag(.a, .href(.approveLinkWithReason(view.token)), text: "Give a reason") }
                freshness(now: view.now, seconds: LinkRefresh.pending, path: .approveLink(view.token))
            }
        }
    }
}

/// How often link pages open themselves anew, in seconds.
enum LinkRefresh {
    static let pending: Int64 = 15
    static let running: Int64 = 5
    /// Browsers keep the time in milliseconds, as 32 bits.
    static let longest: Int64 = 1_000_000
}

private func refresh(_ view: LinkPageView) -> Refresh {
    // A second later, so that the server finds it expired.
    let end = max(0, difference(view.item.approval.expiresAt, view.now)) / 1_000_000 + 1
    return Refresh(seconds: min(end, view.takesReason ? LinkRefresh.longest : LinkRefresh.pending), path: .approveLink(view.token))
}

/// From when a page is that opens itself anew, and a way to do so at once.
func freshness(now: Int64, seconds: Int64, path: SitePath) -> HTML {
    tag(.p, .class("hint small-print")) {
        "As of "
        timeTag(now)
        ", again every \(seconds) seconds · "
        tag(.a, .href(path), text: "Refresh")
    }
}

/// The call on one side, the decision beside it: it stays in sight while the call is read.
func decisionLayout(_ item: ApprovalView, now: Int64, @HTMLBuilder decision: () -> HTML) -> HTML {
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
                " · requested "
                timeTag(item.approval.requestedAt, now: now)
            }
        }
        warnings(item, limits: limits)
        tag(.div, .class("columns")) {
            tag(.div, .class("call")) { callDetails(item, limits: limits, now: now) }
            tag(.aside, .class("decide"), .label("Decision")) {
                tag(.p, .class("left-line")) { timeLeftTag(until: item.approval.expiresAt, now: now) }
                decision()
                tag(.p, .class("hint small-print"), text: decisionHint(item))
            }
        }
    }
}
