package import Model

/// What an endpoint's rules say to a call: run at once, or ask first. A pure function of the settings that are in force when the call
/// arrives and of what their condition says about it; the verdict is frozen with the call.
///
/// It fails closed: only a condition that was asked and does not hold lets a call of a gated endpoint through.
package func gate(_ settings: EndpointSettings, _ finding: ConditionFinding) -> GateVerdict {
    guard settings.approvalRequired else { return .run }
    let minutes = settings.approvalTimeoutMinutes
    guard let condition = settings.approvalCondition else { return .ask(timeoutMinutes: minutes) }
    switch finding {
    case .fails: return .run
    case .holds: return .ask(timeoutMinutes: minutes, reason: "approval_required: when \(condition)")
    case .undecided(let why): return .ask(timeoutMinutes: minutes, reason: "\(why), so this could not be decided: when \(condition)")
    case .absent: return .ask(timeoutMinutes: minutes, reason: "nobody could say whether this holds: when \(condition)")
    }
}
