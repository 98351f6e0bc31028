package import Model
package import Store

/// Where notifications go, as far as sending is concerned: order, breaker and pace are kept for each `key`.
package struct Destination: Sendable {
    /// The URL, or the mail server and the recipients. Holds secrets: never to be logged or stored.
    package var key: String
    /// Nil for a caller's `callback_url`, an endpoint's `notify_url` and answers to Slack, which count as webhooks.
    package var kind: ChannelKind?
    /// A caller, or a click in Slack, named it: its address must be public, unless `callback_allow` says that the operator allows it.
    package var isCallers: Bool
    /// For mail.
    package var mailServer: MailServer?

    package struct MailServer: Sendable {
        /// `smtp://` or `smtps://`.
        package var url: String
        package var from: String
        package var user: String?
        package var password: String?
        package var security: SMTPSettings.Security

        package init(url: String, from: String, user: String?, password: String?, security: SMTPSettings.Security) {
            self.url = url
            self.from = from
            self.user = user
            self.password = password
            self.security = security
        }
    }

    package init(key: String, kind: ChannelKind?, isCallers: Bool = false, mailServer: MailServer? = nil) {
        self.key = key
        self.kind = kind
        self.isCallers = isCallers
        self.mailServer = mailServer
    }

    /// Microseconds from the start of one message to that of the next: Slack takes one a second for each webhook.
    package var pace: Int64 { kind == .slack ? 1_000_000 : 0 }
}

/// What becomes of a row that is to be sent.
package enum Composed<Value: Sendable>: Sendable {
    case ready(Value)
    /// Trying again cannot help: the reason, for the log of notifications.
    case impossible(String)
    /// It cannot be written now: the reason.
    case later(String)
}

/// Writes messages for rows of the outbox. Called on the outbox's thread.
package protocol NotificationComposer: Sendable {
    /// Where a row goes. Reads nothing but the configuration.
    func destination(of row: NotificationRow) -> Composed<Destination>
    /// The message itself; reads the store.
    func compose(_ row: NotificationRow) -> Composed<OutgoingNotification>
}
