import Crypto
import Foundation
import JSON
import TestKit
import Testing

/// From a signed delivery to the message that people get, and from its link back to the decision.
@Suite struct AlertFlowTests {
    private func server(_ sink: HookSink, _ rules: String) throws -> SluiceProcess {
        try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: deploy-api, command: echo deployed, trigger: webhook, webhook_source: github, secret: kit-secret, public: true, approval_required: true}
                  - {name: deploy-web, command: echo deployed, public: true, approval_required: true}
                  - {name: broken, command: "false", public: true, notify_url: "\(sink.url)/notify", notify_on: failure}
                channels:
                  hook: {type: webhook, url: "\(sink.url)/hook", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
                  team: {type: slack, url: "\(sink.url)/slack"}
                alerts:
                \(rules)
                """)
    }

    private func messages(_ sink: HookSink, _ path: String) -> [(message: JSONValue, headers: [String: String])] {
        sink.received.filter { $0.path.hasSuffix(path) }.compactMap { hook in (try? parseJSON(hook.body)).map { ($0, hook.headers) } }
    }

    @Test func aDeliveryThatWaitsIsToldWithALinkThatDecides() throws {
        let sink = try HookSink()
        let server = try server(sink, "  - {name: Deployments, endpoint: deploy-*, condition: approval_pending, channels: [hook, team]}")
        let body = Array(#"{"ref":"refs/heads/main","note":"<!channel>"}"#.utf8)
        let answer = try server.request(
            "POST", "/v1/user/deploy-api",
            headers: [
                ("Content-Type", "application/json"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "4a1b"),
                ("X-Hub-Signature-256", "sha256=\(HMACKey("kit-secret").sign(body).hex)"),
            ], body: body)
        #expect(answer.status == 202, "\(answer.text)")
        #expect(waitUntil(seconds: 10) { sink.count == 2 })
        let (message, headers) = try #require(messages(sink, "/hook").first)
        #expect(headers["x-wrapd-event"] == "alert.fired" && headers["x-sluice-event"] == "approval_pending")
        #expect(headers["webhook-signature"]?.hasPrefix("v1,") == true)
        #expect(message["alert_rule"]?.string == "Deployments" && message["endpoint"]?.string == "deploy-api" && message["status"]?.string == "pending")
        #expect(message["source"]?.string == "webhook" && message["source_event"]?.string == "push")
        let slack = try #require(messages(sink, "/slack").first?.message)
        #expect(!slack.encodedText().contains("<!channel>") && slack.encodedText().contains("&lt;!channel&gt;"))
        let link = try #require(message["approve_url"]?.string)
        let path = try #require(link.range(of: "/approve/")).lowerBound
        #expect(try server.request("GET", String(link[path...])).status == 200)
        let id = try #require(message["approval_id"]?.string)
        #expect(try server.admin("GET", "/approvals/\(id)").member("status") == "pending", "to look at the link decides nothing")
        #expect(try server.post(String(link[path...]), "decision=approve").status == 200)
        #expect(try server.admin("GET", "/approvals/\(id)").member("status") == "approved")
    }

    @Test func aFailedRunIsToldToTheRuleAndToTheEndpointsOwnAddress() throws {
        let sink = try HookSink()
        let server = try server(sink, "  - {name: Failures, condition: failure, channels: hook}")
        _ = try server.request("POST", "/v1/user/broken", headers: [("Accept", "application/json")], body: Array("{}".utf8))
        #expect(waitUntil(seconds: 10) { sink.count == 2 })
        let rule = try #require(messages(sink, "/hook").first?.message)
        #expect(rule["status"]?.string == "failure" && rule["exit_code"]?.int == 1 && rule["alert_rule"]?.string == "Failures")
        let own = try #require(messages(sink, "/notify").first?.message)
        #expect(own["endpoint"]?.string == "broken" && own["alert_rule"] == nil && own["execution_id"] == rule["execution_id"])
    }

    @Test func manyAtOnceAreTheBurstAndOneDigestWhoseLinkListsThem() throws {
        let sink = try HookSink()
        let server = try server(sink, "  - {name: Deployments, endpoint: deploy-*, condition: approval_pending, throttle: 1s, channels: hook}")
        for _ in 0..<7 { _ = try server.request("POST", "/v1/user/deploy-web", body: Array("{}".utf8)) }
        #expect(waitUntil(seconds: 20) { sink.count == 2 })
        let digest = try #require(messages(sink, "/hook").last?.message)
        #expect(digest["digest"]?["count"]?.int == 6, "\(digest.encodedText())")
        let link = try #require(digest["url"]?.string)
        let cookie = String(try #require(server.post("/login", "token=\(SluiceProcess.adminToken)").header("set-cookie")).prefix { $0 != ";" })
        let path = try #require(link.range(of: "/dashboard/")).lowerBound
        let page = try server.request("GET", String(link[path...]), headers: [("Cookie", cookie)]).text
        #expect(page.contains("Only endpoint") && page.contains("deploy-web"))
        let other = try server.request("GET", "/dashboard/approvals?endpoint=deploy-a%2A", headers: [("Cookie", cookie)]).text
        #expect(other.contains("Only endpoint") && !other.contains("deploy-web") && other.contains("Nothing of these waits."))
    }

    @Test func aChangedFileChangesTheRulesWithoutARestart() throws {
        let sink = try HookSink()
        let server = try server(sink, "  - {name: Failures, condition: failure, channels: hook}")
        let config = try String(contentsOfFile: server.file("wrapd.yaml"), encoding: .utf8)
        try server.write("wrapd.yaml", config.replacingOccurrences(of: "condition: failure", with: "condition: success"))
        server.signal(SIGHUP)
        #expect(waitUntil(seconds: 10) { (try? server.admin("GET", "/alerts/Failures").member("condition")) == "success" })
        _ = try server.request("POST", "/v1/user/broken", headers: [("Accept", "application/json")], body: Array("{}".utf8))
        #expect(waitUntil(seconds: 10) { messages(sink, "/notify").count == 1 })
        #expect(messages(sink, "/hook").isEmpty)
    }
}

extension AlertFlowTests {
    /// The sender has a name beside its address, as people write it.
    @Test func aMailReachesTheServerWithBothParts() throws {
        let mail = try SMTPServer(mechanisms: "PLAIN")
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: deploy, command: echo deployed, public: true, approval_required: true}
                smtp: {url: "smtp://127.0.0.1:\(mail.port)", from: "Sluice <sluice@example.org>", user: ann, password: "p\\"ss wörd", tls: optional}
                channels:
                  people: {type: email, to: [bea@example.org, carl@example.org]}
                alerts:
                  - {name: Waits, condition: approval_pending, channels: people, text: "Grüße: {endpoint} waits"}
                """)
        _ = try server.request("POST", "/v1/user/deploy", body: Array("{}".utf8))
        #expect(waitUntil(seconds: 10) { mail.messages.count == 1 }, "\(mail.commands) \(server.errors)")
        #expect(mail.commands("MAIL").first?.hasPrefix("MAIL FROM:<sluice@example.org>") == true)
        #expect(mail.commands("RCPT").map { String($0.prefix { $0 != ">" }) } == ["RCPT TO:<bea@example.org", "RCPT TO:<carl@example.org"])
        let text = try #require(mail.messages.first).replacing("\r\n", with: "\n")
        #expect(text.replacing("\n ", with: " ").contains("From: \"Sluice\" <sluice@example.org>\n"), "\(text)")
        #expect(text.contains("Content-Type: text/plain") && text.contains("Content-Type: text/html"))
        #expect(text.contains("Subject: =?"), "a subject beyond ASCII is encoded (RFC 2047)")
        #expect(waitUntil(seconds: 10) { (try? server.admin("GET", "/notifications?rule=Waits").json["items"]?[0]?["status"]?.string) == "sent" })
    }
}
