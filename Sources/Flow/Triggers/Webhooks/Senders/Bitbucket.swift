internal import Model

extension WebhookScheme {
    /// Bitbucket, Cloud and Data Center: SHA-256 in the header in which others put SHA-1. Each names its deliveries in a header of its
    /// own; `X-Hook-UUID` is the hook's name. Data Center's test is the event `diagnostics:ping`.
    static let bitbucket = WebhookScheme(
        .bitbucket, id: [.header("x-request-uuid"), .header("x-request-id")], event: [.header("x-event-key")], pings: ["diagnostics:ping"]
    ) { BodySignature(headers: ["x-hub-signature"], prefix: "sha256=", keys: SigningKeys($0.keys)) }
}
