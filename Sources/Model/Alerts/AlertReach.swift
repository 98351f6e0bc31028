extension AlertRule {
    /// Why the rule never tells, or a step of it, as the endpoints are now. Warnings: the API may add others later.
    func reachProblems(_ surroundings: AlertSurroundings) -> [SettingProblem] {
        // A pattern that fits none is told by itself.
        let covered = covered(surroundings)
        guard !covered.isEmpty else { return [] }
        switch condition {
        case .approvalPending, .approvalExpiring, .approvalDecided, .approvalExpired: return approvalProblems(covered)
        case .scheduleMissed where !covered.contains(where: \.isScheduled):
            return [never("has a schedule", at: "condition", hint: "give one a 'schedule', or choose other endpoints")]
        case .webhookRejected where !covered.contains(where: \.takesWebhooks):
            return [never("takes webhooks", at: "condition", hint: "deliveries are refused where trigger: webhook takes them")]
        case .runSlow: return timeoutProblems(covered)
        default: return []
        }
    }

    private func approvalProblems(_ covered: [EndpointTraits]) -> [SettingProblem] {
        guard let minutes = covered.compactMap(\.approvalMinutes).max() else {
            return [never("asks for approval", at: "condition", hint: "set approval_required: true, or choose other endpoints")]
        }
        let waits = "their approvals expire within \(durationText(minutes * 60)) (approval_timeout_mins)"
        var problems: [SettingProblem] = []
        if condition == .approvalPending, let holdFor, holdFor >= minutes * 60 {
            problems.append(
                SettingProblem("no approval waits so long, so the rule never tells", at: [.key("for")], severity: .warning, hint: waits))
        }
        for (index, step) in escalations.enumerated() where step.after >= minutes * 60 {
            problems.append(
                SettingProblem(
                    "no approval waits so long, so this step is never reached", at: [.key("escalate"), .index(index), .key("after")],
                    severity: .warning, hint: waits))
        }
        return problems
    }

    /// A run that its timeout ends has some seconds to end by itself.
    private static let grace = 10

    private func timeoutProblems(_ covered: [EndpointTraits]) -> [SettingProblem] {
        let longest = covered.map(\.timeoutSeconds).max() ?? 0
        guard threshold != nil, effectiveThreshold >= longest + Self.grace else { return [] }
        return [
            SettingProblem(
                "no run takes so long, so the rule never tells", at: [.key("threshold")], severity: .warning,
                hint: "their 'timeout' ends runs after \(durationText(longest))")
        ]
    }

    private func never(_ what: String, at field: String, hint: String) -> SettingProblem {
        SettingProblem(
            "the rule never tells: no endpoint that it is about \(what)", at: [.key(field)], severity: .warning, hint: hint)
    }
}
