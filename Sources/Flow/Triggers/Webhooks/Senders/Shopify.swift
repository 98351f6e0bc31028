internal import Model

extension WebhookScheme {
    /// Shopify: Base64 of the HMAC-SHA256 of the raw body. `X-Shopify-Event-Id` is shared by all subscriptions of an event, so it is no
    /// delivery's name.
    static let shopify = WebhookScheme(
        .shopify, id: [.header("x-shopify-webhook-id")], event: [.header("x-shopify-topic")]
    ) { BodySignature(headers: ["x-shopify-hmac-sha256"], encoding: .base64, keys: SigningKeys($0.keys)) }
}
