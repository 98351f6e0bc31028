internal import Conditions
internal import Diagnostics
internal import JSON

/// What a rule may refer to.
package struct AlertSurroundings: Sendable {
    /// The names of channels.
    package var channels: [String]
    package var endpoints: [EndpointTraits]
    package var hasMailServer: Bool

    package init(channels: [String] = [], endpoints: [EndpointTraits] = [], hasMailServer: Bool = false) {
        self.channels = channels
        self.endpoints = endpoints
        self.hasMailServer = hasMailServer
    }
}

extension AlertRule {
    /// What is wrong with a rule as a whole: each field alone has been checked by `apply`. Paths start at its mapping.
    ///
    /// - Parameter written: what `apply` read, so that problems are told where they stand.
    package func problems(in surroundings: AlertSurroundings, written: SettingValue) -> [SettingProblem] {
        var problems = targetProblems(surroundings, written) + thresholdProblems + timeProblems + conditionProblems
        if !problems.contains(where: { $0.severity == .error }) { problems += factProblems(surroundings) + reachProblems(surroundings) }
        let names = surroundings.endpoints.map(\.name)
        if let endpoint, !names.contains(where: covers) {
            problems.append(fitsNone("endpoint", endpoint, of: names))
        }
        return problems
    }

    // MARK: Where it tells

    private func targetProblems(_ surroundings: AlertSurroundings, _ written: SettingValue) -> [SettingProblem] {
        var problems: [SettingProblem] = []
        if targets.isEmpty {
            problems.append(
                SettingProblem("a rule needs 'channel' with 'destination', or 'channels'", hint: "such as channel: slack, destination: $SLACK_HOOK"))
        }
        for place in targetPlaces(written) {
            switch place.target {
            case .channel(let name) where !surroundings.channels.contains(name):
                problems.append(unknownChannel(name, surroundings.channels, at: place.path))
            case .direct(.email, _) where !surroundings.hasMailServer: problems.append(missingMailServer(at: place.path))
            default: break
            }
        }
        return problems
    }

    private func unknownChannel(_ name: String, _ known: [String], at path: [SettingStep]) -> SettingProblem {
        var hint = closestMatch(name, in: known).map { "did you mean '\($0)'?" }
        if hint == nil, path.last == .key("channel"), ChannelKind(rawValue: name) != nil { hint = "a channel of type \(name) needs a 'destination'" }
        let list = known.isEmpty ? "list it under 'channels' at the top of the file" : "there are \(known.joined(separator: ", "))"
        return SettingProblem("there is no channel '\(name)'", at: path, hint: hint ?? list)
    }

    /// Every place that it tells to, its steps included.
    func targetPlaces(_ written: SettingValue) -> [WrittenTargets.Place] {
        var places = WrittenTargets(written).places
        if case .list(let steps)? = written["escalate"] {
            for (index, step) in steps.enumerated() {
                places += WrittenTargets(step).places.map { .init(target: $0.target, path: [.key("escalate"), .index(index)] + $0.path) }
            }
        }
        return places
    }

    // MARK: What goes with which condition

    private var thresholdProblems: [SettingProblem] {
        var problems: [SettingProblem] = []
        let because = "with condition: \(condition.rawValue)"
        if condition.threshold == nil, threshold != nil { problems.append(withoutEffect("threshold", because)) }
        if let needed = condition.threshold, needed.default == nil, threshold == nil {
            problems.append(
                SettingProblem("condition: \(condition.rawValue) needs a 'threshold'", at: [.key("threshold")], hint: "such as threshold: 5m"))
        }
        if condition != .webhookRejected, window != AlertRule().window { problems.append(withoutEffect("window", because)) }
        return problems
    }

    private var timeProblems: [SettingProblem] {
        var problems: [SettingProblem] = []
        if holdFor != nil, !condition.canHold {
            problems.append(meaningless("for", "what cannot last", AlertCondition.allCases.filter(\.canHold)))
        }
        if condition == .approvalExpiring, let holdFor, holdFor >= effectiveThreshold {
            problems.append(
                SettingProblem("the approval expires before it has waited so long", at: [.key("for")], hint: "it must be less than 'threshold'"))
        }
        if repeatInterval != nil, !condition.canRepeat {
            problems.append(meaningless("repeat_interval", "what happens once", AlertCondition.allCases.filter(\.canRepeat)))
        }
        if !escalations.isEmpty, !condition.waitsForDecision {
            problems.append(meaningless("escalate", "what nobody has to decide", AlertCondition.allCases.filter(\.waitsForDecision)))
        }
        for (index, pair) in zip(escalations, escalations.dropFirst()).enumerated() where pair.1.after <= pair.0.after {
            problems.append(
                SettingProblem("this step must come later than the one before it", at: [.key("escalate"), .index(index + 1), .key("after")]))
        }
        if timezone != nil, quietHours.isEmpty { problems.append(withoutEffect("timezone", "without 'quiet_hours'")) }
        if !groupBy.isEmpty, groupWait == nil { problems.append(withoutEffect("group_by", "without 'group_wait'")) }
        return problems
    }

    private func meaningless(_ field: String, _ what: String, _ conditions: [AlertCondition]) -> SettingProblem {
        SettingProblem(
            "'\(field)' makes no sense for \(what), such as condition: \(condition.rawValue)", at: [.key(field)], atKey: true,
            hint: "it goes with \(conditions.map(\.rawValue).joined(separator: ", "))")
    }

    /// A fire that never was has no body.
    private var conditionProblems: [SettingProblem] {
        var paths = JSONPathSet()
        guard condition == .scheduleMissed, let when,
            let place = (try? Condition(when, AlertFacts.vocabulary, paths: &paths))?.places.first
        else { return [] }
        return [
            SettingProblem(
                "a missed fire has no payload: the rule tells whatever stands here", at: [.key("when")], columns: place.columns,
                severity: .warning, hint: "a fact such as $schedule works")
        ]
    }
}

extension AlertCondition {
    /// Whether it may still hold after a while.
    var canHold: Bool { waitsForDecision || [.failure, .consecutiveFailures, .runSlow].contains(self) }
    var canRepeat: Bool { waitsForDecision || self == .consecutiveFailures || self == .runSlow }
}

func missingMailServer(at path: [SettingStep]) -> SettingProblem {
    SettingProblem(
        "e-mail needs a mail server, and 'smtp' is not set", at: path,
        hint: "add smtp: {url: smtp://HOST:587, from: sluice@example.org} at the top of the file")
}
