package import Conditions
package import JSON

/// What a rule's `when` and `text` may know of an event beside the payload of its call.
package struct AlertFacts: ConditionContext, Sendable, Equatable {
    package var endpoint: String?
    /// The rule's condition: `failure`.
    package var condition: String?
    /// Of the run, the approval or the delivery, in the words of the API.
    package var status: String?
    package var exitCode: Int?
    package var durationMilliseconds: Int?
    /// Where the call came from: `api`, `webhook`, `schedule`.
    package var source: String?
    /// The sender's event, or the instant for which a schedule fired.
    package var event: String?
    package var requestedBy: String?
    package var decidedBy: String?
    /// The name of the schedule.
    package var schedule: String?
    /// Why a delivery was refused, or an approval denied.
    package var reason: String?
    /// Of what comes by the number: failures in a row, refused deliveries, missed fires.
    package var count: Int?

    package init() {}

    package static let vocabulary = Vocabulary(
        facts: [
            "endpoint", "condition", "status", "exit_code", "duration_ms", "source", "event", "requested_by", "decided_by", "schedule", "reason",
            "count",
        ],
        numbers: ["exit_code", "duration_ms", "count"])

    package func fact(_ name: String) -> String? {
        switch name {
        case "endpoint": endpoint
        case "condition": condition
        case "status": status
        case "exit_code": exitCode.map { String($0) }
        case "duration_ms": durationMilliseconds.map { String($0) }
        case "source": source
        case "event": event
        case "requested_by": requestedBy
        case "decided_by": decidedBy
        case "schedule": schedule
        case "reason": reason
        case "count": count.map { String($0) }
        default: nil
        }
    }

    package func member(_ name: String, of group: String) -> String? { nil }

    /// The text of a rule with the facts in place of `{fact}`; one that is missing is `-`. Facts are taken as they are: whoever puts the
    /// result into a message escapes all of it.
    package func fill(_ template: String) -> String {
        guard let parts = try? alertTextParts(template) else { return template }
        return parts.map { part in
            switch part {
            case .literal(let text): text
            case .fact(let name): fact(name) ?? "-"
            }
        }.joined()
    }
}

/// The `when` of a rule, compiled.
package struct AlertFilter: Sendable {
    /// What it looks at in the body of a call.
    package private(set) var paths = JSONPathSet()
    private let condition: Condition

    package init(_ text: String) throws(ConditionError) { condition = try Condition(text, AlertFacts.vocabulary, paths: &paths) }

    /// Whether the rule tells of it. What cannot be told (a body that is no JSON, or that takes too many steps) is told of: silence would
    /// hide it.
    /// - Parameter payload: what was found at `paths`; nil where there is no body, or none that can be read.
    package func passes(_ payload: FoundValues?, _ facts: AlertFacts) -> Bool { condition.ask(payload, facts) != .no }
}
