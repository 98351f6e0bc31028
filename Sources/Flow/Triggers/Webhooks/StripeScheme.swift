internal import Bytes
internal import Crypto
internal import JSON
internal import Model

/// Stripe: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=...]` over `<t>.<raw body>`; other schemes are ignored, one match is enough. Id and
/// type stand in the body.
struct StripeScheme: WebhookScheme {
    let source = WebhookSource.stripe

    func verify(_ message: WebhookMessage, keys: [HMACKey]) -> Refusal? {
        guard let header = message.header("stripe-signature"), !header.isEmpty else { return .missingSignature }
        var timestamp: UnsafeRawBufferPointer?
        var claimed: [SHA256Digest] = []
        for part in header.split(separator: ASCII.comma, maxSplits: 32) {
            let item = UnsafeRawBufferPointer(rebasing: part).trimmingBlanks()
            if item.count > 2, bytesEqual(item.part(0, 2), "t=") { timestamp = item.part(2, item.count) }
            if item.count > 3, bytesEqual(item.part(0, 3), "v1="), let digest = hexDigest(item.part(3, item.count)) {
                claimed.append(digest)
            }
        }
        guard let timestamp, let seconds = parseDecimalInt(timestamp), !claimed.isEmpty else { return .missingSignature }
        var matches = false
        withBytes(of: ".") { dot in
            for key in keys {
                let expected = key.sign([timestamp, dot, message.body])
                for digest in claimed where constantTimeEqual(expected, digest) { matches = true }
            }
        }
        guard matches else { return .wrongSignature }
        let now = message.receivedAt / 1_000_000
        let (difference, overflow) = now.subtractingReportingOverflow(Int64(seconds))
        return overflow || difference.magnitude > UInt64(timestampToleranceSeconds) ? .staleTimestamp : nil
    }

    func identity(_ message: WebhookMessage) -> WebhookIdentity {
        guard let body = try? parseJSON(message.body) else { return WebhookIdentity() }
        return WebhookIdentity(deliveryID: text(body["id"]), event: text(body["type"]))
    }

    func claimedID(_ message: WebhookMessage) -> String? { nil }

    private func text(_ value: JSONValue?) -> String? {
        guard let bytes = value?.string.map({ Array($0.utf8) }) else { return nil }
        return bytes.withUnsafeBytes { headerText($0) }
    }
}
