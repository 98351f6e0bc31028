internal import Bytes
internal import Crypto
internal import Model

/// Shopify: Base64 of the HMAC-SHA256 of the raw body in `X-Shopify-Hmac-Sha256`.
struct ShopifyScheme: WebhookScheme {
    let source = WebhookSource.shopify

    func verify(_ message: WebhookMessage, keys: [HMACKey]) -> Refusal? {
        guard let header = message.header("x-shopify-hmac-sha256"), !header.isEmpty else { return .missingSignature }
        guard header.count == 44, let bytes = base64Decode(header), let claimed = SHA256Digest(bytes) else { return .wrongSignature }
        var matches = false
        for key in keys where constantTimeEqual(key.sign(message.body), claimed) { matches = true }
        return matches ? nil : .wrongSignature
    }

    func identity(_ message: WebhookMessage) -> WebhookIdentity {
        WebhookIdentity(deliveryID: headerText(message.header("x-shopify-webhook-id")), event: headerText(message.header("x-shopify-topic")))
    }
}
