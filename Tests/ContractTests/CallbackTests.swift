import Bytes
import Crypto
import Foundation
import JSON
import TestKit
import Testing

/// The outcome of a call, posted to its `callback_url` as Standard Webhooks has it, until it is taken.
@Suite struct CallbackTests {
    static let config = """
        version: 1
        callback_allow: [127.0.0.0/8]
        endpoints:
          - {name: job, command: ./record.sh, approval_required: true}
          - {name: open, command: ./record.sh, public: true, approval_required: true}
          - {name: fixed, command: ./record.sh, public: true, callback_url: "http://127.0.0.1:PORT/hook"}
        """

    private func server(_ receiver: HookReceiver) throws -> SluiceProcess {
        try SluiceProcess(config: Self.config.replacingOccurrences(of: "PORT", with: "\(receiver.port)"), files: recordScript)
    }

    /// The signature is over `id.timestamp.body`, with the secret that the operator can read.
    private func expectSigned(_ hook: HookReceiver.Received, _ server: SluiceProcess, _ location: SourceLocation = #_sourceLocation) throws {
        let secret = try #require(try server.admin("GET", "/callback-secret").member("secret"))
        #expect(secret.hasPrefix("whsec_"), sourceLocation: location)
        let key = HMACKey(try #require(base64Decode(String(secret.dropFirst(6)))))
        let id = try #require(hook.headers["webhook-id"])
        let time = try #require(hook.headers["webhook-timestamp"])
        let signed = Array("\(id).\(time).".utf8) + hook.body
        #expect(hook.headers["webhook-signature"] == "v1,\(base64Encode(key.sign(signed).array))", sourceLocation: location)
        #expect(abs(Date().timeIntervalSince1970 - (Double(time) ?? 0)) < 60, sourceLocation: location)
        #expect(hook.headers["content-type"] == "application/json", sourceLocation: location)
    }

    @Test func outcomesAreSignedAndPosted() throws {
        let receiver = try HookReceiver()
        let server = try server(receiver)
        let header = [("X-API-Key", try server.makeKey().key)]
        let body = #"{"callback_url":"\#(receiver.url)"}"#
        let denied = try server.ask("job", body, headers: header)
        #expect(try server.admin("POST", "/approvals/\(denied.id)/deny", #"{"reason":"not today"}"#).status == 200)
        #expect(waitUntil(seconds: 10) { receiver.received.count == 1 })
        let first = try #require(receiver.received.first)
        let message = try parseJSON(first.body)
        #expect(message["type"]?.string == "approval.denied")
        #expect(message["data"]?["approval_id"]?.string == denied.id)
        #expect(message["data"]?["status"]?.string == "denied")
        #expect(message["data"]?["reason"]?.string == "not today")
        try expectSigned(first, server)

        let approved = try server.ask("job", body, headers: header)
        #expect(try server.post(approved.path, "decision=approve").status == 200)
        #expect(waitUntil(seconds: 10) { receiver.received.contains { String(decoding: $0.body, as: UTF8.self).contains("run.finished") } })
        let finished = try #require(receiver.received.first { String(decoding: $0.body, as: UTF8.self).contains("run.finished") })
        let data = try #require(try parseJSON(finished.body)["data"])
        #expect(data["approval_id"]?.string == approved.id)
        #expect(data["run_status"]?.string == "succeeded")
        #expect(data["exit_code"]?.int == 0)
        #expect(data["output"]?.string == "recorded\n")
        try expectSigned(finished, server)
        #expect(Set(receiver.received.compactMap { $0.headers["webhook-id"] }).count == receiver.received.count)
        #expect(!receiver.received.contains { String(decoding: $0.body, as: UTF8.self).contains(approved.token) })
    }

    @Test func failedCallbackIsTriedAgainWithTheSameIdAlsoOverARestart() throws {
        let receiver = try HookReceiver(statuses: [500, 503, 200])
        let server = try server(receiver)
        #expect(try server.call("fixed").status == 200)
        #expect(waitUntil(seconds: 10) { receiver.received.count == 1 })
        try server.restart()
        #expect(waitUntil(seconds: 15) { receiver.received.count == 3 })
        let all = receiver.received
        #expect(Set(all.compactMap { $0.headers["webhook-id"] }).count == 1)
        #expect(Set(all.map(\.body)).count == 1)
        for hook in all { try expectSigned(hook, server) }
        #expect(try waited { try column(server, "SELECT status FROM notifications") == ["sent"] })
    }

    @Test func callersWithoutAKeyMayNotMakeTheServerSendRequests() throws {
        let receiver = try HookReceiver()
        let server = try server(receiver)
        let pending = try server.ask("open", #"{"callback_url":"\#(receiver.url)"}"#)
        #expect(try server.admin("POST", "/approvals/\(pending.id)/deny").status == 200)
        #expect(try column(server, "SELECT count(*) FROM notifications") == ["0"])
        let key = ("X-API-Key", try server.makeKey().key)
        for wrong in ["ftp://x/", "file:///etc/passwd", "x", "http://"] {
            expectProblem(try server.call("job", #"{"callback_url":"\#(wrong)"}"#, headers: [key]), 422, "invalid_callback_url")
        }
        expectProblem(try server.request("GET", "/callback-secret"), 401)
    }
}
