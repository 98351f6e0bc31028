internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// Stripe: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=...]` over `<t>.<raw body>`. Other versions are passed over, one match is enough.
    /// Id and type stand in the body. All of the secret's text is the key, `whsec_` included.
    static let stripe = WebhookScheme(
        .stripe, id: [.member("id")], event: [.member("type")], pings: ["v2.core.event_destination.ping"]
    ) { StripeSignature(keys: SigningKeys($0.keys), tolerance: $0.tolerance) }
}

private struct StripeSignature: SignatureCheck {
    let keys: SigningKeys
    let tolerance: Int

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        guard let header = message.filledHeader("stripe-signature") else { throw .missingSignature }
        let claimed = digests(header, separator: ASCII.comma, version: "v1=", .hex)
        guard let time = time(header), let seconds = parseDecimalInt(time), !claimed.isEmpty else { throw .missingSignature }
        let secret = try withBytes(".") { dot throws(Refusal) in try keys.match(any: claimed, [time, dot, message.body]) }
        try requireFresh(seconds: seconds, message, tolerance: tolerance)
        return Proof(secret: secret)
    }

    private func time(_ header: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var last: UnsafeRawBufferPointer?
        for part in header.split(separator: ASCII.comma, maxSplits: 32) {
            if let value = UnsafeRawBufferPointer(rebasing: part).trimmingBlanks().behind("t=") { last = value }
        }
        return last
    }
}
