import Bytes
import Crypto
import Foundation
import JSON
import TestKit
import Testing

private let apiKey = "X-API-Key"

/// The log of deliveries: what it shows, what it hides, and what is taken once more.
@Suite struct DeliveryLogTests {
    private static let config = """
        version: 1
        endpoints:
          - name: deploy
            command: ./record.sh
            trigger: webhook
            webhook_source: github
            webhook_events: [push]
            secret: $HOOK_SECRET
            public: true
          - {name: other, command: cat, trigger: webhook, webhook_source: github, secret: $HOOK_SECRET, approval_required: true}
        """

    private func server(_ config: String = config) throws -> SluiceProcess {
        try SluiceProcess(config: config, files: recordScript, environment: ["HOOK_SECRET": githubSecret])
    }

    private func list(_ server: SluiceProcess, _ query: String = "") throws -> [JSONValue] {
        let answer = try server.admin("GET", "/deliveries\(query)")
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(answer.json["items"]?.array)
    }

    private func only(_ server: SluiceProcess, _ query: String = "") throws -> String {
        let items = try list(server, query)
        #expect(items.count == 1)
        return try #require(items.first?["id"]?.string)
    }

    // MARK: What is shown

    @Test func oneDeliveryIsShownWithHeadersBodyAndWhatItLedTo() throws {
        let server = try server()
        let answer = try server.deliver(id: "d-1")
        let run = try #require(answer.member("run_id"))
        _ = try server.endedRun(run)
        let id = try only(server)
        let item = try server.admin("GET", "/deliveries/\(id)").json
        #expect(item["run_id"]?.string == run)
        #expect(item["approval_id"]?.isNull == true && item["redelivery_of"]?.isNull == true)
        #expect(item["body"]?.string == #"{"ref":"refs/heads/main"}"# && item["body_cut"]?.bool == false)
        #expect(item["requested_by"]?.string == "github from 127.0.0.1")
        #expect((item["timings"]?["verify_us"]?.int ?? -1) >= 0)
        #expect(item["timings"]?["finished_at"]?.string != nil)
        let headers = try #require(item["headers"]?.array)
        #expect(headers.contains(["name": "X-GitHub-Event", "value": "push"]))
        #expect(headers.contains(["name": "X-Hub-Signature-256", "value": "***"]))
        #expect(try server.admin("GET", "/deliveries/\(id)/body").text == #"{"ref":"refs/heads/main"}"#)
        expectProblem(try server.admin("GET", "/deliveries/00000000-0001-8000-8000-000000000000"), 404, "unknown_delivery")
        expectProblem(try server.request("GET", "/deliveries/\(id)"), 401)
    }

