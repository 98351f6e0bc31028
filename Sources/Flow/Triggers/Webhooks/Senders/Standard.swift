internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// Standard Webhooks 1.0, in the spelling of Svix too (www.standardwebhooks.com): a list of `v1,<Base64>` over `<id>.<time>.<raw body>`.
    /// Signatures of other versions, such as ed25519's `v1a`, are passed over.
    static let standard = WebhookScheme(
        .standard, id: [.header("webhook-id"), .header("svix-id")], event: [.member("type")]
    ) { StandardSignature(keys: SigningKeys($0.keys), tolerance: $0.tolerance) }
}

/// Also GitLab's, with its signing token.
struct StandardSignature: SignatureCheck {
    let keys: SigningKeys
    let tolerance: Int

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        if let signatures = message.filledHeader("webhook-signature") {
            return try verify(message, signatures, id: message.filledHeader("webhook-id"), time: message.filledHeader("webhook-timestamp"))
        }
        guard let signatures = message.filledHeader("svix-signature") else { throw .missingSignature }
        return try verify(message, signatures, id: message.filledHeader("svix-id"), time: message.filledHeader("svix-timestamp"))
    }

    private func verify(
        _ message: WebhookMessage, _ signatures: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer?, time: UnsafeRawBufferPointer?
    ) throws(Refusal) -> Proof {
        guard let id, let time else { throw .missingSignature }
        guard let seconds = parseDecimalInt(time) else { throw .wrongSignature }
        let claimed = digests(signatures, separator: ASCII.space, version: "v1,", .base64)
        let secret = try withBytes(".") { dot throws(Refusal) in
            try keys.match(any: claimed, [id, dot, time, dot, message.body])
        }
        try requireFresh(seconds: seconds, message, tolerance: tolerance)
        return Proof(secret: secret, id: id)
    }
}
