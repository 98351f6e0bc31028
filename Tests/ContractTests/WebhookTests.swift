import Bytes
import Crypto
import Foundation
import JSON
import TestKit
import Testing

/// Deliveries of webhook senders: verified over the raw bytes, each id taken once for each endpoint.
@Suite struct WebhookTests {
    @Test func signatureOfOpenSSLIsAccepted() throws {
        let server = try gatedServer()
        let body = #"{"ref":"refs/heads/main","pusher":{"name":"zoë"}}"#
        let signed = try runTool(["openssl", "dgst", "-sha256", "-hmac", githubSecret, "-r"], input: Array(body.utf8))
        let hex = try #require(signed.output.split(separator: " ").first)
        #expect(String(hex) == HMACKey(githubSecret).sign(Array(body.utf8)).hex)
        #expect(try server.deliver("deploy", body, id: "d-1", signature: "sha256=\(hex)").status == 202)
    }

    @Test(
        arguments: [
            "", "sha256=", "sha256=00", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", "sha1=0123456789012345678901234567890123456789",
            "sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ])
    func wrongSignatureIs401AndOnlyARecordIsKept(signature: String) throws {
        let server = try gatedServer()
        let body = #"{"forged":"body-that-must-not-be-kept"}"#
        expectProblem(try server.deliver("deploy", body, id: "d-1", signature: signature), 401)
        // The record is written behind the answer.
        #expect(try waited { try server.count("/deliveries/rejected") == 1 })
        let record = try #require(try server.admin("GET", "/deliveries/rejected").json["items"]?[0])
        #expect(record["status"]?.int == 401)
        #expect(record["endpoint"]?.string == "deploy")
        #expect(record["delivery_id"]?.string == "d-1")
        #expect(try server.count("/approvals") == 0)
        #expect(try server.count("/deliveries") == 0)
        #expect(try column(server, "SELECT count(*) FROM bodies") == ["0"])
        // The forger has not used up the id of the real delivery.
        let real = try server.deliver("deploy", id: "d-1")
        #expect(real.status == 202)
        #expect(real.header("sluice-duplicate") == nil)
        try server.stop()
        #expect(!databaseText(server).contains("body-that-must-not-be-kept"))
    }

    @Test func missingSignatureIs401() throws {
        let server = try gatedServer()
        let body = Array("{}".utf8)
        expectProblem(try server.request("POST", "/v1/user/deploy", headers: [("X-GitHub-Event", "push")], body: body), 401)
        #expect(try server.count("/approvals") == 0)
    }

    @Test func signatureCoversRawBytesNotTheirMeaning() throws {
        let server = try gatedServer()
        let signature = "sha256=\(HMACKey(githubSecret).sign(Array(#"{"a":1}"#.utf8)).hex)"
        expectProblem(try server.deliver("deploy", #"{"a": 1}"#, id: "d-1", signature: signature), 401)
        #expect(try server.deliver("deploy", #"{"a":1}"#, id: "d-1", signature: signature).status == 202)
    }

    @Test func repeatedDeliveryGetsFirstAnswerByteForByte() throws {
        let server = try gatedServer()
        let first = try server.deliver(id: "d-1")
        func expectRepeat(_ location: SourceLocation = #_sourceLocation) throws {
            let again = try server.deliver(id: "d-1")
            #expect(again.status == first.status, sourceLocation: location)
            #expect(again.body == first.body, sourceLocation: location)
            #expect(again.header("sluice-duplicate") == "true", sourceLocation: location)
        }
        #expect(first.header("sluice-duplicate") == nil)
        try expectRepeat()
        try server.restart()
        try expectRepeat()
        server.kill()
        try server.start()
        try expectRepeat()
        let pending = try Pending(first)
        #expect(try server.post(pending.path, "decision=approve").status == 200)
        #expect(try server.endedRun(ofApproval: pending.id)["status"]?.string == "succeeded")
        try expectRepeat()
        #expect(try server.admin("PATCH", "/endpoints/deploy", #"{"approval_timeout_mins":5}"#).status == 200)
        try expectRepeat()
        #expect(try server.count("/approvals") == 1)
        #expect(try server.admin("GET", "/deliveries").json["items"]?[0]?["seen"]?.int == 6)
        #expect(server.lines("runs") == ["webhook"])
    }

    @Test(arguments: [String(repeating: "x", count: 201), "d-ü"])
    func idThatCannotBeShownIsRecognisedToo(id: String) throws {
        let server = try gatedServer()
        let first = try server.deliver(id: id)
        let again = try server.deliver(id: id)
        #expect(first.status == 202 && again.status == 202 && again.body == first.body)
        #expect(again.header("sluice-duplicate") == "true")
        #expect(try server.count("/approvals") == 1)
    }

    @Test func sameDeliveryAtOnceFromManySendersIsOne() throws {
        let server = try gatedServer()
        let answers = concurrently(16) { _ in (try? server.deliver(id: "d-1"))?.member("approval_id") ?? "none" }
        #expect(Set(answers).count == 1)
        #expect(!answers.contains("none"))
        #expect(try server.count("/approvals") == 1)
    }

    @Test func sameIdOnAnotherEndpointIsAnotherDelivery() throws {
        let server = try gatedServer()
        let first = try Pending(try server.deliver("deploy", id: "d-1"))
        let second = try server.deliver("other", id: "d-1")
        #expect(second.header("sluice-duplicate") == nil)
        #expect(try Pending(second).id != first.id)
        #expect(try server.count("/approvals") == 2)
    }

    @Test func pingIsAnsweredAndNotQueued() throws {
        let server = try gatedServer()
        let answer = try server.deliver("deploy", #"{"zen":"Keep it logically awesome."}"#, id: "p-1", event: "ping")
        #expect(answer.status == 200)
        #expect(try server.count("/approvals") == 0)
        expectProblem(try server.deliver("deploy", "{}", id: "p-2", event: "ping", signature: "sha256=00"), 401)
    }

    @Test func filteredEventIsIgnoredWith200() throws {
        let server = try gatedServer()
        for isRepeat in [false, true] {
            let answer = try server.deliver(id: "i-1", event: "issues")
            #expect(answer.status == 200)
            #expect(answer.json == ["status": "ignored", "event": "issues"])
            #expect((answer.header("sluice-duplicate") == "true") == isRepeat)
        }
        #expect(try server.count("/approvals") == 0)
        let item = try server.admin("GET", "/deliveries").json["items"]?[0]
        #expect(item?["verdict"]?.string == "ignored" && item?["reason"]?.string == "webhook_events: push")
        #expect(try server.deliver("other", id: "i-1", event: "issues").status == 202)
    }

    @Test func formEncodedDeliveryGivesDecodedPayloadOnStandardInput() throws {
        let server = try gatedServer()
        let payload = #"{"text":"a+b & c=d % \u00e9 é","list":[1, 2]}"#
        let form = "payload=" + percentEncode(payload)
        let pending = try Pending(try server.deliver("deploy", form, id: "f-1", type: "application/x-www-form-urlencoded"))
        #expect(try server.admin("GET", "/approvals/\(pending.id)/body").text == payload)
        #expect(try server.post(pending.path, "decision=approve").status == 200)
        _ = try server.endedRun(ofApproval: pending.id)
        #expect(fileText(server.file("stdin")) == payload)
        // The raw form is kept with the delivery: it is what was signed.
        let delivery = try #require(try server.admin("GET", "/deliveries").json["items"]?[0]?["id"]?.string)
        #expect(try server.admin("GET", "/deliveries/\(delivery)/body").text == form)
        for wrong in ["other=1", "payload=%7B", "payload=notjson"] {
            expectProblem(try server.deliver("deploy", wrong, id: "f-2", type: "application/x-www-form-urlencoded"), 400)
        }
        #expect(try server.deliver("deploy", form, id: "f-2", type: "application/x-www-form-urlencoded").status == 202)
    }

    @Test(arguments: ["", "{", "not json", "{\"a\":1}x", "\u{0}"])
    func malformedBodyIs400AndBurnsNoId(body: String) throws {
        let server = try gatedServer()
        expectProblem(try server.deliver("deploy", body, id: "d-1"), 400, "malformed_json")
        #expect(try waited { try server.count("/deliveries/rejected") == 1 })
        #expect(try column(server, "SELECT count(*) FROM bodies") == ["0"])
        #expect(try server.deliver("deploy", "{}", id: "d-1").status == 202)
    }

    @Test func webhookThatIsNotPublicNeedsKeyAndSignature() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - name: hook
                    command: "true"
                    trigger: webhook
                    webhook_source: github
                    secret: $HOOK_SECRET
                """, environment: ["HOOK_SECRET": githubSecret])
        let key = try server.makeKey().key
        let body = Array("{}".utf8)
        let signature = ("X-Hub-Signature-256", "sha256=\(HMACKey(githubSecret).sign(body).hex)")
        expectProblem(try server.request("POST", "/v1/user/hook", headers: [signature], body: body), 401)
        expectProblem(try server.request("POST", "/v1/user/hook", headers: [("X-API-Key", key)], body: body), 401)
        let answer = try server.request("POST", "/v1/user/hook", headers: [signature, ("X-API-Key", key)], body: body)
        #expect(answer.status == 202)
        #expect(answer.member("status") == "accepted")
        #expect(try server.endedRun(try #require(answer.member("run_id")))["status"]?.string == "succeeded")
    }

    @Test func staleStripeTimestampIs401() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: pay, command: cat, trigger: webhook, webhook_source: stripe, secret: $S, public: true, approval_required: true}
                """, environment: ["S": "whsec_test"])
        let body = #"{"id":"evt_1","type":"invoice.paid"}"#
        func send(_ time: Int) throws -> TestResponse {
            let signature = HMACKey("whsec_test").sign(Array("\(time).\(body)".utf8)).hex
            return try server.request("POST", "/v1/user/pay", headers: [("Stripe-Signature", "t=\(time),v1=\(signature)")], body: Array(body.utf8))
        }
        let now = Int(Date().timeIntervalSince1970)
        for wrong in [now - 400, now + 400, 0] { expectProblem(try send(wrong), 401) }
        let first = try send(now)
        #expect(first.status == 202)
        let second = try send(now - 1)
        #expect(second.body == first.body)
        #expect(second.header("sluice-duplicate") == "true")
    }

    private func percentEncode(_ text: String) -> String {
        text.utf8.map { "%" + hexEncode([$0]).uppercased() }.joined()
    }
}

/// Everything in the data directory but the key, as text: what an attacker with a copy would search.
func databaseText(_ server: SluiceProcess) -> String {
    ["sluice.db", "sluice.db-wal", "sluice.db-shm"].map { String(decoding: fileBytes("\(server.dataDirectory)/\($0)"), as: UTF8.self) }.joined()
}
