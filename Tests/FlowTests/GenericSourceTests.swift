import Crypto
import Model
import Testing
import Triggers

/// Senders that no source is made for, described by the endpoint.
@Suite struct GenericSourceTests {
    private let body = #"{"ref":"refs/heads/main","note":"Grüße"}"#

    struct Form: Sendable {
        var header: String?
        var prefix: String?
        var encoding = SignatureEncoding.hex
        var algorithm = HMACAlgorithm.sha256
        let sent: (String, String)
        let label: String
    }

    private static let sha1 = "3ed11f94da8a5de1e816734e7b88d67f39f0a69f"
    private static let sha256 = "5ea66d2a419ba8b6e9e79705f3a7c323f1fcfac96fc603e325aebbec02409a45"
    private static let base64 = "XqZtKkGbqLbp55cF86fDI/H8+slvxgPjJa677AJAmkU="
    private static let sha512 = "M4mMJ2SUK+8mVLkSsdiVCZSvX01dKLYFc7vaFFUn+o8ShqaIHnQzc80aMXCKFVTGv6h+T7qIB7sISjENlsud5g=="

    static let forms: [Form] = [
        Form(header: "X-Hub-Signature", algorithm: .sha1, sent: ("x-hub-signature", "sha1=\(sha1)"), label: "accept"),
        Form(header: "X-Hub-Signature", algorithm: .sha1, sent: ("x-hub-signature", sha1), label: "accept"),
        Form(header: "X-Hub-Signature", algorithm: .sha1, sent: ("x-hub-signature", "sha256=\(sha256)"), label: "401 signature_mismatch"),
        Form(header: "X-Sig", sent: ("X-Sig", sha256.uppercased()), label: "accept"),
        Form(header: "X-Sig", sent: ("X-Signature-256", sha256), label: "401 signature_missing"),
        Form(header: "X-Sig", encoding: .base64, sent: ("X-Sig", base64), label: "accept"),
        Form(header: "X-Sig", encoding: .base64, sent: ("X-Sig", String(base64.dropLast())), label: "accept"),
        Form(header: "X-Sig", encoding: .base64, sent: ("X-Sig", sha256), label: "401 signature_mismatch"),
        Form(header: "X-Sig", encoding: .base64, sent: ("X-Sig", "sha256=\(base64)"), label: "accept"),
        Form(encoding: .base64, sent: ("X-Webhook-Signature", base64), label: "accept"),
        Form(header: "X-Sig", encoding: .base64, algorithm: .sha512, sent: ("X-Sig", sha512), label: "accept"),
        Form(header: "X-Sig", encoding: .base64, algorithm: .sha512, sent: ("X-Sig", base64), label: "401 signature_mismatch"),
        Form(header: "X-Sig", prefix: "v1=", sent: ("X-Sig", "v1=\(sha256)"), label: "accept"),
        Form(header: "X-Sig", prefix: "v1=", sent: ("X-Sig", sha256), label: "401 signature_mismatch"),
        Form(header: "X-Sig", prefix: "v1=", sent: ("X-Sig", "v1="), label: "401 signature_missing"),
        Form(header: "X-Sig", prefix: "v1=", sent: ("X-Sig", "v1=sha256=\(sha256)"), label: "401 signature_mismatch"),
        Form(header: "X-Sig", prefix: "", sent: ("X-Sig", sha256), label: "accept"),
        Form(header: "X-Sig", prefix: "", sent: ("X-Sig", "sha256=\(sha256)"), label: "401 signature_mismatch"),
        Form(header: "X-Sig", sent: ("X-Sig", String(repeating: "0", count: 5000)), label: "401 signature_mismatch"),
        Form(header: "X-Sig", sent: ("X-Sig", String(sha256.dropLast(2))), label: "401 signature_mismatch"),
    ]

    @Test(arguments: forms)
    func `header, prefix, encoding and algorithm are those of the endpoint`(_ form: Form) throws {
        let endpoint = try webhook(.generic) {
            $0.webhook.signatureHeader = form.header
            $0.webhook.signaturePrefix = form.prefix
            $0.webhook.signatureEncoding = form.encoding
            $0.webhook.signatureAlgorithm = form.algorithm
        }
        #expect(Sent(body, [form.sent]).label(endpoint) == form.label)
        if form.label == "accept" {
            #expect(Sent(body + " ", [form.sent]).label(endpoint) == "401 signature_mismatch")
        }
    }

    @Test func `of several secrets the number is kept with any algorithm`() throws {
        let endpoint = try webhook(.generic, secrets: ["another", "kit-secret"]) { $0.webhook.signatureAlgorithm = .sha1 }
        #expect(Sent(body, [("X-Webhook-Signature", Self.sha1)]).accepted(endpoint)?.delivery?.matchedSecret == 2)
    }

    @Test func `id and event are read from the headers that the endpoint names`() throws {
        let endpoint = try webhook(.generic, events: ["made"]) {
            $0.webhook.idHeader = "X-Message-Number"
            $0.webhook.eventHeader = "x-kind"
        }
        let headers = [("X-Signature-256", Self.sha256), ("x-message-number", "7"), ("X-Kind", "made"), ("Idempotency-Key", "other")]
        #expect(Sent(body, headers).accepted(endpoint)?.delivery?.senderID == "7")
        #expect(Sent(body, headers.map { $0.0 == "X-Kind" ? ("X-Kind", "gone") : $0 }).label(endpoint) == "ignore")
        #expect(Sent(body, [headers[0], ("X-Event-Type", "made")]).label(endpoint) == "ignore", "the named header counts alone")
    }
}
