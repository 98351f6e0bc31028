internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// Any other sender: a MAC of the raw body in a header, by default HMAC-SHA256 in hex in one of three customary ones. Bodies may be
    /// anything.
    static func generic(_ settings: WebhookSettings) -> WebhookScheme {
        WebhookScheme(
            .generic, bodies: .any,
            id: settings.idHeader.map { [.namedHeader($0)] } ?? [.header("idempotency-key"), .header("webhook-id")],
            event: [settings.eventHeader.map { .namedHeader($0) } ?? .header("x-event-type")]
        ) { options in
            guard settings.hasStandardSignature else { return ConfiguredSignature(options) }
            return BodySignature(
                headers: ["x-hub-signature-256", "x-signature-256", "x-webhook-signature"], prefix: "sha256=", keys: SigningKeys(options.keys))
        }
    }
}

/// A signature as the endpoint describes it.
private struct ConfiguredSignature: SignatureCheck {
    private let headers: [String]
    /// Must be there.
    private let prefix: [UInt8]
    /// May be there: the algorithm's name, as many write it.
    private let customaryPrefix: [UInt8]
    private let encoding: SignatureEncoding
    private let keys: [MACKey]

    init(_ options: SignatureOptions) {
        let settings = options.settings
        headers = settings.signatureHeader.map { [$0] } ?? ["X-Hub-Signature-256", "X-Signature-256", "X-Webhook-Signature"]
        prefix = Array((settings.signaturePrefix ?? "").utf8)
        customaryPrefix = settings.signaturePrefix == nil ? Array("\(settings.signatureAlgorithm.rawValue)=".utf8) : []
        encoding = settings.signatureEncoding
        keys = options.keys.map { MACKey($0.bytes, settings.signatureAlgorithm) }
    }

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        guard let value = headers.lazy.compactMap({ message.header(named: $0) }).first(where: { !$0.isEmpty }) else { throw .missingSignature }
        guard value.starts(with: prefix) else { throw .wrongSignature }
        var text = value.part(prefix.count, value.count)
        if text.starts(with: customaryPrefix) { text = text.part(customaryPrefix.count, text.count) }
        if text.isEmpty { throw .missingSignature }
        // Nothing longer than Base64 or hex of 64 bytes can match.
        guard text.count <= 128, let claimed = encoding == .hex ? hexDecode(text) : base64Decode(text, padding: .optional) else {
            throw .wrongSignature
        }
        var found: Int?
        for (index, key) in keys.enumerated() where constantTimeEqual(key.sign([message.body]), claimed) { found = found ?? index + 1 }
        guard let found else { throw .wrongSignature }
        return Proof(secret: found)
    }
}
