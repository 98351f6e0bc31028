/// The names of fields within `alerts`, `channels`, `smtp`, `slack` and `heartbeat`, for whoever shows a file.
package enum AlertFieldNames {
    package static let all = Set(
        AlertRule.fields.map(\.name) + WrittenTargets.keys + AlertEscalation.fields.map(\.name) + NotificationChannel.fields.map(\.name)
            + SMTPSettings.fields.map(\.name) + SlackSettings.fields.map(\.name) + HeartbeatSettings.fields.map(\.name))
    /// Those whose values are secrets, or hold one as the URLs of hooks do.
    package static let secret: Set = ["destination", "url", "secret", "token", "routing_key", "password", "signing_secret"]
}
