internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// Gitea and Forgejo: bare hex in headers of their own, and what GitHub sends as well. The signature covers the JSON, also when that
    /// travels in a form's field `payload`, where GitHub signs the form.
    static func gitea(_ source: WebhookSource) -> WebhookScheme {
        WebhookScheme(
            source, bodies: .jsonOrPayload,
            id: [.header("x-gitea-delivery"), .header("x-forgejo-delivery"), .header("x-gogs-delivery"), .header("x-github-delivery")],
            event: [.header("x-gitea-event"), .header("x-forgejo-event"), .header("x-gogs-event"), .header("x-github-event")],
            otherWords: [.header("x-gitea-event-type"), .header("x-forgejo-event-type"), .header("x-github-event-type")],
            action: .member("action")
        ) { GiteaSignature(keys: SigningKeys($0.keys)) }
    }
}

private struct GiteaSignature: SignatureCheck {
    private let claim: BodySignature
    private let keys: SigningKeys

    init(keys: SigningKeys) {
        self.keys = keys
        claim = BodySignature(
            headers: ["x-gitea-signature", "x-forgejo-signature", "x-gogs-signature", "x-hub-signature-256"], prefix: "sha256=", keys: keys)
    }

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        let claimed = try claim.claimed(message)
        guard message.isForm else { return Proof(secret: try keys.match(claimed, message.body)) }
        guard let fields = try? parseForm(message.body, maxFields: 16), let payload = fields.first(where: { $0.name == "payload" }) else {
            throw .wrongSignature
        }
        return Proof(secret: try withBytes(payload.value) { json throws(Refusal) in try keys.match(claimed, json) })
    }
}
