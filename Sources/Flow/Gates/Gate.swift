package import Model

/// What an endpoint's rules say to a call: run at once, or ask first. A pure function of the settings that are in force when the call
/// arrives; what it says is frozen with the call.
package func gate(_ settings: EndpointSettings) -> GateVerdict {
    settings.approvalRequired ? .ask(timeoutMinutes: settings.approvalTimeoutMinutes) : .run
}