    @Test func filtersFindAndCursorsStayWhenMoreComesIn() throws {
        let server = try server()
        for index in 0..<6 { #expect(try server.deliver(id: "d-\(index)", event: index % 2 == 0 ? "push" : "issues").status < 300) }
        func ids(_ query: String) throws -> [String] { try list(server, query).compactMap { $0["delivery_id"]?.string } }
        #expect(try ids("?verdict=ignored") == ["d-5", "d-3", "d-1"])
        #expect(try ids("?event=push&endpoint=deploy&source=github") == ["d-4", "d-2", "d-0"])
        #expect(try ids("?delivery_id=d-3") == ["d-3"])
        #expect(try ids("?endpoint=other") == [])
        #expect(try ids("?since=2001-01-01&until=2002-01-01") == [])
        #expect(try ids("?since=2001-01-01T00:00:00Z&event=&until=").count == 6)
        for wrong in ["verdict=rejected", "since=yesterday", "until=2026-13-01", "limit=0", "cursor=x"] {
            expectProblem(try server.admin("GET", "/deliveries?\(wrong)"), 422, "invalid_parameter")
        }
        var seen: [String] = []
        var cursor = ""
        for page in 0..<3 {
            let answer = try server.admin("GET", "/deliveries?limit=2\(cursor)").json
            seen += (answer["items"]?.array ?? []).compactMap { $0["delivery_id"]?.string }
            cursor = "&cursor=" + (answer["next_cursor"]?.string ?? "")
            _ = try server.deliver(id: "late-\(page)")
        }
        #expect(seen == ["d-5", "d-4", "d-3", "d-2", "d-1", "d-0"])
    }

    @Test func noSecretOfASenderIsInTheDatabaseOrAnAnswer() throws {
        let server = try server()
        let (_, key) = try server.makeKey()
        let body = Array(#"{"x":1}"#.utf8)
        let signature = HMACKey(githubSecret).sign(body).hex
        let secrets = [key, signature, "bearer-token-of-a-sender", "cookie-of-a-sender", "token-of-gitlab", githubSecret]
        let headers = [
            (apiKey, key), ("X-Hub-Signature-256", "sha256=\(signature)"), ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d-1"),
            ("Authorization", "Bearer bearer-token-of-a-sender"), ("Cookie", "a=cookie-of-a-sender"), ("X-Gitlab-Token", "token-of-gitlab"),
        ]
        #expect(try server.request("POST", "/v1/user/other", headers: headers, body: body).status == 202)
        // A forged one as well: its attempt is recorded.
        let forged = headers.map { $0.0 == "X-Hub-Signature-256" ? ($0.0, "sha256=" + String(repeating: "ab", count: 32)) : $0 }
        expectProblem(try server.request("POST", "/v1/user/other", headers: forged, body: body), 401)
        #expect(try waited { try server.count("/deliveries/rejected") == 1 })
        let id = try only(server)
        let again = try server.admin("POST", "/deliveries/\(id)/redeliver")
        #expect(again.status == 202)
        let answers = try ["/deliveries", "/deliveries/\(id)", "/deliveries/rejected", "/deliveries/\(id)/body"].map { try server.admin("GET", $0).text }
        try server.stop()
        let stored = databaseText(server)
        #expect(stored.contains("X-Gitlab-Token: ***"))
        for secret in secrets + [String(repeating: "ab", count: 32)] {
            #expect(!stored.contains(secret), "\(secret)")
            #expect(!answers.contains { $0.contains(secret) }, "\(secret)")
            #expect(!server.errors.contains(secret))
        }
    }

    @Test func refusedAttemptsHaveReasonPeerAndClaimedIdAndCannotBeRedelivered() throws {
        let server = try server()
        expectProblem(try server.deliver(id: "r-1", signature: "sha256=00"), 401)
        #expect(try waited { try server.count("/deliveries/rejected?endpoint=deploy") == 1 })
        #expect(try server.count("/deliveries/rejected?endpoint=other") == 0)
        let item = try #require(try server.admin("GET", "/deliveries/rejected").json["items"]?[0])
        #expect(item["reason"]?.string == "the signature does not match the body")
        #expect(item["peer"]?.string == "127.0.0.1" && item["delivery_id"]?.string == "r-1")
        let id = try #require(item["id"]?.string)
        expectProblem(try server.admin("POST", "/deliveries/\(id)/redeliver"), 409, "nothing_to_redeliver")
        let plain = try server.command(["deliveries", "rejected"])
        #expect(plain.output.hasSuffix("\tdeploy\t401\t127.0.0.1\tr-1\tthe signature does not match the body\n"))
    }

    @Test func thePageOfADeliveryFollowsItsApproval() throws {
        let server = try server(Self.config.replacingOccurrences(of: "public: true", with: "public: true\n    approval_required: true"))
        #expect(try server.deliver(id: "o-1").status == 202)
        let id = try only(server)
        let approval = try #require(try server.admin("GET", "/deliveries/\(id)").member("approval_id"))
        let cookie = ("Cookie", try session(try server.post("/login", "token=\(SluiceProcess.adminToken)")))
        func page() throws -> String { try server.request("GET", "/dashboard/deliveries/\(id)", headers: [cookie]).text }
        #expect(try page().contains("It made a call, which waits for approval."))
        #expect(try server.admin("POST", "/approvals/\(approval)/deny").status == 200)
        #expect(try page().contains("It made a call, which was denied and did not run."))
    }

    // MARK: Redelivery

    @Test func aRedeliveryRunsAgainAndIsLinkedBothWays() throws {
        let server = try server()
        _ = try server.endedRun(try #require(try server.deliver(id: "d-1").member("run_id")))
        let id = try only(server)
        let answer = try server.admin("POST", "/deliveries/\(id)/redeliver")
        #expect(answer.status == 202 && answer.member("status") == "accepted" && answer.member("redelivery_of") == id)
        let run = try server.endedRun(try #require(answer.member("run_id")))
        #expect(run["requested_by"]?.string == "redelivered by admin token" && run["delivery_id"]?.isNull == true)
        #expect(server.lines("runs") == ["webhook", "webhook"])
        #expect(fileText(server.file("stdin")) == #"{"ref":"refs/heads/main"}"#)
        let new = try #require(answer.member("id"))
        #expect(try server.admin("GET", "/deliveries/\(new)").json["redelivery_of"]?.string == id)
        #expect(try server.admin("GET", "/deliveries/\(id)").json["redelivered_as"]?.array == [.string(new)])
        // One of its own can be taken again too, and the sender's repeat still gets the first answer.
        #expect(try server.admin("POST", "/deliveries/\(new)/redeliver").status == 202)
        #expect(try server.deliver(id: "d-1").header("sluice-duplicate") == "true")
    }

    @Test func aRepeatedRequestRedeliversOnce() throws {
        let server = try server()
        _ = try server.deliver(id: "d-1")
        let id = try only(server)
        func redeliver(_ key: String) throws -> TestResponse {
            try server.request(
                "POST", "/deliveries/\(id)/redeliver",
                headers: [("Authorization", "Bearer \(SluiceProcess.adminToken)"), ("Idempotency-Key", key)], body: [])
        }
        let first = try redeliver("k-1")
        let second = try redeliver("k-1")
        #expect(second.member("run_id") == first.member("run_id") && second.header("sluice-duplicate") == "true")
        #expect(try redeliver("k-2").member("run_id") != first.member("run_id"))
        #expect(try list(server).count == 3)
    }

    @Test func theGateAndTheFilterOfNowDecide() throws {
        let server = try server()
        #expect(try server.deliver(id: "i-1", event: "issues").member("status") == "ignored")
        let id = try only(server)
        let ignored = try server.admin("POST", "/deliveries/\(id)/redeliver")
        #expect(ignored.status == 200 && ignored.member("status") == "ignored")
        #expect(try server.admin("PATCH", "/endpoints/deploy", #"{"webhook_events":["issues"],"approval_required":true}"#).status == 200)
        let answer = try server.admin("POST", "/deliveries/\(id)/redeliver")
        let pending = try Pending(answer)
        #expect(answer.member("status") == "pending_approval")
        #expect(server.lines("runs").isEmpty)
        #expect(try server.approval(pending.id)["requested_by"]?.string == "redelivered by admin token")
        #expect(try server.post(pending.path, "decision=approve").status == 200)
        #expect(try server.endedRun(ofApproval: pending.id)["status"]?.string == "succeeded")
        #expect(server.lines("runs") == ["webhook"])
    }

    @Test func conditionsAndArgumentsOfThePayloadAreAskedAnew() throws {
        let server = try server()
        #expect(try server.deliver("deploy", #"{"ref":"main"}"#, id: "i-1", event: "issues").member("status") == "ignored")
        let id = try only(server)
        func set(_ changes: String) throws { #expect(try server.admin("PATCH", "/endpoints/deploy", changes).status == 200) }
        func redeliver() throws -> TestResponse { try server.admin("POST", "/deliveries/\(id)/redeliver") }
        try set(#"{"webhook_events":["issues"],"when":"ref == \"other\""}"#)
        #expect(try redeliver().member("status") == "ignored")
        try set(#"{"when":"ref == \"main\"","approval_required":"when $event == \"issues\""}"#)
        let asked = try redeliver()
        #expect(asked.member("status") == "pending_approval", "\(asked.text)")
        try set(#"{"approval_required":"when ref != \"main\"","command":"echo ${branch}","args":[{"name":"branch","from":"ref"}]}"#)
        let run = try server.endedRun(try #require(try redeliver().member("run_id")))
        #expect(run["output"]?.string == "main\n")
    }

    @Test func whoeverEditsTheEndpointMeanwhileDoesNotLoseARedelivery() throws {
        let server = try server()
        _ = try server.deliver("deploy", id: "d-1", event: "issues")
        let id = try only(server)
        let statuses = concurrently(24) { index -> Int in
            let answer =
                index % 2 == 0
                ? try? server.admin("POST", "/deliveries/\(id)/redeliver")
                : try? server.admin("PATCH", "/endpoints/deploy", #"{"timeout":\#(60 + index),"webhook_events":["issues"]}"#)
            return answer?.status ?? 0
        }
        #expect(statuses.allSatisfy { [200, 202, 409].contains($0) }, "\(statuses)")
        let made = try list(server).filter { $0["redelivery_of"]?.string == id }.count
        #expect(made == 12, "every redelivery was taken")
    }

    @Test func withoutItsEndpointADeliveryCannotBeTakenAgain() throws {
        let server = try server()
        #expect(
            try server.admin("POST", "/endpoints", #"{"name":"brief","command":"cat","trigger":"webhook","public":true}"#).status == 201)
        #expect(try server.request("POST", "/v1/user/brief", headers: [], body: Array("x".utf8)).status == 202)
        let id = try only(server, "?endpoint=brief")
        #expect(try waited { try server.admin("DELETE", "/endpoints/brief").status == 204 })
        expectProblem(try server.admin("POST", "/deliveries/\(id)/redeliver"), 409, "endpoint_gone")
        // Another one of that name never got this delivery.
        _ = try server.admin("POST", "/endpoints", #"{"name":"brief","command":"cat","trigger":"webhook","public":true}"#)
        expectProblem(try server.admin("POST", "/deliveries/\(id)/redeliver"), 409, "endpoint_gone")
        expectProblem(try server.admin("POST", "/deliveries/00000000-0001-8000-8000-000000000000/redeliver"), 404, "unknown_delivery")
        expectProblem(try server.request("POST", "/deliveries/\(id)/redeliver", headers: [], body: []), 401)
    }

    // MARK: Waiting for the output

    @Test func aSenderThatWaitsGetsTheOutputOrIsToldWhereToLook() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: quick, command: echo done, trigger: webhook, public: true, async: false}
                  - {name: slow, command: ./wait.sh, trigger: webhook, public: true, async: false, wait_seconds: 1}
                  - {name: gated, command: echo, trigger: webhook, public: true, async: false, approval_required: true}
                """,
            files: ["wait.sh": "#!/bin/sh\nwhile [ ! -e {dir}/go ]; do sleep 0.05; done\necho late\n"])
        func send(_ name: String, _ id: String) throws -> TestResponse {
            try server.request("POST", "/v1/user/\(name)", headers: [("Webhook-Id", id)], body: Array("x".utf8))
        }
        let quick = try send("quick", "q-1")
        #expect(quick.status == 200 && quick.member("output") == "done\n")
        let slow = try send("slow", "s-1")
        let run = try #require(slow.member("run_id"))
        #expect(slow.status == 202 && slow.member("status") == "accepted")
        #expect(slow.header("location") == "\(server.baseURL)/runs/\(run)")
        #expect(try send("gated", "g-1").member("status") == "pending_approval")
        try server.write("go", "")
        #expect(try server.endedRun(run)["output"]?.string == "late\n")
        // The repeat of a run that is over gets its output.
        let repeated = try send("slow", "s-1")
        #expect(repeated.status == 200 && repeated.member("output") == "late\n" && repeated.header("sluice-duplicate") == "true")
    }

    // MARK: Pages, metrics, size

    @Test func thePagesListShowAndRedeliver() throws {
        let server = try server()
        _ = try server.deliver(id: "d-1", event: "issues")
        let cookie = try signIn(server)
        func get(_ path: String) throws -> TestResponse { try server.request("GET", path, headers: [cookie]) }
        let id = try only(server)
        let listing = try get("/dashboard/deliveries?event=issues&verdict=ignored")
        #expect(listing.status == 200 && listing.text.contains("/dashboard/deliveries/\(id)"))
        #expect(try !get("/dashboard/deliveries?event=push").text.contains(id))
        #expect(try get("/dashboard/deliveries?since=never").status == 422)
        #expect(try get("/dashboard/deliveries/rejected").status == 200)
        let page = try get("/dashboard/deliveries/\(id)")
        #expect(page.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)
        #expect(page.text.contains("X-GitHub-Event") && !page.text.contains("sha256="))
        #expect(try server.post("/dashboard/deliveries/\(id)", "action=redeliver&csrf=wrong", headers: [cookie]).status == 403)
        #expect(try list(server).count == 1)
        let token = try #require(page.text.firstMatch(of: /name="csrf" value="([^"]+)"/)?.1)
        let done = try server.post("/dashboard/deliveries/\(id)", "action=redeliver&csrf=\(token)", headers: [cookie])
        #expect(done.status == 303)
        let new = try only(server, "?limit=1")
        #expect(done.header("location") == "/dashboard/deliveries/\(new)")
        #expect(try get("/dashboard/deliveries/\(new)").text.contains(id))
        #expect(try server.request("GET", "/dashboard/deliveries").status == 303, "the log is for those who are signed in")
    }

    private func signIn(_ server: SluiceProcess) throws -> (String, String) {
        let answer = try server.post("/login", "token=\(SluiceProcess.adminToken)")
        let cookie = try #require(answer.header("set-cookie"))
        return ("Cookie", String(cookie.prefix { $0 != ";" }))
    }

    @Test func deliveriesAreCountedByWhatBecameOfThem() throws {
        let server = try server()
        _ = try server.deliver(id: "d-1")
        _ = try server.deliver(id: "d-1")
        _ = try server.deliver(id: "d-2", event: "issues")
        _ = try server.deliver(id: "d-3", signature: "sha256=00")
        #expect(
            try waited {
                let text = try server.request("GET", "/metrics").text
                return ["accepted", "ignored", "repeated", "rejected"].allSatisfy { text.contains("sluice_deliveries_total{verdict=\"\($0)\"} 1\n") }
            })
    }

    @Test func theDatabaseIsKeptToItsSize() throws {
        let server = try server(Self.config.replacingOccurrences(of: "version: 1", with: "version: 1\nretention_size: 16MiB"))
        let filler = String(repeating: "x", count: 1 << 20)
        for index in 0..<24 { #expect(try server.deliver("deploy", "{\"x\":\"\(filler)\"}", id: "d-\(index)", event: "issues").status == 200) }
        #expect(
            try waited(seconds: 30) {
                let bytes = try server.request("GET", "/metrics").text.firstMatch(of: /sluice_store_bytes (\d+)/)
                return (bytes.flatMap { Int($0.1) } ?? .max) <= 16 << 20
            })
        let items = try list(server)
        #expect(items.count == 24 && items.last?["body_bytes"]?.isNull == true && items.first?["body_bytes"]?.int != nil)
        let oldest = try #require(items.last?["id"]?.string)
        expectProblem(try server.admin("GET", "/deliveries/\(oldest)/body"), 410, "body_gone")
        expectProblem(try server.admin("POST", "/deliveries/\(oldest)/redeliver"), 409, "body_gone")
        #expect(try server.deliver("deploy", "{}", id: "d-0", event: "issues").header("sluice-duplicate") == "true")
    }
}
