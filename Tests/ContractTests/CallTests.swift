import Foundation
import JSON
import TestKit
import Testing

/// Calls by API: their answers, and what reaches the command.
@Suite struct CallTests {
    static let config = """
        version: 1
        endpoints:
          - {name: hello, command: "./hello.sh", public: true}
          - {name: slow, command: sleep 5, timeout: 1, public: true}
          - {name: fail, command: "sh -c 'exit 3'", public: true}
          - {name: none, command: ./not-there, public: true}
          - {name: flood, command: "head -c 3000000 /dev/zero", public: true}
          - {name: keep, command: ./record.sh, public: true}
          - name: words
            command: ./show.sh before ${value} after
            public: true
            args: [{name: value, required: true}]
          - name: shell
            command: "./show.sh ${value} | cat"
            public: true
            args: [{name: value, required: true}]
          - name: quoted
            command: './show.sh "x${value}y" > {dir}/quoted; cat {dir}/quoted'
            public: true
            args: [{name: value, required: true}]
          - name: appended
            command: ./show.sh
            public: true
            args: [{name: value, required: true}, {name: second, default: two}]
          - name: open
            command: ./env.sh
            public: true
            env: {OWN: mine, TAKEN: $HOOK_SECRET}
          - {name: count, command: seq 1 100000, public: true}
          - {name: empty, command: ./empty.sh, public: true}
          - name: big
            command: ./big.sh
            public: true
            transformer: {type: json}
          - {name: lines, command: "printf 'a\\\\nb\\\\n'", public: true, transformer: {type: lines}}
        """
    static let files = recordScript.merging([
        "big.sh": "#!/bin/sh\nprintf '\"'\nhead -c 500000 /dev/zero | tr '\\0' x\nprintf '\"'\n",
        "empty.sh": "#!/bin/sh\nyes '' | head -c 500000\n",
        "hello.sh": "#!/bin/sh\necho out\necho err >&2\nprintf last\n",
        "show.sh": "#!/bin/sh\nprintf '<%s>' \"$@\"\n",
        "env.sh": "#!/bin/sh\nenv | sort\n",
    ]) { $1 }

    private func server() throws -> SluiceProcess {
        try SluiceProcess(config: Self.config, files: Self.files, environment: ["HOOK_SECRET": "hidden-value"])
    }

    @Test func bufferedAnswerHasOutputExitCodeAndDuration() throws {
        let server = try server()
        let answer = try server.call("hello")
        #expect(answer.status == 200)
        let output = answer.member("output") ?? ""
        #expect(output.contains("out\n") && output.contains("err\n") && output.contains("last"))
        #expect(answer.json["exit_code"]?.int == 0)
        #expect(answer.json["duration_ms"]?.int != nil)
        let run = try #require(answer.member("run_id"))
        #expect(answer.header("sluice-run-id") == run)
        #expect(try server.run(run)["output"]?.string == output)
        #expect(try server.admin("GET", "/runs/\(run)/logs").text == output)
        #expect(try server.call("fail").json["exit_code"]?.int == 3)
        let missing = try server.call("none")
        #expect(missing.status == 200)
        #expect([126, 127].contains(missing.json["exit_code"]?.int ?? 0))
        #expect(missing.member("error")?.isEmpty == false)
        #expect(try server.call("lines").json["data"] == ["a", "b"])
    }

