/// The kinds of destinations.
package enum ChannelKind: String, Sendable, CaseIterable {
    case webhook, slack, email, discord, teams, ntfy, pagerduty
}

/// A channel of the configuration. References such as `$NAME` are looked up when a message is sent, so that no secret is stored.
package struct NotificationChannel: Sendable, Equatable {
    package var name = ""
    package var kind = ChannelKind.webhook
    /// A URL or a reference to one; of e-mail: nil.
    package var url: String?
    /// Of e-mail: the addresses.
    package var to: [String] = []
    /// Of a webhook: what it is signed with (Standard Webhooks); a reference or a literal.
    package var secret: String?
    /// Of ntfy: an access token; of PagerDuty: the routing key.
    package var token: String?

    package init() {}
}

/// The mail server.
package struct SMTPSettings: Sendable, Equatable {
    package enum Security: String, Sendable, CaseIterable {
        /// STARTTLS, or no mail. `smtps://` is encrypted from the start.
        case required
        /// STARTTLS where the server offers it.
        case optional
        case none
    }
    /// `smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`.
    package var url = ""
    package var from = ""
    package var user: String?
    package var password: String?
    package var security = Security.required

    package init() {}
}

/// What Slack's buttons need.
package struct SlackSettings: Sendable, Equatable {
    /// A reference or a literal.
    package var signingSecret = ""
    /// Slack's user ids, and the names under which they decide.
    package var users: [String: String] = [:]
    /// Workspaces (`T...`) from which clicks are taken; empty: any that signs with the secret.
    package var teams: [String] = []

    package init() {}
}

/// A URL that is asked for while the server is well, so that its silence is noticed elsewhere.
package struct HeartbeatSettings: Sendable, Equatable {
    /// A reference or a URL.
    package var url = ""
    /// Seconds.
    package var every = 60

    package init() {}
}

/// All of the configuration that says who is told what.
package struct AlertSettings: Sendable, Equatable {
    package var rules: [AlertRule] = []
    package var channels: [NotificationChannel] = []
    package var smtp: SMTPSettings?
    package var slack: SlackSettings?
    package var heartbeat: HeartbeatSettings?
    /// Blocks of addresses (`10.0.0.0/8`) or host names to which a caller's `callback_url` may lead although they are private.
    package var callbackAllow: [String] = []

    package init() {}
}
