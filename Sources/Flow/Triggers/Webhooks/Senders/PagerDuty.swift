internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// PagerDuty's webhooks v3: `v1=<hex>[,v1=...]` over the raw body, one for each of its secrets. The event's id in the body is signed and
    /// stays over attempts, so it comes before the header's, which anybody could change. `pagey.ping` is the test.
    static let pagerduty = WebhookScheme(
        .pagerduty, id: [.member("event", "id"), .header("x-webhook-id")], event: [.member("event", "event_type")], pings: ["pagey.ping"]
    ) { PagerDutySignature(keys: SigningKeys($0.keys)) }
}

private struct PagerDutySignature: SignatureCheck {
    let keys: SigningKeys

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        guard let header = message.filledHeader("x-pagerduty-signature") else { throw .missingSignature }
        return Proof(secret: try keys.match(any: digests(header, separator: ASCII.comma, version: "v1=", .hex), [message.body]))
    }
}
