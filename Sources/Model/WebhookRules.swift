internal import Crypto

/// What does not go together in a webhook's signatures, times and events.
func signatureProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    genericOnlyProblems(settings) + timeProblems(settings) + secretCountProblems(settings) + eventProblems(settings)
}

/// The names of the fields beside `secret` and `webhook_source` that are set though only webhooks read them.
func signatureFields(_ settings: EndpointSettings) -> [String] {
    let webhook = settings.webhook
    return [("secrets", !webhook.secrets.isEmpty), ("webhook_tolerance", webhook.tolerance != nil)].filter(\.1).map(\.0)
        + genericOnlyFields(webhook)
}

private func genericOnlyFields(_ webhook: WebhookSettings) -> [String] {
    let given = [
        ("signature_header", webhook.signatureHeader != nil), ("signature_prefix", webhook.signaturePrefix != nil),
        ("signature_encoding", webhook.signatureEncoding != .hex), ("signature_algorithm", webhook.signatureAlgorithm != .sha256),
        ("id_header", webhook.idHeader != nil), ("event_header", webhook.eventHeader != nil),
    ]
    return given.filter(\.1).map(\.0)
}

private func genericOnlyProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    let source = settings.webhookSource
    guard source == .generic else {
        return genericOnlyFields(settings.webhook).map {
            SettingProblem(
                "'\($0)' is for a generic webhook; how \(source.rawValue) writes its headers is known", at: [.key($0)], atKey: true,
                hint: "leave it out, or set webhook_source: generic")
        }
    }
    guard settings.signingSecrets.isEmpty, !settings.webhook.hasStandardSignature else { return [] }
    return genericOnlyFields(settings.webhook).filter { $0.hasPrefix("signature_") }.prefix(1).map {
        SettingProblem(
            "'\($0)' without a secret verifies nothing, and any message is taken", at: [.key($0)], atKey: true, hint: "set secret: $NAME")
    }
}

private func timeProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    guard settings.webhook.tolerance != nil, settings.webhookSource.tolerance == nil else { return [] }
    let signing = WebhookSource.allCases.filter { $0.tolerance != nil }.map(\.rawValue).joined(separator: ", ")
    return [
        SettingProblem(
            "\(settings.webhookSource.rawValue) signs no time, so 'webhook_tolerance' cannot be kept", at: [.key("webhook_tolerance")],
            atKey: true, hint: "leave it out; a time is signed by \(signing)")
    ]
}

/// What only its keys tell: a plain token of GitLab's signs no time.
/// - Parameter keys: all that the endpoint has.
package func toleranceProblem(_ settings: EndpointSettings, keys: [SigningKey]) -> SettingProblem? {
    guard settings.trigger == .webhook, settings.webhookSource == .gitlab, settings.webhook.tolerance != nil else { return nil }
    for case .decoded in keys { return nil }
    return SettingProblem(
        "gitlab signs a time only with a signing token (whsec_...), and this endpoint has none, so 'webhook_tolerance' cannot be kept",
        at: [.key("webhook_tolerance")], atKey: true, hint: "leave it out, or set the hook's signing token as a secret")
}

private func secretCountProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    let limit = 8
    guard settings.webhook.secrets.count > limit else { return [] }
    return [
        SettingProblem(
            "at most \(limit) secrets, not \(settings.webhook.secrets.count): each costs a signature of every delivery", at: [.key("secrets")])
    ]
}

private func eventProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    guard !settings.webhookEvents.isEmpty, !settings.webhookEvents.contains("*") else { return [] }
    let path: [SettingStep] = [.key("webhook_events")]
    if !settings.webhookSource.namesEvents {
        return [
            SettingProblem(
                "a \(settings.webhookSource.rawValue) webhook names no event, so this filter lets nothing through", at: path,
                severity: .warning, hint: "leave webhook_events out")
        ]
    }
    if settings.webhookSource == .generic, settings.webhook.eventHeader == nil {
        return [
            SettingProblem(
                "a generic webhook names its event in X-Event-Type; from a sender without that header this filter lets nothing through",
                at: path, severity: .warning, hint: "set webhook_source, or event_header to the header that names the event")
        ]
    }
    return []
}
