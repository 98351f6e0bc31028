internal import Bytes
internal import Crypto
internal import Model

extension WebhookScheme {
    /// Slack: `v0=<hex>` over `v0:<time>:<raw body>`, for events (JSON), slash commands and interactivity (forms, the latter with a field
    /// `payload`). An event is its inner type, a slash command the command itself, a click its kind with the `action_id` as action.
    /// Commands and clicks have no id but their trigger's.
    ///
    /// `url_verification` wants its challenge back; `ssl_check=1` only tries the address of a slash command.
    static let slack = WebhookScheme(
        .slack, bodies: .jsonOrForm, id: [.member("event_id"), .member("trigger_id"), .field("trigger_id")],
        event: [.member("event", "type"), .member("type"), .field("ssl_check"), .field("command")],
        action: .member("actions", "0", "action_id"), pings: ["1"], challenge: "url_verification"
    ) { SlackSignature(keys: SigningKeys($0.keys), tolerance: $0.tolerance) }
}

/// Refuses what Slack has not signed with this app's signing secret within the last five minutes: clicks, that is, which belong to no
/// endpoint.
package func requireSlackSignature(_ message: WebhookMessage, secret: [UInt8]) throws(Refusal) {
    _ = try SlackSignature(keys: SigningKeys([.text(secret)]), tolerance: 300).verify(message)
}

private struct SlackSignature: SignatureCheck {
    let keys: SigningKeys
    let tolerance: Int

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof {
        guard let header = message.filledHeader("x-slack-signature"), let time = message.filledHeader("x-slack-request-timestamp"),
            let value = header.behind("v0=")
        else { throw .missingSignature }
        guard let claimed = digest(value, .hex), let seconds = parseDecimalInt(time) else { throw .wrongSignature }
        let secret = try withBytes("v0::") { text throws(Refusal) in
            try keys.match(any: [claimed], [text.part(0, 3), time, text.part(3, 4), message.body])
        }
        try requireFresh(seconds: seconds, message, tolerance: tolerance)
        return Proof(secret: secret)
    }
}
