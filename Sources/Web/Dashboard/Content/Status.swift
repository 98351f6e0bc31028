internal import Model

extension ApprovalStatus {
    var word: String {
        switch self {
        case .pending: "Pending"
        case .approved: "Approved"
        case .denied: "Denied"
        case .expired: "Expired"
        case .cancelled: "Cancelled"
        case .superseded: "Superseded"
        case .stale: "Stale"
        }
    }

    /// What this means for the call.
    var explanation: String {
        switch self {
        case .pending: "Nobody has decided yet. Nothing has run."
        case .approved: "This call was approved. It runs once, exactly as it was shown."
        case .denied: "This call was denied. It did not run and cannot run any more."
        case .expired: "Nobody decided in time. This call did not run and cannot run any more."
        case .cancelled: "This call was cancelled before anyone decided. It did not run and cannot run any more."
        case .superseded: "A newer call took this one's place before anyone decided. This one did not run and cannot run any more."
        case .stale:
            "This call was approved, but its script or another part of it had changed by then. So it was not run: "
                + "what would have run is not what was shown."
        }
    }
}

extension RunStatus {
    var word: String {
        switch self {
        case .queued: "Queued"
        case .running: "Running"
        case .succeeded: "Succeeded"
        case .failed: "Failed"
        case .timedOut: "Timed out"
        case .cancelled: "Cancelled"
        case .interrupted: "Interrupted"
        }
    }

    var explanation: String {
        switch self {
        case .queued: "It waits for its turn."
        case .running: "It is running now."
        case .succeeded: "The command ended with exit code 0."
        case .failed: "The command failed."
        case .timedOut: "The command took longer than its timeout and was stopped."
        case .cancelled: "It was cancelled before it started, or stopped."
        case .interrupted: "Sluice stopped while the command was running. It is not run again by itself."
        }
    }
}

func badge(_ status: ApprovalStatus) -> HTML { tag(.span, .class("badge " + status.rawValue), text: status.word) }
func badge(_ status: RunStatus) -> HTML { tag(.span, .class("badge " + status.rawValue), text: status.word) }

/// The approval's status as a visitor should see it: one whose time is over is expired, even before the clock-driven sweep says so.
func visibleStatus(_ approval: Approval, now: Int64) -> ApprovalStatus {
    approval.status == .pending && approval.expiresAt <= now ? .expired : approval.status
}

/// "Webhook by github", "Schedule": what a line under a heading says of a call's origin.
func originLine(_ origin: CallOrigin) -> HTML {
    group {
        sourceName(origin.source)
        if let (link, name) = originName(origin) {
            link
            tag(.strong) { personText(name, limit: 200) }
        }
        if let event = origin.event {
            origin.source == .schedule ? ", planned for " : " · "
            origin.source == .schedule ? plannedTag(event, limit: 200) : machineText(event, limit: 200)
        }
    }
}

/// The words behind the source, and the name that they lead to.
private func originName(_ origin: CallOrigin) -> (link: String, name: String)? {
    let name = origin.requestedBy
    func rest(_ start: String) -> String? { name.hasPrefix(start) ? String(name.dropFirst(start.count)) : nil }
    switch origin.source {
    case .schedule where name == CallSource.schedule.rawValue: return nil
    case .schedule: return rest("schedule ").map { (" ", $0) } ?? (" by ", name)
    case .webhook: return rest("redelivered by ").map { (", redelivered by ", $0) } ?? (" by ", name)
    case .api, .pipeline: return (" by ", name)
    }
}

/// Who used an approve link is known by the address alone: "by link, from 192.0.2.7".
private func linkHolder(_ approval: Approval) -> HTML? {
    let start = "holder of the link, at "
    guard approval.decidedVia == .link, let name = approval.decidedBy, name.hasPrefix(start) else { return nil }
    return group {
        "by link, from "
        personText(String(name.dropFirst(start.count)))
    }
}

/// Who ended the approval and by what means.
func decider(_ approval: Approval, now: Int64) -> HTML {
    switch visibleStatus(approval, now: now) {
    case .pending: return .text("nobody yet")
    case .expired: return .text("nobody: time ran out")
    case .superseded where approval.decidedBy == nil: return .text("a newer call")
    default:
        if let holder = linkHolder(approval) { return holder }
        return group {
            switch (approval.decidedBy, approval.decidedVia) {
            case (nil, .link): "someone with the approve link"
            case (nil, nil): "Sluice"
            case (nil, .dashboard), (nil, .api), (nil, .slack): "someone"
            case (let name?, _): personText(name)
            }
            switch approval.decidedVia {
            case .link: tag(.span, .class("hint"), text: approval.decidedBy == nil ? "" : " by link")
            case .dashboard: tag(.span, .class("hint"), text: " on the dashboard")
            case .api: tag(.span, .class("hint"), text: " by API")
            case .slack: tag(.span, .class("hint"), text: " in Slack")
            case nil: HTML.nothing
            }
        }
    }
}
