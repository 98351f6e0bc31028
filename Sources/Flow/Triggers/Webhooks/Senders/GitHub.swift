internal import Model

extension WebhookScheme {
    /// GitHub: HMAC-SHA256 of the raw body in `X-Hub-Signature-256`, also for form-encoded hooks (docs.github.com, "Validating webhook
    /// deliveries"). The delivery id is kept on redelivery, and is the same for all hooks that one event starts.
    static let github = WebhookScheme(
        .github, bodies: .jsonOrPayload, id: [.header("x-github-delivery")], event: [.header("x-github-event")], action: .member("action"),
        pings: ["ping"]
    ) { BodySignature(headers: ["x-hub-signature-256"], prefix: "sha256=", keys: SigningKeys($0.keys)) }
}
