import Foundation
import JSON
import TestKit
import Testing

/// Senders as they come over the wire to the built program, signed by the openssl command line at this moment.
@Suite struct SourceTests {
    private static let signingToken = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    private static let secrets = ["A": "kit-secret", "B": "the new one", "W": signingToken, "S": "whsec_kit"]

    private func server() throws -> SluiceProcess {
        let sources = ["github", "stripe", "slack", "standard", "twilio", "gitlab", "gitea", "shopify"]
        let endpoints = sources.map { source in
            let secret = ["standard": "secret: $W", "stripe": "secrets: [$S, $A]", "gitlab": "secrets: [$A, $W]"][source] ?? "secrets: [$A, $B]"
            return "  - {name: \(source), command: ./record.sh, trigger: webhook, webhook_source: \(source), \(secret), public: true}"
        }
        return try SluiceProcess(
            config: """
                version: 1
                public_url: https://hooks.example.com
                endpoints:
                \(endpoints.joined(separator: "\n"))
                  - name: plain
                    command: ./record.sh
                    trigger: webhook
                    secret: $A
                    signature_header: X-Sig
                    signature_encoding: base64
                    signature_algorithm: sha512
                    public: true
                """, files: recordScript, environment: Self.secrets)
    }

    /// The MAC of `text`, made by openssl.
    private func mac(_ text: String, _ secret: String, _ hash: String = "sha256") throws -> [UInt8] {
        let key = secret == Self.signingToken ? Array("0123456789abcdef0123456789abcdef".utf8) : Array(secret.utf8)
        let hex = key.map { String(format: "%02x", $0) }.joined()
        let made = try runTool(
            ["openssl", "dgst", "-\(hash)", "-mac", "HMAC", "-macopt", "hexkey:\(hex)", "-binary"], input: Array(text.utf8))
        try #require(made.exitCode == 0 && !made.outputBytes.isEmpty, "\(made.errors)")
        return made.outputBytes
    }

    private func hex(_ text: String, _ secret: String) throws -> String { try mac(text, secret).map { String(format: "%02x", $0) }.joined() }

    private func base64(_ text: String, _ secret: String, _ hash: String = "sha256") throws -> String {
        Data(try mac(text, secret, hash)).base64EncodedString()
    }

    /// What the sender of an endpoint would put on the wire, signed with `secret` at `time`.
    private func headers(_ name: String, _ body: String, secret: String, time: Int, id: String) throws -> [(String, String)] {
        let form = ("Content-Type", "application/x-www-form-urlencoded")
        switch name {
        case "github": return [("X-Hub-Signature-256", "sha256=" + (try hex(body, secret))), ("X-GitHub-Delivery", id), ("X-GitHub-Event", "push")]
        case "gitea": return [("X-Gitea-Signature", try hex(body, secret)), ("X-Gitea-Delivery", id), ("X-Gitea-Event", "push")]
        case "shopify": return [("X-Shopify-Hmac-Sha256", try base64(body, secret)), ("X-Shopify-Webhook-Id", id)]
        case "stripe": return [("Stripe-Signature", "t=\(time),v1=" + (try hex("\(time).\(body)", secret)))]
        case "slack":
            return [("X-Slack-Request-Timestamp", "\(time)"), ("X-Slack-Signature", "v0=" + (try hex("v0:\(time):\(body)", secret)))]
        case "standard", "gitlab":
            return [("webhook-id", id), ("webhook-timestamp", "\(time)"), ("webhook-signature", "v1," + (try base64("\(id).\(time).\(body)", secret)))]
        case "twilio":
            let fields = body.split(separator: "&").sorted().joined().replacing("=", with: "")
            let url = "https://hooks.example.com/v1/user/twilio?x=1"
            return [form, ("X-Twilio-Signature", try base64(url + fields, secret, "sha1")), ("I-Twilio-Idempotency-Token", id)]
        default: return [("X-Sig", try base64(body, secret, "sha512")), ("Idempotency-Key", id)]
        }
    }

    private func body(_ name: String, _ id: String) -> String {
        switch name {
        case "slack": #"{"type":"event_callback","event_id":"\#(id)","event":{"type":"app_mention"}}"#
        case "twilio": "MessageSid=SM1&Body=hello&From=x"
        default: #"{"id":"\#(id)","type":"invoice.paid"}"#
        }
    }

