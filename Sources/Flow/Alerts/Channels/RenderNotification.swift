/// The bytes of a message for its channel. Pure: the same content gives the same bytes, but for what depends on `content.now` (the time
/// left, the time of a signature).
package func render(_ content: NotificationContent, for channel: ResolvedChannel) -> OutgoingNotification {
    switch channel.settings {
    case .webhook(let url, let secret): .http(webhookMessage(content, url: url, secret: secret))
    case .slack(let url, let hasButtons): .http(slackMessage(content, url: url, hasButtons: hasButtons))
    case .email(let to, let from): .mail(emailMessage(content, to: to, from: from))
    case .discord(let url): .http(discordMessage(content, url: url))
    case .teams(let url): .http(teamsMessage(content, url: url))
    case .ntfy(let url, let token): .http(ntfyMessage(content, url: url, token: token))
    case .pagerduty(let url, let key): .http(pagerDutyMessage(content, url: url, routingKey: key))
    }
}

/// Headers of a JSON message without more to say.
let jsonHeaders = [(name: "Content-Type", value: "application/json")]
