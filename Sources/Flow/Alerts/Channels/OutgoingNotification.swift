/// A message in the form of its channel, ready to be sent.
package enum OutgoingNotification: Sendable {
    case http(HTTPMessage)
    case mail(MailMessage)

    package struct HTTPMessage: Sendable, Equatable {
        package var url: String
        /// Without `Content-Length` and `User-Agent`.
        package var headers: [(name: String, value: String)]
        package var body: [UInt8]

        package init(url: String, headers: [(name: String, value: String)], body: [UInt8]) {
            self.url = url
            self.headers = headers
            self.body = body
        }

        package static func == (left: HTTPMessage, right: HTTPMessage) -> Bool {
            left.url == right.url && left.body == right.body
                && left.headers.elementsEqual(right.headers) { $0.name == $1.name && $0.value == $1.value }
        }
    }

    package struct MailMessage: Sendable, Equatable {
        package var recipients: [String]
        /// RFC 5322 with MIME parts, lines ending in CRLF.
        package var bytes: [UInt8]

        package init(recipients: [String], bytes: [UInt8]) {
            self.recipients = recipients
            self.bytes = bytes
        }
    }
}

/// A channel with its references looked up: what a message is written for.
package struct ResolvedChannel: Sendable {
    package var settings: Kind

    package enum Kind: Sendable {
        /// `secret`: the key of Standard Webhooks, already decoded.
        case webhook(url: String, secret: [UInt8]?)
        /// `hasButtons`: Slack's own buttons decide (the server takes its interactions); otherwise they are links.
        case slack(url: String, hasButtons: Bool)
        case email(to: [String], from: String)
        case discord(url: String)
        case teams(url: String)
        /// `url` ends in the topic.
        case ntfy(url: String, token: String?)
        case pagerduty(url: String, routingKey: String)
    }

    package init(_ settings: Kind) { self.settings = settings }
}
