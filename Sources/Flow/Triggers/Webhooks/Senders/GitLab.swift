internal import Crypto
internal import Model

extension WebhookScheme {
    /// GitLab: a token that is sent as it is, or from version 19 on a signing token, with which it signs as Standard Webhooks do. A hook may
    /// have both. It sends `webhook-id` with every delivery; only `webhook-signature` says that it signed.
    ///
    /// Users write `push` where the header says `Push Hook` (or `System Hook`), so filters know both.
    static let gitlab = WebhookScheme(
        .gitlab, id: [.header("idempotency-key"), .header("webhook-id")], event: [.header("x-gitlab-event"), .member("object_kind")],
        otherWords: [.member("object_kind")], action: .member("object_attributes", "action")
    ) { GitLabCheck($0) }
}

private struct GitLabCheck: SignatureCheck {
    /// Hashes, so that comparing takes the same time for tokens of any length.
    private let tokens: [(number: Int, hash: SHA256Digest)]
    private let signing: StandardSignature

    init(_ options: SignatureOptions) {
        var tokens: [(number: Int, hash: SHA256Digest)] = []
        var keys: [(number: Int, key: SigningKey)] = []
        for (number, key) in zip(1..., options.keys) {
            switch key {
            case .text(let token): tokens.append((number, sha256(token)))
            case .decoded: keys.append((number, key))
            }
        }
        self.tokens = tokens
        signing = StandardSignature(keys: SigningKeys(keys), tolerance: options.tolerance)
    }

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        // A hook with both tokens sends both headers, whichever of them this endpoint knows.
        if !signing.keys.isEmpty, tokens.isEmpty || message.filledHeader("webhook-signature") != nil { return try signing.verify(message) }
        guard let token = message.filledHeader("x-gitlab-token") else { throw .missingSignature }
        let presented = sha256(token)
        var found: Int?
        for (number, hash) in tokens where constantTimeEqual(presented, hash) { found = found ?? number }
        guard let found else { throw Refusal(401, "signature_mismatch", "the token is not the endpoint's") }
        return Proof(secret: found)
    }
}
