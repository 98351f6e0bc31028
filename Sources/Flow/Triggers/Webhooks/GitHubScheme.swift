internal import Crypto
internal import Model

/// GitHub: HMAC-SHA256 of the raw body in `X-Hub-Signature-256`, also for form-encoded hooks
/// (docs.github.com, "Validating webhook deliveries"). The delivery id is kept on redelivery.
struct GitHubScheme: WebhookScheme {
    let source = WebhookSource.github

    func verify(_ message: WebhookMessage, keys: [HMACKey]) -> Refusal? {
        // Gitea and Forgejo without a secret send the header bare; that is no signature.
        guard let value = message.header("x-hub-signature-256"), value.count > 7 else { return .missingSignature }
        return matchesHexSignature(value, of: message.body, keys: keys) ? nil : .wrongSignature
    }

    func identity(_ message: WebhookMessage) -> WebhookIdentity {
        WebhookIdentity(deliveryID: headerText(message.header("x-github-delivery")), event: headerText(message.header("x-github-event")))
    }

    func isPing(event: String?) -> Bool { event == "ping" }
}
