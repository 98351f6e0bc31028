import Alerts
import Bytes
import Crypto
import JSON
import Model
import Testing

@Suite struct AlertChannelWebhookTests {
    private let hook = ResolvedChannel.Kind.webhook(url: "https://receiver.example/hook", secret: nil)

    private func text(_ content: NotificationContent) throws -> String { String(decoding: try httpMessage(content, hook).body, as: UTF8.self) }

    @Test func `a failed run is told with the documented keys in their order, then ours`() throws {
        #expect(
            try text(Sample.failure()) == #"""
                {"alert_rule":"night watch","endpoint":"deploy-web","exit_code":2,"status":"failure","duration_ms":1200,"execution_id":"run-1",\#
                "timestamp":"2025-10-09T08:53:20.000Z","event":"failure","id":"msg-0199","title":"deploy-web failed with exit code 2",\#
                "severity":"critical","run_status":"failed","error":null,"source":"schedule","requested_by":"schedule","command":"./deploy.sh",\#
                "url":"https://sluice.example.com/approvals/7c9e6679-7425-40de-944b-e07fc1f90ae7"}
                """#)
    }

    @Test func `an approval that waits carries its link and its deadline`() throws {
        #expect(
            try text(Sample.pending()) == #"""
                {"alert_rule":"night watch","endpoint":"deploy-web","exit_code":null,"status":"pending","duration_ms":null,"execution_id":null,\#
                "timestamp":"2025-10-09T08:53:20.000Z","event":"approval_pending","id":"msg-0199","title":"deploy-web waits for approval",\#
                "severity":"warning","approval_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7",\#
                "approve_url":"https://sluice.example.com/approve/k3Jx9_token","expires_at":"2025-10-09T09:23:20.000Z","source":"webhook",\#
                "source_event":"push","requested_by":"anna","command":"./deploy.sh main","arguments":{"ref":"refs/heads/main"},"body_bytes":25,\#
                "body_start":"{\"ref\":\"refs/heads/main\"}",\#
                "approval_digest":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",\#
                "url":"https://sluice.example.com/approvals/7c9e6679-7425-40de-944b-e07fc1f90ae7"}
                """#)
    }

    @Test func `an endpoint's notify_url gets the output and no rule`() throws {
        let value = try parseJSON(try text(Sample.failure(rule: nil)))
        #expect(value["alert_rule"] == nil)
        #expect(value["output"]?.string == "step 1\nstep 2\nboom\n")
        #expect(value["endpoint"]?.string == "deploy-web")
        var quiet = Sample.failure(rule: nil)
        quiet.run?.output = nil
        #expect(try parseJSON(try text(quiet))["output"] == nil)
    }

    @Test(arguments: [
        (Sample.recovered(), "success"), (Sample.failure(), "failure"), (Sample.interrupted(), "interrupted"), (Sample.slow(), "running"),
        (Sample.decided(.denied), "denied"), (Sample.decided(.expired), "expired"), (Sample.missed(), "missed"), (Sample.rejected(), "rejected"),
    ])
    func `the status is wrapd's for runs and its own for all else`(_ content: NotificationContent, _ status: String) throws {
        #expect(try json(content, hook)["status"]?.string == status)
    }

    @Test func `a timeout is a failure`() throws {
        var content = Sample.failure()
        content.run?.status = .timedOut
        content.run?.exitCode = 124
        #expect(try json(content, hook)["status"] == "failure")
        #expect(try json(content, hook)["run_status"] == "timed_out")
    }

    @Test func `what it is besides is told apart`() throws {
        let digest = try json(Sample.digest(), hook)
        #expect(digest["digest"]?["count"] == 37)
        #expect(digest["digest"]?["endpoints"]?[1]?["endpoint"] == "deploy-db")
        #expect(digest["digest"]?["further_endpoints"] == 2)
        #expect(digest["status"] == .null)
        #expect(try json(Sample.marked { $0.isTest = true }, hook)["test"] == true)
        #expect(try json(Sample.pending(), hook)["test"] == nil)
        #expect(try json(Sample.marked { $0.reminder = 2 }, hook)["reminder"] == 2)
        #expect(try json(Sample.marked { $0.escalation = 1 }, hook)["escalation"] == 1)
        #expect(try json(Sample.missed(), hook)["missed"]?["schedule"] == "nightly")
        #expect(try json(Sample.rejected(), hook)["rejected"]?["last_status"] == 401)
        let decided = try json(Sample.decided(.denied), hook)
        #expect(decided["decided_by"] == "bert" && decided["reason"] == "looks good" && decided["approve_url"] == .null)
    }

    @Test func `nothing of a text is changed or cut`() throws {
        let command = String(repeating: "a<&\"\u{202E}👩‍👩‍👧‍👦\0```", count: 5000)
        #expect(try json(Sample.pending(command: command), hook)["command"]?.string == command)
    }

    @Test func `the headers name the event, and a secret signs id, time and body`() throws {
        let plain = try httpMessage(Sample.failure(), hook)
        #expect(plain.url == "https://receiver.example/hook")
        #expect(
            plain.headers.map { "\($0.name): \($0.value)" } == [
                "Content-Type: application/json", "X-Wrapd-Event: alert.fired", "X-Sluice-Event: failure", "webhook-id: msg-0199",
                "webhook-timestamp: 1760000001",
            ])
        let secret = try #require(base64Decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signed = try httpMessage(Sample.failure(), .webhook(url: "https://receiver.example/hook", secret: secret))
        let expected = HMACKey(secret).sign(Array("msg-0199.1760000001.".utf8) + signed.body).array
        #expect(signed.headers.last?.name == "webhook-signature")
        #expect(signed.headers.last?.value == "v1,\(base64Encode(expected))")
        #expect(signed.body == plain.body)
    }

    @Test func `hostile contents make JSON that reads back`() throws {
        try expectHostile("webhook payloads", 0xA1) { content in
            let value = try json(content, hook)
            var problems: [String] = []
            if value["title"]?.string.map({ Array($0.utf8) }) != Array(content.title.utf8) { problems.append("title") }
            if let part = content.approval, value["command"]?.string.map({ Array($0.utf8) }) != Array(part.command.utf8) { problems.append("command") }
            return problems
        }
    }
}