    @Test func streamIsServerSentEventsAndEndsWithDone() throws {
        let server = try server()
        let answer = try server.request("POST", "/v1/user/hello", body: [])
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "text/event-stream")
        let events = try events(answer)
        let output = events.filter { $0["type"]?.string == "output" }
        #expect(output.filter { $0["stream"]?.string == "stdout" }.compactMap { $0["data"]?.string } == ["out", "last"])
        #expect(output.filter { $0["stream"]?.string == "stderr" }.compactMap { $0["data"]?.string } == ["err"])
        #expect(events.last?["type"]?.string == "done")
        #expect(events.last?["exit_code"]?.int == 0)
        #expect(events.last?["duration_ms"]?.int != nil)
        #expect(events.count { $0["type"]?.string == "done" } == 1)
        let transformed = try self.events(try server.request("POST", "/v1/user/lines", body: []))
        #expect(transformed.map { $0["type"]?.string } == ["transformed_output", "done"])
    }

    /// More than the connection's buffer holds, from a command that is faster than any client.
    @Test func streamOfMuchOutputIsWhole() throws {
        let server = try server()
        for headers in [[], [], [("Idempotency-Key", "k")], [("Idempotency-Key", "k")]] {
            let events = try events(try server.request("POST", "/v1/user/count", headers: headers, body: []))
            #expect(events.count == 100_001)
            #expect(events.dropLast().enumerated().allSatisfy { $1["data"]?.string == "\($0 + 1)" })
            #expect(events.last?["type"]?.string == "done" && events.last?["output_cut_bytes"] == nil)
        }
        let empty = try events(try server.request("POST", "/v1/user/empty", body: []))
        #expect(empty.count == 500_001 && empty.last?["type"]?.string == "done")
        let big = try events(try server.request("POST", "/v1/user/big", body: []))
        #expect(big.map { $0["type"]?.string } == ["transformed_output", "done"])
        #expect(big.first?["data"]?.string?.utf8.count == 500_000)
        #expect(!server.errors.contains("stream_too_slow"))
    }

    @Test func timeoutEndsTheCommandWith124() throws {
        let server = try server()
        let begin = Date()
        let answers = concurrently(1) { _ in try? server.request("POST", "/v1/user/slow", body: []) }
        let events = try events(try #require(answers[0]))
        #expect(Date().timeIntervalSince(begin) < 4)
        #expect(events.suffix(2).map { $0["type"]?.string } == ["error", "done"])
        #expect(events.last?["exit_code"]?.int == 124)
        let run = try #require(events.last?["run_id"]?.string)
        #expect(try server.run(run)["status"]?.string == "timed_out")
        #expect(try server.run(run)["exit_code"]?.int == 124)
    }

    @Test func outputIsKeptToABoundAndTheCutIsSaid() throws {
        let server = try server()
        let answer = try server.call("flood")
        let cut = try #require(answer.json["output_cut_bytes"]?.int)
        let run = try #require(answer.member("run_id"))
        #expect(cut >= 1_900_000)
        #expect(answer.body.count < 10_000_000)
        #expect(try server.run(run)["output_cut_bytes"]?.int == cut)
        #expect(try server.admin("GET", "/runs/\(run)/logs").body.count <= 3_000_000 - cut + 1000)
    }

    @Test(
        arguments: [
            "plain", "two words", "", "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "&& touch pwned", "\n touch pwned",
            "' ; touch pwned ; '", "\" ; touch pwned ; \"", "$HOME", "*", "~", "-n", "--", "a\tb", "\\", "%s",
            "é \u{1F600}", "> pwned", "!!", "${IFS}",
        ])
    func argumentValuesNeverBecomeShellText(value: String) throws {
        let server = try server()
        let body = JSONValue.object(JSONObject([("value", .string(value))])).encodedText()
        #expect(try server.call("words", body).member("output") == "<before><\(value)><after>")
        #expect(try server.call("shell", body).member("output") == "<\(value)>")
        #expect(try server.call("quoted", body).member("output") == "<x\(value)y>")
        #expect(try server.call("appended", body).member("output") == "<\(value)><two>")
        #expect(!FileManager.default.fileExists(atPath: server.file("pwned")))
    }

    @Test func numbersAndBooleansArriveAsTheirText() throws {
        let server = try server()
        #expect(try server.call("appended", #"{"value":5,"second":true}"#).member("output") == "<5><true>")
        #expect(try server.call("appended", #"{"value":1.50,"second":"x","extra":[1]}"#).member("output") == "<1.50><x>")
    }

    @Test func bodyOfACallIsOnStandardInputAsReceived() throws {
        let server = try server()
        let body = #"{ "a" : 1,  "b":"é" }"#
        #expect(try server.call("keep", body).json["exit_code"]?.int == 0)
        #expect(fileText(server.file("stdin")) == body)
    }

    @Test func commandsSeeTheirOwnEnvironmentAndNoneOfTheServersSecrets() throws {
        let server = try server()
        let output = try #require(try server.call("open").member("output"))
        #expect(output.contains("OWN=mine\n") && output.contains("TAKEN=hidden-value\n"))
        #expect(output.contains("SLUICE_ENDPOINT=open\n") && output.contains("SLUICE_SOURCE=api\n") && output.contains("SLUICE_RUN_ID="))
        #expect(!output.contains("SLUICE_ADMIN_TOKEN") && !output.contains("HOOK_SECRET"))
    }

    @Test func idempotencyKeyReplaysAndRefusesAnotherRequest() throws {
        let server = try gatedServer()
        let key = ("Idempotency-Key", "order-17")
        let first = try server.call("job", #"{"n":1}"#, headers: [key])
        let again = try server.call("job", #"{"n":1}"#, headers: [key])
        #expect(first.status == 202)
        #expect(again.body == first.body)
        #expect(again.header("sluice-duplicate") == "true")
        expectProblem(try server.call("job", #"{"n":2}"#, headers: [key]), 422, "idempotency_key_reused")
        try server.restart()
        #expect(try server.call("job", #"{"n":1}"#, headers: [key]).body == first.body)
        #expect(try server.count("/approvals") == 1)
        for wrong in ["", String(repeating: "k", count: 256)] {
            expectProblem(try server.call("job", "{}", headers: [("Idempotency-Key", wrong)]), 400)
        }
    }

    /// The caller cannot know that somebody edited the endpoint or its script meanwhile: its repeat is still a repeat.
    @Test func idempotentRepeatSurvivesEditsOfEndpointAndScript() throws {
        let server = try gatedServer()
        let key = ("Idempotency-Key", "order-18")
        let first = try server.call("job", #"{"n":1}"#, headers: [key])
        try server.write("record.sh", "#!/bin/sh\necho new\n")
        #expect(try server.call("job", #"{"n":1}"#, headers: [key]).body == first.body)
        #expect(try server.admin("PATCH", "/endpoints/job", #"{"timeout":7}"#).status == 200)
        #expect(try server.call("job", #"{"n":1}"#, headers: [key]).body == first.body)
        expectProblem(try server.call("job", #"{"n":2}"#, headers: [key]), 422, "idempotency_key_reused")
    }

    @Test func ungatedRepeatGetsTheResultOfTheFirstRun() throws {
        let server = try server()
        let key = ("Idempotency-Key", "once")
        let first = try server.call("keep", "{}", headers: [key])
        let again = try server.call("keep", "{}", headers: [key])
        #expect(again.body == first.body)
        #expect(again.header("sluice-duplicate") == "true")
        let streamed = try server.request("POST", "/v1/user/keep", headers: [key], body: Array("{}".utf8))
        #expect(try events(streamed).last?["run_id"]?.string == first.member("run_id"))
        #expect(server.lines("runs") == ["api"])
    }

    @Test func scriptEditedBetweenUngatedCallsJustRuns() throws {
        let server = try server()
        #expect(try server.call("keep").member("output") == "recorded\n")
        try server.write("record.sh", "#!/bin/sh\necho changed\n")
        #expect(try server.call("keep").member("output") == "changed\n")
    }

    @Test func commandLineCallsWithItsKey() throws {
        let server = try server()
        let answer = try server.command(["call", "words", "value=a b"])
        #expect(answer.exitCode == 0, "\(answer.errors)")
        #expect(answer.output.contains("<before><a b><after>"))
        #expect(try server.command(["call", "fail"]).exitCode == 3)
        #expect(try server.command(["version"]).exitCode == 0)
    }

    /// Who waits for a stream is told at once that there is none yet.
    @Test func gatedCallIsAnsweredAtOnceWhateverWasAccepted() throws {
        let server = try gatedServer()
        for accept in [nil, "text/event-stream", "*/*", "application/json"] as [String?] {
            let answer = try server.request("POST", "/v1/user/job", headers: accept.map { [("Accept", $0)] } ?? [], body: [])
            #expect(answer.status == 202)
            #expect(answer.header("content-type") == "application/json")
            #expect(answer.member("status") == "pending_approval")
        }
    }

    @Test func webhookThatIsNotAsyncGetsTheOutput() throws {
        let server = try SluiceProcess(
            config: """
                version: 1
                endpoints:
                  - {name: sync, command: wc -c, trigger: webhook, allow_unsigned: true, public: true, async: false}
                  - {name: few, command: "true", public: true, approval_required: true, max_pending: 2}
                """)
        let answer = try server.request("POST", "/v1/user/sync", body: Array("12345".utf8))
        #expect(answer.status == 200)
        #expect(answer.member("output") == "5\n")
        // A flood of requests that wait is bounded where the endpoint says so.
        let first = try server.ask("few")
        _ = try server.ask("few")
        expectProblem(try server.call("few"), 429, "too_many_pending")
        #expect(try server.admin("POST", "/approvals/\(first.id)/deny").status == 200)
        _ = try server.ask("few")
    }

    @Test func secretThatIsNotSetFailsClosed() throws {
        let server = try SluiceProcess(config: gatedConfig, files: recordScript, starts: false)
        #expect(throws: TestFailure.self) { try server.start() }
        #expect(server.errors.contains("HOOK_SECRET is not set"))
        let running = try gatedServer()
        expectProblem(try running.admin("PATCH", "/endpoints/deploy", #"{"secret":"$NOT_SET_ANYWHERE"}"#), 422)
        expectProblem(try running.deliver(id: "d-1", signature: "sha256=\(String(repeating: "0", count: 64))"), 401)
    }

    private func events(_ response: TestResponse) throws -> [JSONValue] {
        try response.text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { block in
            try #require(block.hasPrefix("data: ") && !block.contains("\n"), "\(block)")
            return try parseJSON(Array(block.dropFirst(6).utf8))
        }
    }
}
