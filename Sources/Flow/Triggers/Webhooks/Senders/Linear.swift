internal import Crypto
internal import JSON
internal import Model

extension WebhookScheme {
    /// Linear: bare hex over the raw body, in which `webhookTimestamp` says when it was sent, in milliseconds.
    static let linear = WebhookScheme(
        .linear, id: [.header("linear-delivery")], event: [.header("linear-event"), .member("type")], action: .member("action")
    ) { LinearSignature(body: BodySignature(headers: ["linear-signature"], keys: SigningKeys($0.keys)), tolerance: $0.tolerance) }
}

private struct LinearSignature: SignatureCheck {
    let body: BodySignature
    let tolerance: Int

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        let proof = try body.verify(message)
        // A body that is no JSON is refused as such, later.
        guard let found = try? findJSON(message.body, at: [["webhookTimestamp"]]) else { return proof }
        guard let milliseconds = found[0]?.int64 else {
            throw Refusal(401, "timestamp_missing", "the signed body has no webhookTimestamp")
        }
        try requireFresh(seconds: Int(milliseconds / 1000), message, tolerance: tolerance)
        return proof
    }
}
