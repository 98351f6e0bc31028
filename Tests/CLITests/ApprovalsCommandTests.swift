import CLI
import JSON
import Testing

struct ApprovalsCommandTests {
    @Test func theListAsksForWhatWaitsAndPrintsFieldsBetweenTabs() throws {
        let server = CannedServer(["GET /approvals": [.init(body: Sample.list(Sample.approval()))]])
        defer { server.stop() }
        let result = sluice("approvals", "list", environment: administrator(server))
        #expect(result.code == 0)
        #expect(
            result.output
                == "\(Sample.id)\tpending\tdeploy\t./deploy.sh ${env}\tci\t2026-11-22T21:00:00.000Z\t2026-11-22T21:30:00.000Z\n")
        let request = try #require(server.requests.first)
        #expect(request.path == "/approvals?status=pending&limit=50")
        #expect(request.header("Authorization") == "Bearer secret-token-of-admin")
    }

    @Test func aTerminalGetsATableWithAgeAndTimeLeft() {
        let server = CannedServer(["GET /approvals": [.init(body: Sample.list(Sample.approval()))]])
        defer { server.stop() }
        let result = sluice("approvals", "list", environment: administrator(server), isTerminal: true)
        let expected = """
            ID             STATUS   ENDPOINT  COMMAND             REQUESTED BY  AGE  TIME LEFT
            00000000-002a  pending  deploy    ./deploy.sh ${env}  ci            10m        20m

            """
        #expect(result.output == expected)
    }

    @Test func allFollowsTheCursorsAndJSONIsOneArray() throws {
        let server = CannedServer([
            "GET /approvals?status=decided&endpoint=deploy&limit=1000": [.init(body: Sample.list(Sample.approval(), next: #""c 1""#))],
            "GET /approvals?status=decided&endpoint=deploy&limit=1000&cursor=c%201": [
                .init(body: Sample.list(Sample.approval(Sample.otherID)))
            ],
        ])
        defer { server.stop() }
        let result = sluice(
            "approvals", "list", "--all", "--json", "--status=decided", "--endpoint", "deploy", environment: administrator(server))
        let items = try #require(try parseJSON(result.output).array)
        #expect(items.map { $0["id"]?.string } == [Sample.id, Sample.otherID])
    }

    @Test func aLimitEndsTheList() {
        let two = Sample.list(Sample.approval(), Sample.approval(Sample.otherID), next: #""c""#)
        let server = CannedServer(["GET /approvals": [.init(body: two)]])
        defer { server.stop() }
        let cut = sluice("approvals", "list", "--limit", "1", environment: administrator(server))
        #expect(cut.output.split(separator: "\n").count == 1)
        #expect(cut.errors.isEmpty)
        #expect(server.requests.first?.path == "/approvals?status=pending&limit=1")
    }

    @Test func withoutALimitItIsSaidThatThereAreMore() {
        let items = Array(repeating: Sample.approval(), count: 50).joined(separator: ",")
        let server = CannedServer(["GET /approvals": [.init(body: Sample.list(items, next: #""c""#))]])
        defer { server.stop() }
        #expect(sluice("approvals", "list", environment: administrator(server)).errors.contains("see --limit and --all"))
    }

    @Test func aServerThatRepeatsItsCursorIsNotAskedForEver() {
        let server = CannedServer(["GET /approvals": [.init(body: Sample.list(Sample.approval(), next: #""same""#))]])
        defer { server.stop() }
        #expect(sluice("approvals", "list", "--all", environment: administrator(server)).code == 0)
        #expect(server.requests.count == 2)
    }

    @Test func showPrintsEverythingThatWouldRunWithoutLettingItActOnTheTerminal() {
        let approval = Sample.approval().replacing("\"stdin_bytes\":0", with: "\"stdin_bytes\":9")
        let server = CannedServer([
            "GET /approvals/\(Sample.id)": [.init(body: approval)],
            "GET /approvals/\(Sample.id)/body": [.init(type: "application/octet-stream", body: "a\u{1B}[2Jb\nc")],
        ])
        defer { server.stop() }
        let result = sluice("approvals", "show", Sample.id, environment: administrator(server))
        #expect(result.code == 0)
        for part in [
            "will run      ./deploy.sh 'two words'", "argument      env = two words", "script        ./deploy.sh (SHA-256 ab12)",
            "expires       2026-11-22 21:30:00Z (in 20m)", "standard input, 9 bytes:\na\\x1b[2Jb\nc\n",
        ] { #expect(result.output.contains(part), "\(part) in \(result.output)") }
    }

    @Test func showAsJSONHoldsTheWholeInput() throws {
        let approval = Sample.approval().replacing("\"stdin_bytes\":0", with: "\"stdin_bytes\":9")
        let server = CannedServer([
            "GET /approvals/\(Sample.id)": [.init(body: approval)], "GET /approvals/\(Sample.id)/body": [.init(body: "a\u{1B}[2Jb\nc")],
        ])
        defer { server.stop() }
        let result = sluice("approvals", "show", "--json", Sample.id, environment: administrator(server))
        #expect(try parseJSON(result.output)["stdin"]?.string == "a\u{1B}[2Jb\nc")
    }

    @Test func aShortenedIDFindsTheOneThatWaits() {
        let server = CannedServer([
            "GET /approvals": [.init(body: Sample.list(Sample.approval(), Sample.approval(Sample.otherID)))],
            "POST /approvals/\(Sample.id)/approve": [.init(body: Sample.approved)],
        ])
        defer { server.stop() }
        let result = sluice("approvals", "approve", "00000000-002A", environment: administrator(server))
        #expect(result.output == "approved \(Sample.id) deploy (./deploy.sh ${env}), run \(Sample.runID)\n")
        #expect(result.code == 0)
    }

    @Test(arguments: [("00000000", "2 waiting approvals begin with 00000000"), ("00000000-00f", "no waiting approval begins with")])
    func anAmbiguousOrUnknownBeginningDecidesNothing(id: String, message: String) {
        let server = CannedServer(["GET /approvals": [.init(body: Sample.list(Sample.approval(), Sample.approval(Sample.otherID)))]])
        defer { server.stop() }
        let result = sluice("approvals", "approve", id, environment: administrator(server))
        #expect(result.code == 1)
        #expect(result.errors.contains(message))
        #expect(server.requests.allSatisfy { $0.method == "GET" })
    }

    @Test func aShortenedIDOfADecidedOneSaysWhatWasDecided() {
        let decided = Sample.approval(status: "denied").replacing(#""decided_by":null"#, with: #""decided_by":"Kim","decided_via":"link""#)
        let server = CannedServer([
            "GET /approvals/00000000-002a": [.init(body: decided)], "GET /approvals/\(Sample.id)": [.init(body: decided)],
            "GET /approvals": [.init(body: Sample.list())],
            "POST /approvals/\(Sample.id)/approve": [.init(status: 409, type: "application/problem+json", body: #"{"detail":"decided"}"#)],
        ])
        defer { server.stop() }
        let result = sluice("approvals", "approve", "00000000-002a", environment: administrator(server))
        #expect(result.code == 1)
        #expect(result.errors == "sluice: \(Sample.id) is already denied by Kim (link)\n")
    }

    @Test func denyingSendsTheReason() throws {
        let server = CannedServer(["POST /approvals/\(Sample.id)/deny": [.init(body: Sample.approval(status: "denied"))]])
        defer { server.stop() }
        let result = sluice("approvals", "deny", Sample.id, "--reason", #"not "now""#, environment: administrator(server))
        #expect(result.code == 0)
        #expect(server.requests.first?.body == #"{"reason":"not \"now\""}"#)
    }

    @Test func aSecondDecisionSaysWhatWasDecidedAndTheOthersAreStillMade() {
        let decided = Sample.approval(status: "denied").replacing(#""decided_by":null"#, with: #""decided_by":"Kim","decided_via":"link""#)
        let server = CannedServer([
            "POST /approvals/\(Sample.id)/approve": [.init(status: 409, type: "application/problem+json", body: #"{"detail":"decided"}"#)],
            "GET /approvals/\(Sample.id)": [.init(body: decided)],
            "POST /approvals/\(Sample.otherID)/approve": [.init(body: Sample.approval(Sample.otherID, status: "approved"))],
        ])
        defer { server.stop() }
        let result = sluice("approvals", "approve", Sample.id, Sample.otherID, environment: administrator(server))
        #expect(result.code == 1)
        #expect(result.errors == "sluice: \(Sample.id) is already denied by Kim (link)\n")
        #expect(result.output.hasPrefix("approved \(Sample.otherID)"))
    }

    @Test func anApprovalThatBecameStaleIsAFailure() {
        let server = CannedServer(["POST /approvals/\(Sample.id)/approve": [.init(body: Sample.approval(status: "stale"))]])
        defer { server.stop() }
        let result = sluice("approvals", "approve", Sample.id, environment: administrator(server))
        #expect(result.code == 1)
        #expect(result.errors.contains("is now stale"))
    }

    @Test(arguments: ["../runs", "a/b", "a b", "", "x?y", "00\n"])
    func whatIsNoIDIsMisuseAndNothingIsSent(id: String) {
        let server = CannedServer([:])
        defer { server.stop() }
        #expect(sluice("approvals", "approve", id, environment: administrator(server)).code == 2)
        #expect(server.requests.isEmpty)
    }
}
