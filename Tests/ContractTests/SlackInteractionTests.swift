import Bytes
import Crypto
import Foundation
import JSON
import TestKit
import Testing

let slackSigningSecret = "8f742231b10e8888abcd99yyyzzz85a5"

/// Clicks on the buttons of messages in Slack, signed as Slack signs them.
@Suite struct SlackInteractionTests {
    private static let config = """
        version: 1
        endpoints:
          - {name: deploy, command: ./record.sh, public: true, approval_required: true}
        slack:
          signing_secret: $SLACK_SIGNING
          users: {U0ANNA: anna, U0BERT: bert}
          teams: [T0HOME]
        callback_allow: [127.0.0.0/8]
        """
    private static let responseURL = "http://127.0.0.1:9/actions/T0HOME/1/RESPONSESECRET"

    private func server(_ config: String = config) throws -> SluiceProcess { try alertServer(config) }

    private func payload(
        _ action: String, _ value: String, user: String = "U0ANNA", team: String = "T0HOME", type: String = "block_actions",
        url: String? = responseURL
    ) -> JSONValue {
        [
            "type": .string(type), "user": ["id": .string(user), "username": "mallory", "team_id": .string(team)],
            "team": ["id": .string(team), "domain": "example"], "api_app_id": "A1", "trigger_id": "1.2.3",
            "response_url": url.map { .string($0) } ?? .null,
            "actions": [["type": "button", "action_id": .string(action), "block_id": "actions", "value": .string(value), "action_ts": "1"]],
        ]
    }

    private func body(_ payload: JSONValue) -> [UInt8] { Array(formEncode([FormField(name: "payload", value: payload.encodedText())]).utf8) }

