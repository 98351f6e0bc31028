internal import Model

extension WebhookScheme {
    /// Sentry's integrations: bare hex. `Sentry-Hook-Timestamp` is not signed, so it proves nothing.
    static let sentry = WebhookScheme(
        .sentry, id: [.header("request-id")], event: [.header("sentry-hook-resource")], action: .member("action")
    ) { BodySignature(headers: ["sentry-hook-signature"], keys: SigningKeys($0.keys)) }
}
