internal import Crypto
internal import Model

/// Any other sender: `sha256=<hex>` of the raw body's HMAC-SHA256 in one of three customary headers. Bodies may be anything.
struct GenericScheme: WebhookScheme {
    let source = WebhookSource.generic
    var sendsJSON: Bool { false }

    func verify(_ message: WebhookMessage, keys: [HMACKey]) -> Refusal? {
        let value = message.header("x-hub-signature-256") ?? message.header("x-signature-256") ?? message.header("x-webhook-signature")
        guard let value, !value.isEmpty else { return .missingSignature }
        return matchesHexSignature(value, of: message.body, keys: keys) ? nil : .wrongSignature
    }

    func identity(_ message: WebhookMessage) -> WebhookIdentity {
        WebhookIdentity(
            deliveryID: headerText(message.header("idempotency-key")) ?? headerText(message.header("webhook-id")),
            event: headerText(message.header("x-event-type")))
    }
}