    private func post(
        _ server: SluiceProcess, _ body: [UInt8], offset: Int = 0, secret: String = slackSigningSecret, signature: String? = nil
    ) throws -> TestResponse {
        let time = String(Int(Date().timeIntervalSince1970) + offset)
        let mac = HMACKey(Array(secret.utf8)).sign(Array("v0:\(time):".utf8) + body).hex
        return try server.request(
            "POST", "/slack/interactions",
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"), ("X-Slack-Request-Timestamp", time),
                ("X-Slack-Signature", signature ?? "v0=\(mac)"),
            ], body: body)
    }

    private func click(_ server: SluiceProcess, _ payload: JSONValue) throws -> TestResponse { try post(server, body(payload)) }

    /// What goes back to Slack, in the order of its sending.
    private func replies(_ server: SluiceProcess) throws -> [JSONValue] {
        try column(server, "SELECT data FROM notifications WHERE kind = 'reply' ORDER BY id").map { try parseJSON($0) }
    }

    @Test func aClickDecidesAsTheMappedUserAndTheMessageSaysSo() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        let answer = try click(server, payload("approve", asked.id))
        #expect(answer.status == 200 && answer.body.isEmpty, "\(answer.text)")
        let approval = try server.approval(asked.id)
        #expect(approval["status"]?.string == "approved" && approval["decided_by"]?.string == "anna" && approval["decided_via"]?.string == "slack")
        #expect(try server.endedRun(ofApproval: asked.id)["status"]?.string == "succeeded")
        let reply = try #require(try replies(server).first)
        #expect(try replies(server).count == 1 && reply["replace_original"]?.bool == true)
        let text = reply.encodedText()
        #expect(text.contains("Approved by anna") && !text.contains("\"action_id\":\"approve\""), "\(text)")
        #expect(try column(server, "SELECT destination FROM notifications WHERE kind = 'reply'") == [Self.responseURL])
        let listed = try server.admin("GET", "/notifications?kind=reply")
        #expect(listed.json["items"]?[0]?["destination"]?.string == "http://127.0.0.1:9/********" && !listed.text.contains("RESPONSESECRET"))
        let id = try #require(listed.json["items"]?[0]?["id"]?.string)
        #expect(try server.admin("GET", "/notifications/\(id)").member("approval_id") == asked.id)
        #expect(!server.errors.contains("RESPONSESECRET") && !server.output.contains("RESPONSESECRET"))
    }

    @Test func theAnswersReachSlackInTheirOrder() throws {
        let server = try server()
        let slack = try HookReceiver(statuses: [200])
        let asked = try server.ask("deploy")
        for action in ["approve", "deny"] { #expect(try click(server, payload(action, asked.id, url: slack.url)).status == 200) }
        #expect(try waited { slack.received.count == 3 })
        let answers = try slack.received.map { try parseJSON($0.body) }
        #expect(answers.map { $0["replace_original"]?.bool } == [true, false, true])
        #expect(answers[1]["text"]?.string == "Nothing was decided: it was approved by anna before.")
        #expect(try waited { try server.admin("GET", "/notifications?kind=reply&status=sent").json["items"]?.array?.count == 3 })
    }

    @Test func anAnswerGoesToNoPrivateAddressUnlessTheConfigurationListsIt() throws {
        let server = try server(Self.config.replacingOccurrences(of: "callback_allow: [127.0.0.0/8]", with: ""))
        let sink = try HookReceiver(statuses: [200])
        let asked = try server.ask("deploy")
        #expect(try click(server, payload("approve", asked.id, url: sink.url)).status == 200)
        #expect(try server.approval(asked.id)["status"]?.string == "approved")
        #expect(try waited { try server.admin("GET", "/notifications?kind=reply&status=dead").json["items"]?.array?.count == 1 })
        let answer = try column(server, "SELECT last_answer FROM notifications WHERE kind = 'reply'").first
        #expect(answer?.contains("not allowed") == true && sink.received.isEmpty, "\(answer ?? "")")
    }

    @Test func denyingDeniesAndASecondClickIsTold() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        #expect(try click(server, payload("deny", asked.id, user: "U0BERT")).status == 200)
        #expect(try click(server, payload("approve", asked.id)).status == 200)
        #expect(try server.approval(asked.id)["status"]?.string == "denied")
        let replies = try replies(server)
        try #require(replies.count == 3)
        #expect(replies[1]["response_type"]?.string == "ephemeral" && replies[1]["text"]?.string?.contains("denied by bert") == true)
        #expect(replies[0]["replace_original"]?.bool == true && replies[2]["replace_original"]?.bool == true)
        #expect(server.lines("runs").isEmpty)
    }

    @Test func ofClicksAtTheSameTimeOneWins() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        let bodies = ["approve", "deny", "approve", "deny"].enumerated().map { body(payload($1, asked.id, user: $0 < 2 ? "U0ANNA" : "U0BERT")) }
        let statuses = concurrently(bodies.count) { index in (try? post(server, bodies[index]).status) ?? 0 }
        #expect(statuses == [200, 200, 200, 200])
        let replies = try replies(server)
        #expect(replies.filter { $0["response_type"]?.string == "ephemeral" }.count == 3)
        #expect(replies.filter { $0["replace_original"]?.bool == true }.count == 4)
        #expect(replies.filter { $0["text"]?.string?.hasPrefix("Nothing was decided: it was") == true }.count == 3)
        #expect(try column(server, "SELECT count(*) FROM events WHERE kind = 'approval_decided'") == ["1"])
        let status = try server.approval(asked.id)["status"]?.string
        #expect(status == "approved" || status == "denied")
    }

    @Test func whoMayNotDecideIsToldAloneAndDecidesNothing() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        let refused = [
            payload("approve", asked.id, user: "U0MALLORY"), payload("approve", asked.id, team: "T0OTHER"),
            payload("approve", "00000000-0001-8000-8000-000000000000"), payload("approve", ""), payload("approve", "../../x"),
        ]
        for payload in refused { #expect(try click(server, payload).status == 200) }
        #expect(try server.approval(asked.id)["status"]?.string == "pending")
        let replies = try replies(server)
        #expect(replies.count == refused.count)
        #expect(replies.allSatisfy { $0["response_type"]?.string == "ephemeral" && $0["replace_original"]?.bool == false })
        #expect(replies[0]["text"]?.string?.contains("U0MALLORY") == true)
    }

    @Test func anExpiredApprovalStaysExpired() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        #expect(try server.admin("POST", "/approvals/\(asked.id)/cancel").status == 200)
        #expect(try click(server, payload("approve", asked.id)).status == 200)
        #expect(try server.approval(asked.id)["status"]?.string == "cancelled")
        #expect(try replies(server).first?["text"]?.string?.contains("cancelled") == true)
    }

    @Test func whatDecidesNothingIsAcknowledged() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        for payload in [
            payload("open", asked.id), payload("approve", asked.id, type: "view_submission"), payload("approve", asked.id, type: "shortcut"), [:],
        ] {
            #expect(try click(server, payload).status == 200)
        }
        #expect(try server.approval(asked.id)["status"]?.string == "pending")
        #expect(try replies(server).isEmpty)
        // Without an address to answer to, the decision holds all the same.
        #expect(try click(server, payload("deny", asked.id, url: nil)).status == 200)
        #expect(try server.approval(asked.id)["status"]?.string == "denied")
    }

    @Test func onlyWhatSlackSignedJustNowIsTaken() throws {
        let server = try server()
        let asked = try server.ask("deploy")
        let good = body(payload("approve", asked.id))
        expectProblem(try post(server, good, secret: "wrong"), 401, "signature_mismatch")
        expectProblem(try post(server, good, offset: -400), 401, "timestamp_stale")
        expectProblem(try post(server, good, offset: 400), 401, "timestamp_stale")
        for wrong in ["", "v0=", "v0=00", "v1=" + String(repeating: "0", count: 64), "v0=" + String(repeating: "0", count: 64)] {
            expectProblem(try post(server, good, signature: wrong), 401)
        }
        expectProblem(try server.request("POST", "/slack/interactions", headers: [], body: good), 401, "signature_missing")
        expectProblem(try server.request("GET", "/slack/interactions"), 405)
        #expect(try post(server, [UInt8](repeating: 0x61, count: 70_000)).status == 413)
        // Signed, but nothing that Slack would send.
        for (wrong, code) in [("x=1", "malformed_form"), ("payload=%ZZ", "malformed_form"), ("payload=%7B", "malformed_json"), ("", "malformed_form")] {
            expectProblem(try post(server, Array(wrong.utf8)), 400, code)
        }
        expectProblem(try click(server, payload("approve", asked.id, url: "file:///etc/passwd")), 400, "malformed_payload")
        #expect(try server.approval(asked.id)["status"]?.string == "pending")
        #expect(try replies(server).isEmpty)
    }

    @Test func withoutSlackInTheConfigurationThereIsNothing() throws {
        let server = try alertServer()
        expectProblem(try click(server, payload("approve", "x")), 404, "not_found")
    }
}
