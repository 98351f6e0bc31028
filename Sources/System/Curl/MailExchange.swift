internal import CCurl

/// What one SMTP exchange gathers while libcurl works: the server's last answer, and those about the recipients.
final class MailExchange: Conversation {
    private let job: MailJob
    private var reply: [UInt8] = []
    private var replyIsComplete = true
    /// The last complete answers, as many as there are recipients.
    private var lastReplies: [[UInt8]] = []
    /// Refusals of single recipients of a mail that others got.
    private var refusals: [[UInt8]] = []

    private static let maxReplyBytes = 1024

    init(_ job: MailJob) {
        self.job = job
        super.init(rule: AddressRule())
    }

    override var isCancelled: Bool { job.isCancelled }

    /// `250-text` goes on, `250 text` ends an answer.
    override func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        // The answer to QUIT says nothing of the mail.
        if line.starts(with: [0x32, 0x32, 0x31]) { return true }
        if replyIsComplete { reply.removeAll(keepingCapacity: true) }
        replyIsComplete = line.count < 4 || line[3] != 0x2D
        let text = reply.isEmpty ? line[...] : line.dropFirst(min(4, line.count))
        if !reply.isEmpty { reply.append(0x20) }
        reply += text.filter { $0 != 0x0D && $0 != 0x0A }.prefix(max(0, Self.maxReplyBytes - reply.count)).map { $0 < 0x20 || $0 == 0x7F ? 0x3F : $0 }
        if replyIsComplete { noteReply() }
        return true
    }

    /// Each recipient has had its answer when the server asks for the message (RFC 5321 section 4.1.1.4).
    private func noteReply() {
        if reply.starts(with: Array("354".utf8)) {
            refusals = lastReplies.filter(isRefusal)
        } else {
            lastReplies.append(reply)
            if lastReplies.count > job.mail.recipients.count { lastReplies.removeFirst() }
        }
    }

    private func isRefusal(_ reply: [UInt8]) -> Bool { reply.first == 0x34 || reply.first == 0x35 }

    /// The last answer, and after it how many recipients were refused, if any.
    private var fullText: String {
        let text = String(decoding: reply, as: UTF8.self)
        guard let last = refusals.last else { return text }
        return "\(text) (\(refusals.count) of \(job.mail.recipients.count) recipients refused: \(String(decoding: last, as: UTF8.self)))"
    }

    func outcome(_ result: sluice_curl_result) -> TransferOutcome {
        switch sluice_curl_kind_of(result.code) {
        case sluice_curl_ok: return .mail(MailReply(code: result.status, text: fullText))
        // The kinds under which libcurl reports a refusal; the code tells whether it is one.
        case sluice_curl_login, sluice_curl_no_tls, sluice_curl_refused, sluice_curl_transfer_broken, sluice_curl_protocol:
            let answer = refusal(result)
            return (400...599).contains(answer.code) ? .mail(answer) : .failure(failure(result))
        default: return .failure(failure(result))
        }
    }

    /// What a refusal comes to: where all recipients are refused, one that may be taken later has the mail tried again.
    private func refusal(_ result: sluice_curl_result) -> MailReply {
        // Only libcurl's words tell a refusal of the last recipient from one of DATA.
        if failure(result).message.hasPrefix("RCPT"), lastReplies.allSatisfy(isRefusal), let later = lastReplies.first(where: { $0.first == 0x34 }) {
            let text = String(decoding: later, as: UTF8.self)
            if let code = Int(text.prefix(3)) { return MailReply(code: code, text: text) }
        }
        return MailReply(code: result.status, text: fullText)
    }
}

/// Sends mails one after another over one connection, as long as all go to the same server in the same way. For one thread.
final class Mailer {
    private let handle: OpaquePointer
    private let mail: OutgoingMail

    init(for mail: OutgoingMail) throws(CurlError) {
        guard let handle = sluice_curl_mailer_create() else { throw CurlError(.outOfMemory, "no memory for libcurl's handle") }
        self.handle = handle
        self.mail = mail
    }

    deinit { sluice_curl_mailer_destroy(handle) }

    /// Whether a mail may use this connection: libcurl would not look at the demands on TLS that it was opened with.
    func serves(_ other: OutgoingMail) -> Bool {
        mail.server == other.server && mail.startTLS == other.startTLS && mail.caFile == other.caFile && mail.user == other.user
            && mail.password == other.password
    }

    func send(_ job: MailJob) -> TransferOutcome {
        let exchange = MailExchange(job)
        var result = sluice_curl_result()
        withWireMail(job.mail, exchange) { sluice_curl_mailer_send(handle, $0, &result) }
        return exchange.outcome(result)
    }
}

private func withWireMail(_ mail: OutgoingMail, _ exchange: MailExchange, _ body: (UnsafePointer<sluice_curl_mail>) -> Void) {
    withCStrings([mail.server, mail.from]) { texts in
        withCStrings([mail.user, mail.password, mail.caFile].map { $0 ?? "" }) { optional in
            withCStrings(mail.recipients) { recipients in
                canonicalLines(mail.message).withUnsafeBytes { bytes in
                    var wire = sluice_curl_mail()
                    wire.exchange = exchange.wireCallbacks(isCancellable: true)
                    wire.exchange.url = texts[0]
                    wire.exchange.ca_file = mail.caFile == nil ? nil : optional[2]
                    wire.exchange.connect_timeout = max(1, milliseconds(mail.connectTimeout))
                    wire.exchange.total_timeout = max(1, milliseconds(mail.totalTimeout))
                    wire.from = texts[1]
                    wire.recipients = recipients.baseAddress
                    wire.recipient_count = recipients.count
                    wire.user = mail.user == nil ? nil : optional[0]
                    wire.password = mail.password == nil ? nil : optional[1]
                    wire.starttls =
                        switch mail.startTLS {
                        case .never: sluice_curl_starttls_never
                        case .ifOffered: sluice_curl_starttls_if_offered
                        case .demanded: sluice_curl_starttls_demanded
                        }
                    wire.message = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                    wire.message_count = bytes.count
                    withExtendedLifetime(exchange) { body(&wire) }
                }
            }
        }
    }
}
