import Foundation
import Glibc
import JSON
import SQLite
import TestKit
import Testing

/// Starting, stopping, and what lies on disk.
@Suite struct LifecycleTests {
    static let idle = """
        version: 1
        endpoints:
          - {name: fds, command: "ls -l /proc/self/fd", public: true}
        """

    @Test func becomesReadyWithinTwoSecondsAndEndsAtOnceWhenIdle() throws {
        let server = try SluiceProcess(config: Self.idle)
        #expect(server.startSeconds < 2)
        #expect(try server.request("GET", "/healthz").status == 200)
        let open = try TestConnection(port: server.port)
        try open.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try open.receiveResponse().status == 200)
        // An idle kept-alive connection does not hold it up.
        let begin = Date()
        try server.stop()
        #expect(Date().timeIntervalSince(begin) < 1)
    }

    @Test func dataDirectoryAndItsFilesAreTheOwnersAlone() throws {
        let server = try SluiceProcess(config: Self.idle)
        #expect(try mode(server.dataDirectory) == 0o700)
        for file in ["key", "sluice.db", "sluice.db-wal", "lock"] {
            #expect(try mode("\(server.dataDirectory)/\(file)") == 0o600, "\(file)")
        }
    }

    @Test func firstStartOnABusyAddressDoesNotUseTheAdminTokenUp() throws {
        let server = try SluiceProcess(config: Self.idle)
        let data = server.file("fresh")
        func start(_ address: String) throws -> ToolResult {
            try runTool(
                ["/usr/bin/timeout", "2", SluiceProcess.program, "serve", "--config", server.file("wrapd.yaml"), "--data", data, "--listen", address],
                environment: [:])
        }
        let busy = try start("127.0.0.1:\(server.port)")
        #expect(busy.exitCode == 1 && busy.errors.contains("choose another address with --listen"), "\(busy.errors)")
        let free = try start("127.0.0.1:0")
        #expect(free.output.contains("Admin token, shown only now"), "\(free.output)")
    }

    @Test func secondServerOnTheSameDataIsRefused() throws {
        let server = try SluiceProcess(config: Self.idle)
        let second = try runTool(
            [SluiceProcess.program, "serve", "--config", server.file("wrapd.yaml"), "--data", server.dataDirectory, "--listen", "127.0.0.1:0"],
            environment: ["SLUICE_ADMIN_TOKEN": SluiceProcess.adminToken])
        #expect(second.exitCode == 1)
        #expect(second.errors.contains("another Sluice is running") && second.errors.contains(server.dataDirectory))
        #expect(try server.request("GET", "/healthz").status == 200)
    }

    @Test func takenPortAndLostKeyAreSaidClearly() throws {
        let server = try SluiceProcess(config: Self.idle)
        let other = try TemporaryDirectory()
        let second = try runTool(
            [
                SluiceProcess.program, "serve", "--config", server.file("wrapd.yaml"), "--data", other.file("d"), "--listen",
                "127.0.0.1:\(server.port)",
            ], environment: ["SLUICE_ADMIN_TOKEN": SluiceProcess.adminToken])
        #expect(second.exitCode == 1)
        #expect(second.errors.contains("\(server.port)"), "\(second.errors)")
        try server.stop()
        try FileManager.default.removeItem(atPath: server.dataDirectory + "/key")
        #expect(throws: TestFailure.self) { try server.start() }
        #expect(server.errors.contains("key is missing"))
    }

    @Test func shortAdminTokenIsRefusedAndAMissingOneIsMadeUpOnce() throws {
        let server = try SluiceProcess(config: Self.idle, environment: ["SLUICE_ADMIN_TOKEN": "short"], starts: false)
        #expect(throws: TestFailure.self) { try server.start() }
        #expect(server.errors.contains("16"))
        let directory = try TemporaryDirectory()
        try Data(Self.idle.utf8).write(to: URL(fileURLWithPath: directory.file("wrapd.yaml")))
        var printed: [String] = []
        for _ in 0..<2 {
            let out = directory.file("out\(printed.count)")
            let process = try SpawnedProcess(
                [SluiceProcess.program, "serve", "-c", directory.file("wrapd.yaml"), "-d", directory.file("data"), "-l", "127.0.0.1:0"],
                environment: ["PATH": "/usr/bin:/bin"], output: out, errors: directory.file("err"))
            #expect(waitUntil { fileText(out).contains("listens on") && fileText(out).hasSuffix("\n\n") })
            process.send(SIGTERM)
            #expect(process.wait(seconds: 10) == 0)
            printed.append(fileText(out))
        }
        #expect(printed[0].contains("Admin token"))
        #expect(!printed[1].contains("Admin token"))
    }

    @Test func commandsInheritNoDescriptorOfTheServer() throws {
        let server = try SluiceProcess(config: Self.idle)
        let held = try TestConnection(port: server.port)
        try held.send("GET /healthz HTTP/1.1\r\n")
        let answer = try server.request("POST", "/v1/user/fds", headers: [("Accept", "application/json")], body: [])
        let output = try #require(answer.member("output"))
        #expect(!output.contains("socket:"), "\(output)")
        #expect(!output.contains("sluice.db") && !output.contains("anon_inode"), "\(output)")
        // Beside the three standard ones, ls holds the directory that it lists.
        #expect(output.split(separator: "\n").filter { $0.contains("->") }.count == 4, "\(output)")
    }

    @Test func secretsLinksAndTokensAreNowhereButWithTheirOwners() throws {
        let server = try gatedServer()
        let key = try server.makeKey().key
        let pending = try server.ask("job", headers: [("X-API-Key", key)])
        let decided = try Pending(try server.deliver(id: "d-1"))
        let login = try #require(try server.admin("POST", "/logins").member("url")).components(separatedBy: "/login/")[1]
        let signedIn = try server.post("/login", "token=\(SluiceProcess.adminToken)")
        let session = try #require(signedIn.header("set-cookie")).prefix { $0 != ";" }.dropFirst("sluice_session=".count)
        #expect(try server.request("GET", pending.path).status == 200)
        #expect(try server.post(decided.path, "decision=approve").status == 200)
        _ = try server.endedRun(ofApproval: decided.id)
        let pid = try #require(server.pid)
        let commandLine = fileText("/proc/\(pid)/cmdline")
        let running = databaseText(server)
        try server.stop()
        let places = [
            "database": running + databaseText(server), "log": server.errors, "command line": commandLine,
        ]
        let secrets = [
            "API key": key, "link": pending.token, "spent link": decided.token, "login": login, "session": String(session),
            "admin token": SluiceProcess.adminToken, "signature secret": githubSecret,
        ]
        for (place, text) in places {
            for (name, secret) in secrets { #expect(!text.contains(secret), "the \(name) stands in the \(place)") }
        }
        // The MAC part of a token alone, in hex or raw, is not kept either.
        #expect(running.contains("d-1"))
    }

    @Test func checkSaysAllMistakesAtOnceAndWarningsLeaveZero() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("wrapd.yaml")
        func check(_ text: String) throws -> ToolResult {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return try runTool([SluiceProcess.program, "check", "--config", path])
        }
        let good = try check(Self.idle)
        #expect(good.exitCode == 0 && good.errors.isEmpty, "\(good.errors)")
        let bad = try check(
            """
            version: 1
            endpoints:
              - name: a
                command: "true"
                aproval_required: true
                timeout: 0
                schedule: "99 * * * *"
            """)
        #expect(bad.exitCode == 1)
        for line in [5, 6, 7] { #expect(bad.errors.contains("wrapd.yaml:\(line):"), "line \(line): \(bad.errors)") }
        #expect(bad.errors.contains(": error: "))
        #expect(bad.errors.contains("approval_required"), "no suggestion: \(bad.errors)")
        let warned = try check("version: 1\nendpoints:\n  - {name: a, command: x, privileged: true}\n")
        #expect(warned.exitCode == 0)
        #expect(warned.errors.contains("warning: "))
        #expect(try check("a: [").exitCode == 1)
        #expect(try runTool([SluiceProcess.program, "check", "--config", directory.file("none")]).exitCode == 1)
        // Without a name it looks for the standard one.
        let standard = try runTool([SluiceProcess.program, "check"])
        #expect(standard.exitCode == 1 && standard.errors.contains("wrapd.yaml: error: cannot read the file"), "\(standard.errors)")
        #expect(try runTool([SluiceProcess.program, "nonsense"]).exitCode == 2)
    }

    @Test func brokenConfigurationDoesNotStartAndNeitherReplacesAGoodOne() throws {
        let server = try SluiceProcess(config: Self.idle)
        try server.write("wrapd.yaml", "version: 1\nendpoints: [")
        server.signal(SIGHUP)
        #expect(waitUntil { server.errors.contains("configuration is broken") })
        #expect(try server.call("fds").status == 200)
        try server.write("wrapd.yaml", "version: 1\nendpoints:\n  - {name: new, command: echo new, public: true}\n")
        server.signal(SIGHUP)
        #expect(try waited { try server.call("new").status == 200 })
        #expect(try server.call("fds").status == 404)
        #expect(!server.errors.contains("after a restart"))
        try server.write(
            "wrapd.yaml", "version: 1\nretention_days: 5\nmax_concurrent_runs: 3\nendpoints:\n  - {name: new, command: echo new, public: true}\n")
        #expect(waitUntil { server.errors.contains("max_concurrent_runs, retention_days: changed in the file, in force after a restart") })
        try server.write("wrapd.yaml", "version: 1\nendpoints: [")
        try server.stop()
        #expect(throws: TestFailure.self) { try server.start() }
    }

    /// As an upgrade leaves the index of deliveries: far behind.
    @Test func whatAStartDoesToTheDatabaseIsSaidAndAnOrdinaryStartIsSilent() throws {
        let server = try SluiceProcess(config: Self.idle)
        try server.restart()
        let told = "brought up to date: 0 of 140000 deliveries"
        #expect(!server.errors.contains("up to date"))
        try server.stop()
        do {
            let connection = try Connection(path: server.database, mode: .readWrite)
            try connection.execute(
                """
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 140000)
                INSERT INTO deliveries (id, endpoint_id, sender_id, event, source, received_at, verdict, peer, headers, last_seen_at)
                SELECT n, 1, 'd' || n, 'push', 'github', unixepoch() * 1000000, 'ignored', '192.0.2.1', '', 6 FROM numbers
                """)
        }
        try server.start()
        let first = server.errors.components(separatedBy: "\n").filter { $0.contains("up to date") }
        #expect(first.first?.contains(told) == true && first.last?.contains("the database is up to date") == true, "\(first)")
        try server.restart()
        #expect(server.errors.components(separatedBy: "up to date").count == first.count + 1)
    }

    @Test func cronAndConfigCommandsAnswerWithoutAServer() throws {
        let next = try runTool(
            [SluiceProcess.program, "cron", "next", "--tz", "Europe/Berlin", "--from", "2026-03-28T12:00:00Z", "--count", "3", "30 2 * * *"])
        #expect(next.exitCode == 0)
        #expect(next.output.split(separator: "\n").count == 3)
        let questions = """
            {"expr":"0 0 1 1 *","tz":"UTC","from":"2026-06-01T00:00:00Z","count":2}
            {"expr":"x","tz":"UTC","from":"2026-06-01T00:00:00Z","count":1}

            """
        let batch = try runTool([SluiceProcess.program, "cron", "next", "--batch"], input: Array(questions.utf8))
        let lines = batch.output.split(separator: "\n").compactMap { try? parseJSON(Array($0.utf8)) }
        #expect(lines.count == 2)
        #expect(lines.first?["next"]?.array?.count == 2)
        #expect(lines.last?["error"]?.string?.isEmpty == false)
    }

    private func mode(_ path: String) throws -> Int {
        var status = stat()
        try #require(stat(path, &status) == 0, "\(path)")
        return Int(status.st_mode & 0o777)
    }
}
