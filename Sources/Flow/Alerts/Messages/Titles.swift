internal import Model
internal import Store

extension AlertCondition {
    var tellsOfRun: Bool { isOfFinishedRuns || self == .runSlow || self == .runInterrupted }

    /// Several of what it tells of.
    var plural: String {
        switch self {
        case .failure, .consecutiveFailures: "failed runs"
        case .success: "successful runs"
        case .always: "ended runs"
        case .recovered: "recoveries"
        case .runSlow: "slow runs"
        case .runInterrupted: "interrupted runs"
        case .approvalPending: "approvals pending"
        case .approvalExpiring: "approvals about to expire"
        case .approvalDecided: "decided approvals"
        case .approvalExpired: "expired approvals"
        case .scheduleMissed: "missed schedules"
        case .webhookRejected: "bursts of refused deliveries"
        }
    }

    var usualSeverity: NotificationContent.Severity {
        switch self {
        case .success, .recovered: .ok
        case .always, .approvalDecided, .approvalPending: .info
        case .approvalExpiring, .approvalExpired, .runSlow, .scheduleMissed, .webhookRejected: .warning
        case .failure, .consecutiveFailures, .runInterrupted: .critical
        }
    }
}

extension Happening {
    /// The usual first line, and how grave it is: by the state that the approval or run is in now.
    func title(_ content: NotificationContent, _ data: AlertData) -> (title: String, severity: NotificationContent.Severity) {
        let name = endpoint ?? "an endpoint"
        if let part = content.approval { return (title(of: part, name, content.now), severity(of: part)) }
        if let part = content.run { return (title(of: part, name, content.now), condition == .always ? severity(of: part) : condition.usualSeverity) }
        if let part = content.missed {
            let which = part.schedule.isEmpty ? "" : " of its schedule \(part.schedule)"
            return ("\(name) missed \(part.count == 1 ? "a fire" : "\(part.count) fires")\(which)", .warning)
        }
        if let part = content.rejected {
            let what = part.count == 1 ? "a delivery" : "\(part.count) deliveries"
            return ("\(name) refused \(what) within \(durationText(part.windowSeconds))", .warning)
        }
        return ("\(condition.rawValue): \(name)", condition.usualSeverity)
    }

    private func title(of part: NotificationContent.ApprovalPart, _ name: String, _ now: Int64) -> String {
        let by = part.decidedBy.map { " by \($0)" } ?? ""
        switch part.status {
        case .pending where condition == .approvalExpiring:
            let left = max(0, Int((part.expiresAt - now) / 1_000_000))
            return "\(name): nobody has decided, and the approval expires in \(durationText(left >= 60 ? left / 60 * 60 : left))"
        case .pending: return "\(name) waits for approval"
        case .approved: return "\(name) was approved\(by)"
        case .denied: return "\(name) was denied\(by)"
        case .cancelled: return "The approval of \(name) was cancelled\(by)"
        case .superseded: return "The approval of \(name) was superseded by a newer one"
        case .stale: return "\(name) was approved, and does not run: what would run has changed"
        case .expired: return "The approval of \(name) expired: nobody decided in time"
        }
    }

    private func severity(of part: NotificationContent.ApprovalPart) -> NotificationContent.Severity {
        switch part.status {
        case .pending: condition == .approvalExpiring ? .warning : .info
        case .approved: .ok
        case .denied, .cancelled, .superseded: .info
        case .expired, .stale: .warning
        }
    }

    private func title(of part: NotificationContent.RunPart, _ name: String, _ now: Int64) -> String {
        if condition == .consecutiveFailures, let failures = part.failures { return "\(name) failed \(failures) times in a row" }
        if condition == .recovered, let failures = part.failures {
            return "\(name) succeeded again after \(failures == 1 ? "a failure" : "\(failures) failures")"
        }
        switch part.status {
        case .queued, .running:
            return "\(name) is still running" + (part.startedAt.map { " after \(durationText(Int((now - $0) / 1_000_000)))" } ?? "")
        case .succeeded: return "\(name) succeeded"
        case .failed: return "\(name) failed" + (part.exitCode.map { " (exit code \($0))" } ?? "")
        case .timedOut: return "\(name) took too long and was ended"
        case .cancelled: return "A run of \(name) was cancelled"
        case .interrupted: return "\(name) was interrupted: Sluice stopped while it ran"
        }
    }

    private func severity(of part: NotificationContent.RunPart) -> NotificationContent.Severity {
        switch part.status {
        case .succeeded: .ok
        case .failed, .timedOut, .interrupted: .critical
        case .queued, .running, .cancelled: .info
        }
    }
}
