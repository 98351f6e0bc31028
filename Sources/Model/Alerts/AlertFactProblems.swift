internal import Conditions
internal import Diagnostics
internal import JSON

extension AlertRule {
    /// Comparisons of `when` with what a fact never is. Warnings: the rule works, but hardly as it was meant.
    func factProblems(_ surroundings: AlertSurroundings) -> [SettingProblem] {
        var paths = JSONPathSet()
        guard let when, let condition = try? Condition(when, AlertFacts.vocabulary, paths: &paths) else { return [] }
        return condition.trials.compactMap { trial in
            values(of: trial.fact, surroundings).flatMap { problem(trial, $0) }
        }
    }

    private func problem(_ trial: Condition.Trial, _ values: [String]) -> SettingProblem? {
        let circumstances = "with condition: \(condition.rawValue)"
        func warning(_ message: String, _ hint: String) -> SettingProblem {
            SettingProblem(message, at: [.key("when")], columns: trial.columns, severity: .warning, hint: hint)
        }
        guard !values.isEmpty else {
            let others = AlertCondition.allCases.filter { $0.values(of: trial.fact) != [] }.map(\.rawValue)
            return warning("there is no $\(trial.fact) \(circumstances)", "it goes with \(others.joined(separator: ", "))")
        }
        if trial.isNegated, values.allSatisfy(trial.holds) {
            return warning("$\(trial.fact) is always \(listed(values)) \(circumstances), so this never holds", "ask for something else")
        }
        if values.contains(where: trial.holds) { return nil }
        // What the condition would let through and the endpoints do not.
        let isOfEndpoints = condition.values(of: trial.fact)?.contains(where: trial.holds) ?? true
        let place = isOfEndpoints ? "in this rule" : circumstances
        let words = values == AlertCondition.refusalStatuses ? [] : values
        let near = trial.value.flatMap { closestMatch($0, in: words) }.map { "did you mean '\($0)'? " }
        return warning(
            trial.value.map { "$\(trial.fact) is never '\($0)' \(place)" } ?? "no value that $\(trial.fact) has \(place) fits this",
            "\(near ?? "")it is \(listed(values))")
    }

    private func listed(_ values: [String]) -> String {
        if values == AlertCondition.refusalStatuses { return "an HTTP status from 400 to 599" }
        let shown = values.prefix(20).joined(separator: ", ")
        return values.count > 20 ? "\(shown) or one of \(values.count - 20) others" : shown
    }

    func covered(_ surroundings: AlertSurroundings) -> [EndpointTraits] { surroundings.endpoints.filter { covers(endpoint: $0.name) } }

    /// - Returns: nil for what may be anything; an empty list for a fact that is never there.
    private func values(of fact: String, _ surroundings: AlertSurroundings) -> [String]? {
        switch fact {
        case "endpoint":
            // A pattern that fits none is told by itself.
            let covered = covered(surroundings).map(\.name)
            return covered.isEmpty ? nil : covered
        case "source":
            let covered = covered(surroundings)
            guard !covered.isEmpty, let sources = condition.values(of: fact) else { return condition.values(of: fact) }
            return sources.filter { source in
                switch CallSource(rawValue: source) {
                case .schedule: covered.contains(where: \.isScheduled)
                case .webhook: covered.contains(where: \.takesWebhooks)
                default: true
                }
            }
        case "count" where condition == .failure && holdFor != nil: return nil
        default: return condition.values(of: fact)
        }
    }
}

extension AlertCondition {
    fileprivate var isOfRuns: Bool { isOfFinishedRuns || self == .runSlow || self == .runInterrupted }
    private var isOfApprovals: Bool { waitsForDecision || self == .approvalDecided || self == .approvalExpired }
    fileprivate static let refusalStatuses = (400...599).map { String($0) }

    /// What a fact (as `AlertFacts` has them) can be of what this condition tells.
    /// - Returns: nil for what may be anything; an empty list for a fact that is never there.
    func values(of fact: String) -> [String]? {
        switch fact {
        case "condition": [rawValue]
        case "status": statuses
        case "exit_code": [.success, .recovered].contains(self) ? ["0"] : isOfFinishedRuns || self == .runInterrupted ? nil : []
        case "duration_ms": isOfFinishedRuns || self == .runInterrupted ? nil : []
        case "source": isOfRuns || isOfApprovals ? [CallSource.api, .webhook, .schedule].map(\.rawValue) : []
        case "event", "requested_by": isOfRuns || isOfApprovals ? nil : []
        case "decided_by": self == .approvalDecided || self == .approvalExpired ? nil : []
        case "schedule": self == .scheduleMissed ? nil : []
        case "reason": self == .scheduleMissed ? [SkipReason.missed.rawValue] : nil
        case "count": [.consecutiveFailures, .recovered, .scheduleMissed, .webhookRejected].contains(self) ? nil : []
        default: nil
        }
    }

    private var statuses: [String] {
        let ofApprovals: [ApprovalStatus]
        switch self {
        case .failure, .consecutiveFailures: return [RunStatus.failed, .timedOut].map(\.rawValue)
        case .success, .recovered: return [RunStatus.succeeded.rawValue]
        case .runSlow: return [RunStatus.running.rawValue]
        // One that was interrupted may be queued or run again by the time that the rule is asked.
        case .always, .runInterrupted: return RunStatus.allCases.map(\.rawValue)
        case .webhookRejected: return Self.refusalStatuses
        case .scheduleMissed: return []
        case .approvalPending, .approvalExpiring: ofApprovals = [.pending]
        case .approvalDecided: ofApprovals = [.approved, .denied, .cancelled, .superseded, .stale]
        case .approvalExpired: ofApprovals = [.expired]
        }
        return ofApprovals.map(\.rawValue)
    }
}
