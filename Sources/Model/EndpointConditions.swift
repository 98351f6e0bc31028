package import Conditions
package import JSON

/// What conditions may know of a call beside its payload.
package struct CallFacts: ConditionContext, Sendable {
    package let trigger: CallSource
    /// Who sent a webhook: `github`.
    package let source: String?
    package let event: String?
    /// The sender's id of the delivery.
    package let id: String?
    package let method: String?
    package var arguments: [String: String]

    package init(
        trigger: CallSource, source: String? = nil, event: String? = nil, id: String? = nil, method: String? = nil,
        arguments: [String: String] = [:]
    ) {
        self.trigger = trigger
        self.source = source
        self.event = event
        self.id = id
        self.method = method
        self.arguments = arguments
    }

    package func fact(_ name: String) -> String? {
        switch name {
        case "trigger": trigger.rawValue
        case "source": source
        case "event": event
        case "id": id
        case "method": method
        default: nil
        }
    }

    package func member(_ name: String, of group: String) -> String? { group == "args" ? arguments[name] : nil }

    package static let vocabulary = Vocabulary(facts: ["event", "source", "id", "method", "trigger"], groups: ["args"])
}

/// What of an endpoint's settings looks into the payload, compiled: one set of paths, so that a body is searched once for all of it.
package struct EndpointConditions: Sendable {
    package struct FilledArgument: Sendable {
        package let argument: Argument
        package let path: String
        package let slot: Int
    }

    package private(set) var paths = JSONPathSet()
    /// Whether a request is taken at all.
    package private(set) var when: Condition?
    /// Whether it asks.
    package private(set) var approval: Condition?
    /// Arguments that webhooks fill.
    package private(set) var arguments: [FilledArgument] = []

    /// Nil for settings without any of it.
    /// - Throws: also for a condition that a call could get around.
    package init?(_ settings: EndpointSettings) throws(ConditionError) {
        guard settings.condition != nil || settings.approvalCondition != nil || settings.arguments.contains(where: { $0.payloadPath != nil })
        else { return nil }
        if let text = settings.condition { when = try Condition(text, CallFacts.vocabulary, paths: &paths) }
        if let text = settings.approvalCondition { approval = try Condition(text, CallFacts.vocabulary, paths: &paths) }
        for condition in [when, approval].compactMap(\.self) {
            if let error = bypassedPlaces(condition, settings).first { throw error }
        }
        for argument in settings.arguments {
            guard let path = argument.payloadPath else { continue }
            guard let slot = paths.add(try parsePayloadPath(path)) else {
                throw .tooManyPaths(JSONPathSet.limit)
            }
            arguments.append(FilledArgument(argument: argument, path: path, slot: slot))
        }
    }

    /// - Parameter unreadable: why there is no payload.
    package func finding(_ payload: FoundValues?, _ facts: CallFacts, unreadable: String?) -> ConditionFinding {
        guard let approval else { return .absent }
        switch approval.ask(payload, facts) {
        case .yes: return .holds
        case .no: return .fails
        case .undecided: return .undecided(unreadable ?? "it takes too long or meets an ambiguous payload")
        }
    }

    /// A fire has no payload: what the condition says without one.
    package func finding(ofFire arguments: [String: String]) -> ConditionFinding {
        finding(nil, CallFacts(trigger: .schedule, arguments: arguments), unreadable: "a schedule has no payload")
    }
}

extension EndpointSettings {
    /// The arguments of a fire, with the defaults of those that the schedule leaves out.
    package func arguments(of schedule: ScheduleSettings) -> [String: String] {
        var values: [String: String] = [:]
        for argument in arguments { values[argument.name] = schedule.arguments[argument.name] ?? argument.defaultValue }
        return values
    }
}
