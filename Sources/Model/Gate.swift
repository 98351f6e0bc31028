/// What the gate said: run at once, or ask first, perhaps with the reason.
package enum GateVerdict: Sendable, Equatable {
    case run
    case ask(timeoutMinutes: Int, reason: String? = nil)
}

/// What the condition of `approval_required` says about a call.
package enum ConditionFinding: Sendable, Equatable {
    /// There is none, or nobody asked it.
    case absent
    case holds
    case fails
    /// It needs what cannot be read; with the reason.
    case undecided(String)
}

/// The gate, as it is handed to those who freeze calls.
package struct GateRule: Sendable {
    private let decide: @Sendable (EndpointSettings, ConditionFinding) -> GateVerdict

    package init(_ decide: @escaping @Sendable (EndpointSettings, ConditionFinding) -> GateVerdict) { self.decide = decide }

    /// A gate that stands open.
    package static let run = GateRule { _, _ in .run }

    package func callAsFunction(_ settings: EndpointSettings, _ finding: ConditionFinding) -> GateVerdict { decide(settings, finding) }
}
