/// A mail to hand to a server by SMTP (RFC 5321).
package struct OutgoingMail: Sendable, Equatable {
    /// What to do about TLS on an `smtp://` connection (RFC 3207). `smtps://` begins with TLS anyhow.
    package enum StartTLS: Sendable, Equatable {
        /// Without TLS nothing is sent, no password either.
        case demanded
        /// In clear text, password included, to a server that does not offer it, or to somebody in between who hides the offer.
        case ifOffered
        case never
    }

    /// `smtp://host:port` or `smtps://host:port`; a path is the name to introduce oneself by instead of the machine's. Without user
    /// information: `user` and `password` have places of their own.
    package var server: String
    /// Bare addresses. Recipients that the server refuses do not keep the others from getting the mail (libcurl 7.69 and later).
    package var from: String
    package var recipients: [String]
    package var user: String?
    package var password: String?
    package var startTLS = StartTLS.demanded
    /// Header and body. Whatever ends its lines is sent as CR LF; dots at their beginnings are doubled on the way.
    package var message: [UInt8]

    package var connectTimeout: Duration = .seconds(10)
    /// Of the whole exchange; servers take their time to look at a message.
    package var totalTimeout: Duration = .seconds(60)
    /// A file of certificates in PEM to trust instead of the system's.
    package var caFile: String?

    package init(server: String, from: String, recipients: [String], message: [UInt8]) {
        self.server = server
        self.from = from
        self.recipients = recipients
        self.message = message
    }
}

/// The mail server's last word (RFC 5321 section 4.2).
package struct MailReply: Sendable, Equatable {
    /// 200 to 599.
    package let code: Int
    /// The whole answer in one line, with its code: `250 2.0.0 Ok: queued as 4F2A`. At most 1 KiB, control characters replaced. Where the
    /// server took the mail for some recipients only: `250 ... (1 of 3 recipients refused: 550 5.1.1 nobody here)`, at most 3 KiB.
    package let text: String

    /// The server answers for the mail from now on.
    package var isAccepted: Bool { (200...299).contains(code) }
    /// Whether the same mail may succeed later.
    package var isTransient: Bool { (400...499).contains(code) }
}

/// Refuses what could add a command: libcurl passes addresses on as they are.
func validate(_ mail: OutgoingMail) throws(CurlError) {
    guard mail.server.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
        throw CurlError(.invalidRequest, "the mail server's URL contains a blank or a control character")
    }
    let parts = mail.server.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count >= 3, ["smtp:", "smtps:"].contains(parts[0].lowercased()), parts[1].isEmpty, !parts[2].isEmpty else {
        throw CurlError(.invalidRequest, "the mail server's URL is not smtp://host:port or smtps://host:port")
    }
    guard !mail.server.contains("@") else {
        throw CurlError(.invalidRequest, "the mail server's URL contains user information, which belongs into user and password")
    }
    guard !mail.recipients.isEmpty else { throw CurlError(.invalidRequest, "the mail has no recipient") }
    for address in [mail.from] + mail.recipients {
        guard !address.isEmpty, address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != 0x3C && $0 != 0x3E }) else {
            throw CurlError(.invalidRequest, "a mail address is empty or contains a blank, a control character or angle brackets")
        }
    }
    guard (mail.user == nil) == (mail.password == nil) else {
        throw CurlError(.invalidRequest, "the mail server's user and password must both be given, or none")
    }
    for secret in [mail.user, mail.password].compactMap({ $0 }) where secret.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
        throw CurlError(.invalidRequest, "the mail server's user or password contains a control character")
    }
    guard mail.caFile?.utf8.contains(0) != true else { throw CurlError(.invalidRequest, "the certificate file's name contains a zero byte") }
}

/// The message with every line end as CR LF. A lone CR or LF would be a line end to some servers and none to others, and so could
/// smuggle the end of the message into its middle (RFC 5321 section 2.3.8).
func canonicalLines(_ message: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(message.count + message.count / 32)
    var previous: UInt8 = 0
    for byte in message {
        if byte == 0x0D || byte == 0x0A {
            if byte != 0x0A || previous != 0x0D { output += [0x0D, 0x0A] }
        } else {
            output.append(byte)
        }
        previous = byte
    }
    return output
}