    @Test(arguments: [
        ("github", "kit-secret", "the new one"), ("stripe", "whsec_kit", "kit-secret"), ("slack", "kit-secret", "the new one"),
        ("standard", signingToken, signingToken), ("twilio", "kit-secret", "the new one"), ("gitlab", signingToken, signingToken),
        ("gitea", "kit-secret", "the new one"), ("shopify", "kit-secret", "the new one"), ("plain", "kit-secret", "kit-secret"),
    ])
    func theSendersDeliveryIsTakenOnceWithEitherSecret(name: String, secret: String, rotated: String) throws {
        let server = try server()
        let now = Int(Date().timeIntervalSince1970)
        let path = "/v1/user/\(name)" + (name == "twilio" ? "?x=1" : "")
        func send(_ body: String, _ headers: [(String, String)]) throws -> TestResponse {
            try server.request("POST", path, headers: headers, body: Array(body.utf8))
        }
        let text = body(name, "d-1")
        let signed = try headers(name, text, secret: secret, time: now, id: "d-1")
        let first = try send(text, signed)
        #expect(first.status == 202, "\(first.text)")
        let again = try send(text, signed)
        #expect(again.body == first.body && again.header("sluice-duplicate") == "true")

        let other = body(name, "d-2")
        let second = try send(other, try headers(name, other, secret: rotated, time: now, id: "d-2"))
        #expect(second.status == 202 && second.body != first.body, "\(second.text)")

        expectProblem(try send(text.replacingOccurrences(of: "i", with: "j"), signed), 401, "signature_mismatch")
        expectProblem(try send(text, try headers(name, text, secret: "a wrong one", time: now, id: "d-1")), 401, "signature_mismatch")
        expectProblem(try send(text, signed.filter { !$0.0.lowercased().contains("signature") && !$0.0.contains("Hmac") && $0.0 != "X-Sig" }), 401, "signature_missing")
        if ["stripe", "slack", "standard", "gitlab"].contains(name) {
            for time in [now - 400, now + 400] {
                expectProblem(try send(text, try headers(name, text, secret: secret, time: time, id: "d-1")), 401, "timestamp_stale")
            }
        }
        #expect(try server.count("/deliveries") == 2)
        _ = try server.endedRun(try #require(first.member("run_id")))
        _ = try server.endedRun(try #require(second.member("run_id")))
        #expect(fileText(server.file("stdin")) == other)
    }

    @Test func aTokenOfGitLabIsTakenBesideASigningToken() throws {
        let server = try server()
        let headers = [("X-Gitlab-Token", "kit-secret"), ("X-Gitlab-Event", "Push Hook"), ("webhook-id", "i-1"), ("webhook-timestamp", "1")]
        #expect(try server.request("POST", "/v1/user/gitlab", headers: headers, body: Array("{}".utf8)).status == 202)
        let forged = headers + [("webhook-signature", "v1,AAAA")]
        expectProblem(try server.request("POST", "/v1/user/gitlab", headers: forged, body: Array("{}".utf8)), 401, "signature_mismatch")
    }

    @Test func theChallengeOfSlackIsAnsweredAndLeavesNothing() throws {
        let server = try server()
        let text = #"{"type":"url_verification","challenge":"3eZbrw1aB10FEMAGAZd4FyFQ"}"#
        let headers = try headers("slack", text, secret: "kit-secret", time: Int(Date().timeIntervalSince1970), id: "")
        let answer = try server.request("POST", "/v1/user/slack", headers: headers, body: Array(text.utf8))
        #expect(answer.status == 200 && answer.json == ["challenge": "3eZbrw1aB10FEMAGAZd4FyFQ"])
        #expect(try server.count("/deliveries") == 0 && server.lines("runs").isEmpty)
    }

    @Test func literalSecretsAreShownToNobody() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: hook, command: "true", trigger: webhook, webhook_source: github, secret: $$first-in-the-open, secrets: [two-in-the-open, $A], public: true}
                """, environment: ["A": "kit-secret"])
        let shown = try server.admin("GET", "/endpoints/hook")
        #expect(shown.member("secret") == "(set)" && shown.json["secrets"] == ["(set)", "$A"])
        #expect(!shown.text.contains("first-in") && !shown.text.contains("two-in"))
        #expect(!server.errors.contains("two-in") && !server.output.contains("two-in"))
    }
}
