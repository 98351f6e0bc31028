import Curl
import TestKit

extension SMTPServer {
    /// A mail to this server without TLS.
    func mail(to recipients: String..., message: String = "Subject: test\r\n\r\nHello\r\n") -> OutgoingMail {
        var mail = OutgoingMail(
            server: "smtp://127.0.0.1:\(port)/tester", from: "sluice@example.com", recipients: recipients, message: [UInt8](message.utf8))
        mail.startTLS = .ifOffered
        return mail
    }
}
