import CLI
import JSON
import TestKit
import Testing

struct CallCommandTests {
    private static let stream = """
        data: {"type":"output","data":"one","stream":"stdout"}

        data: {"type":"output","data":"oh","stream":"stderr"}

        data: {"type":"error","error":"it failed"}

        data: {"type":"done","exit_code":3,"duration_ms":5}


        """
    private static let gated = """
        {"status":"pending_approval","approval_id":"\(Sample.id)","approve_url":"http://127.0.0.1/approve/T",
         "message":"waits for a person","expires_in_mins":30}
        """

    private func caller(_ server: CannedServer) -> [String: String] { ["SLUICE_URL": server.url, "SLUICE_API_KEY": "wrapd_sk_1"] }

    @Test func theOutputAndTheExitCodeAreThoseOfTheRun() throws {
        let server = CannedServer(["POST /v1/user/deploy": [.init(type: "text/event-stream", body: Self.stream)]])
        defer { server.stop() }
        let result = sluice("call", "deploy", "env=prod", "note=a=b", environment: caller(server))
        #expect(result.code == 3)
        #expect(result.output == "one\n")
        #expect(result.errors == "oh\nsluice: it failed\n")
        let request = try #require(server.requests.first)
        #expect(request.body == #"{"env":"prod","note":"a=b"}"#)
        #expect(request.header("X-API-Key") == "wrapd_sk_1")
        #expect(request.header("Content-Type") == "application/json")
    }

    @Test func aStreamThatBreaksOffIsAFailure() {
        let cut = #"data: {"type":"output","data":"one"}"# + "\n\n"
        for breaksOff in [false, true] {
            let server = CannedServer(["POST /v1/user/deploy": [.init(type: "text/event-stream", body: cut, breaksOff: breaksOff)]])
            defer { server.stop() }
            let result = sluice("call", "deploy", environment: caller(server))
            #expect(result.code == 1)
            #expect(result.output == "one\n")
            #expect(!result.errors.isEmpty)
        }
    }

    @Test func jsonAsksForTheWholeAnswer() throws {
        let server = CannedServer(["PUT /v1/team/deploy": [.init(body: #"{"output":"hi\n","exit_code":0}"#)]])
        defer { server.stop() }
        let result = sluice("call", "deploy", "--json", "--method", "put", "--account", "team", environment: caller(server))
        #expect(result.code == 0)
        #expect(try parseJSON(result.output)["output"]?.string == "hi\n")
        #expect(server.requests.first?.header("Accept") == "application/json")
    }

    @Test func aBodyComesFromAFileOrStandardInput() throws {
        let server = CannedServer(["POST /v1/user/deploy": [.init(type: "text/event-stream", body: Self.stream)]])
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        try writeFile(#"{"a":1}"#, to: directory.file("body"))
        _ = sluice("call", "deploy", "--data-binary", "@" + directory.file("body"), environment: caller(server))
        _ = sluice("call", "deploy", "--data-binary", "-", environment: caller(server), input: "from stdin")
        #expect(server.requests.map(\.body) == [#"{"a":1}"#, "from stdin"])
    }

    @Test func aGatedCallNamesItsLinkAndEndsAsTemporarilyFailed() {
        let server = CannedServer(["POST /v1/user/deploy": [.init(status: 202, body: Self.gated)]])
        defer { server.stop() }
        let result = sluice("call", "deploy", environment: caller(server))
        #expect(result.code == 75)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("waits for a person"))
        #expect(result.errors.contains("http://127.0.0.1/approve/T"))
    }

    @Test func waitingEndsWithTheRunThatWasApproved() {
        let server = CannedServer([
            "POST /v1/user/deploy": [.init(status: 202, body: Self.gated)],
            "GET /approvals/\(Sample.id)": [
                .init(body: Sample.approval()), .init(body: Sample.approval()),
                .init(body: Sample.approved),
            ],
            "GET /runs/\(Sample.runID)": [.init(body: Sample.run("running", code: "null")), .init(body: Sample.run("failed", code: "7"))],
            "GET /runs/\(Sample.runID)/logs": [.init(type: "text/plain", body: "one\n"), .init(type: "text/plain", body: "one\ntwo\n")],
        ])
        defer { server.stop() }
        let result = sluice("call", "deploy", "--wait", environment: caller(server))
        #expect(result.code == 7)
        #expect(result.output == "one\ntwo\n")
        #expect(result.pauses == 3)
    }

    @Test func waitingForADeniedCallFailsAndSaysWhy() {
        let denied = Sample.approval(status: "denied").replacing(#""reason":null"#, with: #""reason":"not today""#)
        let server = CannedServer([
            "POST /v1/user/deploy": [.init(status: 202, body: Self.gated)], "GET /approvals/\(Sample.id)": [.init(body: denied)],
        ])
        defer { server.stop() }
        let result = sluice("call", "deploy", "--wait", environment: caller(server))
        #expect(result.code == 1)
        #expect(result.errors.hasSuffix("the call did not run: denied: not today\n"))
    }

    @Test func theCallItselfNeverCarriesTheAdminToken() {
        let server = CannedServer([
            "POST /v1/user/deploy": [.init(status: 202, body: Self.gated)], "GET /approvals/\(Sample.id)": [.init(status: 500)],
        ])
        defer { server.stop() }
        var environment = caller(server)
        environment["SLUICE_TOKEN"] = "secret-token-of-admin"
        _ = sluice("call", "deploy", "--wait", environment: environment)
        #expect(server.requests.map { $0.header("Authorization") } == [nil, "Bearer secret-token-of-admin"])
    }

    @Test func aMissingArgumentIsNamed() {
        let body = #"{"detail":"an argument is missing","errors":[{"field":"env","message":"is required"}]}"#
        let server = CannedServer(["POST /v1/user/deploy": [.init(status: 422, type: "application/problem+json", body: body)]])
        defer { server.stop() }
        let result = sluice("call", "deploy", environment: caller(server))
        #expect(result.code == 1)
        #expect(result.errors == "sluice: an argument is missing\n  env: is required\n")
    }

    @Test func aRefusedKeySaysWhichVariableHoldsIt() {
        let server = CannedServer(["POST /v1/user/deploy": [.init(status: 401)]])
        defer { server.stop() }
        #expect(sluice("call", "deploy", environment: ["SLUICE_URL": server.url]).errors.contains("set SLUICE_API_KEY"))
        #expect(sluice("call", "deploy", environment: caller(server)).errors.contains("is not accepted"))
    }

    @Test(arguments: [
        ["noequals"], ["=x"], ["a=1", "a=2"], ["a=1", "-d", "x"], ["--method", "BREW"], ["--account", "../x"],
    ])
    func misuseSendsNothing(arguments: [String]) {
        let result = sluice(all: ["call", "deploy"] + arguments)
        #expect(result.code == 2)
        #expect(result.errors.contains("Try: sluice call --help"))
    }
}
