import CLI
import JSON
import TestKit
import Testing

/// runs, keys, version, help and what all clients have in common.
struct ClientCommandTests {
    @Test func runsAreListedForProgramsAndPeople() {
        let server = CannedServer(["GET /runs": [.init(body: Sample.list(Sample.run("failed", code: "2")))]])
        defer { server.stop() }
        let plain = sluice("runs", "list", "--status", "failed", environment: administrator(server))
        #expect(plain.output == "\(Sample.runID)\tfailed\tdeploy\t./deploy.sh\tci\t2\t1500\t2026-11-22T21:00:00.000Z\n")
        let table = sluice("runs", "list", environment: administrator(server), isTerminal: true, hasColours: true)
        #expect(table.output.contains("\u{1B}[31mfailed\u{1B}[0m"))
        #expect(table.output.contains("1.5 s"))
        #expect(server.requests.map(\.path) == ["/runs?status=failed&limit=50", "/runs?limit=50"])
    }

    @Test func aRunIsShownWithItsOutputMadeHarmless() {
        let run = Sample.run(more: #","output":"a\u001b]0;x\u0007b""#)
        let server = CannedServer(["GET /runs/\(Sample.runID)": [.init(body: run)]])
        defer { server.stop() }
        let result = sluice("runs", "show", Sample.runID, environment: administrator(server))
        #expect(result.output.contains("exit code     0\n"))
        #expect(result.output.hasSuffix("output:\na\\x1b]0;x\\x07b\n"))
    }

    @Test func logsAreTheBytesThemselves() {
        let server = CannedServer(["GET /runs/\(Sample.runID)/logs": [.init(type: "text/plain", body: "a\u{1B}b\r\nno end")]])
        defer { server.stop() }
        #expect(sluice("runs", "logs", Sample.runID, environment: administrator(server)).output == "a\u{1B}b\r\nno end")
    }

    @Test func followingPrintsEachByteOnce() {
        let server = CannedServer([
            "GET /runs/\(Sample.runID)": [
                .init(body: Sample.run("queued", code: "null")), .init(body: Sample.run("running", code: "null")),
                .init(body: Sample.run()),
            ],
            "GET /runs/\(Sample.runID)/logs": [.init(body: ""), .init(body: "on"), .init(body: "one\n")],
        ])
        defer { server.stop() }
        let result = sluice("runs", "logs", "-f", Sample.runID, environment: administrator(server))
        #expect(result.output == "one\n")
        #expect(result.pauses == 2)
    }

    @Test func aNewKeyStandsAloneOnStandardOutput() throws {
        let answer =
            #"{"id":"\#(Sample.id)","label":"ci","key":"wrapd_sk_abc","prefix":"wrapd_sk_a","created_at":"2026-11-22T21:00:00.000Z"}"#
        let server = CannedServer(["POST /api-keys": [.init(status: 201, body: answer)]])
        defer { server.stop() }
        let result = sluice("keys", "create", "ci", environment: administrator(server))
        #expect(result.output == "wrapd_sk_abc\n")
        #expect(result.errors.contains("sluice keys revoke \(Sample.id)"))
        #expect(server.requests.first?.body == #"{"label":"ci"}"#)
    }

    @Test func keysAreRevokedOneByOne() {
        let server = CannedServer(["DELETE /api-keys/\(Sample.id)": [.init(status: 204)]])
        defer { server.stop() }
        let result = sluice("keys", "revoke", Sample.id, Sample.otherID, environment: administrator(server))
        #expect(result.output == "revoked \(Sample.id)\n")
        #expect(result.code == 1)
        #expect(result.errors.contains(Sample.otherID))
    }

    @Test func aServerThatIsNotThereIsSaidPlainly() {
        let server = CannedServer([:])
        server.stop()
        #expect(waitUntil { sluice("runs", "list", environment: administrator(server)).errors.contains("cannot reach") })
        let result = sluice("runs", "list", environment: administrator(server))
        #expect(result.code == 1)
        #expect(result.errors.hasPrefix("sluice: cannot reach \(server.url): is `sluice serve` running?"))
    }

    @Test func aWrongTokenSaysWhereTokensComeFrom() {
        let server = CannedServer([
            "GET /runs": [.init(status: 401, type: "application/problem+json", body: #"{"detail":"unknown token"}"#)]
        ])
        defer { server.stop() }
        #expect(sluice("runs", "list", environment: ["SLUICE_URL": server.url]).errors.contains("set SLUICE_TOKEN"))
        let wrong = sluice("runs", "list", environment: administrator(server))
        #expect(wrong.code == 1)
        #expect(wrong.errors.hasSuffix("unknown token\n"))
        #expect(!wrong.errors.contains("secret-token"))
    }

    @Test func theTokenFileComesBeforeTheEnvironmentAndTheDataDirectoryLast() throws {
        let server = CannedServer(["GET /runs": [.init(body: Sample.list())]])
        defer { server.stop() }
        let directory = try TemporaryDirectory()
        for name in ["token", "admin-token"] { try writeFile("  from-\(name)\n", to: directory.file(name)) }
        let here = ["--server", server.url]
        _ = sluice(
            "runs", "list", here[0], here[1], "--token-file", directory.file("token"), environment: ["SLUICE_TOKEN": "from-variable"])
        _ = sluice("runs", "list", here[0], here[1], "--data", directory.path, environment: ["SLUICE_ADMIN_TOKEN": "from-admin-variable"])
        _ = sluice("runs", "list", here[0], here[1], environment: ["SLUICE_DATA": directory.path])
        _ = sluice("runs", "list", here[0], here[1], "--data", directory.file("nothing"))
        #expect(
            server.requests.map { $0.header("Authorization") }
                == ["Bearer from-token", "Bearer from-admin-variable", "Bearer from-admin-token", nil])
    }

    @Test(arguments: ["a b", "line\nbreak", "é", "   "])
    func aSecretThatCannotStandInAHeaderIsRefused(secret: String) {
        let result = sluice("runs", "list", environment: ["SLUICE_TOKEN": secret])
        #expect(result.code == 1)
        #expect(result.errors.contains("SLUICE_TOKEN"))
        #expect(!result.errors.contains(secret) || secret == "   ")
    }

    @Test(arguments: ["<html>", "[]", #"{"items":3}"#, ""])
    func whatIsNoSluiceServerIsRecognised(body: String) {
        let server = CannedServer(["GET /runs": [.init(body: body)]])
        defer { server.stop() }
        let result = sluice("runs", "list", environment: administrator(server))
        #expect(result.code == 1)
        #expect(result.errors.contains("is this a Sluice server?"))
    }

    @Test func theVersionIsTextOrJSON() throws {
        for argument in ["version", "--version"] { #expect(sluice(argument).output.hasPrefix("sluice 0.")) }
        #expect(try parseJSON(sluice("version", "--json").output)["version"]?.string?.isEmpty == false)
    }

    @Test(arguments: [
        ["help"], ["--help"], ["approvals", "--help"], ["approvals", "list", "--help"], ["approvals", "show", "-h"],
        ["approvals", "approve", "--help"], ["approvals", "deny", "--help"], ["runs", "help"], ["runs", "list", "--help"],
        ["runs", "show", "--help"], ["runs", "logs", "--help"],
        ["call", "--help"], ["keys", "--help"], ["keys", "create", "--help"], ["keys", "list", "--help"], ["keys", "revoke", "--help"],
        ["version", "--help"], ["help", "approvals"], ["help", "call"], ["help", "keys", "create"],
    ])
    func everyCommandExplainsItself(arguments: [String]) {
        let result = sluice(all: arguments)
        #expect(result.code == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.hasPrefix("usage: sluice "))
        #expect(result.output.contains("sluice "), "an example")
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 120 }, "lines fit")
    }

    @Test(arguments: [
        ["approval"], ["approvals"], ["approvals", "lst"], ["runs", "show"], ["keys", "create", "a", "b"], ["runs", "list", "--jsn"],
        ["runs", "list", "--status", "odd"],
    ])
    func misuseIsExplainedAndEndsWithTwo(arguments: [String]) {
        let result = sluice(all: arguments)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("--help"))
    }

    @Test func aNearMissIsNamed() {
        #expect(sluice("aprovals").errors.contains("did you mean 'approvals'?"))
        #expect(sluice("runs", "lgos").errors.contains("did you mean 'logs'?"))
    }

    @Test func schedulesOfATerminalSayWhenTheyFire() {
        let item =
            #"{"id":"nightly","schedule":"0 3 * * *","timezone":"UTC","next_run_at":"2026-11-23T03:00:00Z","paused":false,"last":null}"#
        let server = CannedServer(["GET /schedules": [.init(body: Sample.list(item))]])
        defer { server.stop() }
        let table = sluice("schedules", "list", environment: administrator(server), isTerminal: true)
        #expect(table.output.contains("in 5h"), "\(table.output)")
    }

    @Test(arguments: ["runs", "deliveries"]) func aShortenedIDIsAskedForFirst(collection: String) {
        let id = "00000000-002a-8222-9333-444455556666"
        let item = #"{"id":"\#(id)","status":"failed","verdict":"accepted"}"#
        let server = CannedServer([
            "GET /\(collection)/00000000-002a": [.init(body: item)], "GET /\(collection)/\(id)": [.init(body: item)],
        ])
        defer { server.stop() }
        let found = sluice(collection, "show", "00000000-002A", "--json", environment: administrator(server))
        #expect(found.code == 0 && found.output.contains(id))
        #expect(server.requests.map(\.path) == ["/\(collection)/00000000-002a", "/\(collection)/\(id)"])
        let short = sluice(collection, "show", "00000000", environment: administrator(server))
        #expect(short.code == 2 && short.errors.contains("13 characters"))
    }
}
