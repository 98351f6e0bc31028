import Foundation
import Glibc
import JSON
import TestKit
import Testing

/// The durable queue: order, limits, and what a crash leaves.
@Suite struct QueueTests {
    static let config = """
        version: 1
        max_concurrent_runs: 8
        endpoints:
          - {name: one, command: ./step.sh, public: true, trigger: webhook, allow_unsigned: true}
          - {name: three, command: ./step.sh, public: true, max_concurrent: 3, trigger: webhook, allow_unsigned: true}
          - {name: hang, command: ./hang.sh, public: true, trigger: webhook, allow_unsigned: true}
          - {name: again, command: ./hang.sh, public: true, trigger: webhook, retry_interrupted: true, allow_unsigned: true}
          - {name: second, command: ./second.sh, public: true}
        """
    /// `step.sh` says when it begins and ends, and waits for the file `go`; `hang.sh` hangs at its first run only.
    static let files = [
        "step.sh": """
        #!/bin/sh
        name=$(cat)
        echo "begin $name" >> {dir}/log
        while [ ! -e {dir}/go ]; do sleep 0.02; done
        echo "end $name" >> {dir}/log

        """,
        "hang.sh": """
        #!/bin/sh
        echo $$ >> {dir}/runs
        [ -e {dir}/go ] && exit 0
        exec sleep 60

        """,
        "second.sh": "#!/bin/sh\necho begin >> {dir}/runs\nsleep 1\necho end >> {dir}/runs\n",
    ]

    private func send(_ server: SluiceProcess, _ endpoint: String, _ body: String) throws -> String {
        let answer = try server.request("POST", "/v1/user/\(endpoint)", body: Array(body.utf8))
        #expect(answer.status == 202, "\(answer.text)")
        return try #require(answer.member("run_id"))
    }

    @Test func oneAtATimeInTheOrderOfArrivalAlsoOverARestart() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        var ids: [String] = []
        for number in 1...6 { ids.append(try send(server, "one", "\(number)")) }
        #expect(try waited { server.lines("log") == ["begin 1"] })
        #expect(try server.run(ids[0])["status"]?.string == "running")
        #expect(try server.run(ids[1])["status"]?.string == "queued")
        // The first is cut off by the crash; the others wait on disk.
        server.kill()
        try server.write("go", "")
        try server.start()
        for id in ids.dropFirst() { #expect(try server.endedRun(id)["status"]?.string == "succeeded") }
        #expect(try server.run(ids[0])["status"]?.string == "interrupted")
        #expect(server.lines("log").filter { $0 != "end 1" } == ["begin 1"] + (2...6).flatMap { ["begin \($0)", "end \($0)"] })
    }

    @Test func asManyAtOnceAsAllowed() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        let ids = try (1...5).map { try send(server, "three", "\($0)") }
        #expect(try waited { server.lines("log").count == 3 })
        #expect(Set(server.lines("log")) == ["begin 1", "begin 2", "begin 3"])
        #expect(try server.admin("GET", "/runs?status=running").json["items"]?.array?.count == 3)
        #expect(try server.admin("GET", "/runs?status=queued").json["items"]?.array?.count == 2)
        // A queued run can be taken back.
        #expect(try server.admin("POST", "/runs/\(ids[4])/cancel").status == 202)
        try server.write("go", "")
        for id in ids.dropLast() { #expect(try server.endedRun(id)["status"]?.string == "succeeded") }
        #expect(try server.run(ids[4])["status"]?.string == "cancelled")
        #expect(server.lines("log").count == 8)
    }

    @Test func runCutOffByACrashIsInterruptedAndNotRepeated() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        let id = try send(server, "hang", "{}")
        #expect(try waited { server.lines("runs").count == 1 })
        let command = try #require(Int32(server.lines("runs")[0]))
        server.kill()
        try server.start()
        #expect(try server.endedRun(id)["status"]?.string == "interrupted")
        // What the dead server left running is ended, too.
        #expect(waitUntil { hasEnded(command) })
        try server.write("go", "")
        try server.restart()
        let next = try send(server, "hang", "{}")
        #expect(try server.endedRun(next)["status"]?.string == "succeeded")
        #expect(try server.run(id)["status"]?.string == "interrupted")
        #expect(server.lines("runs").count == 2)
    }

    /// The command says each of its processes; the server dies at the first word, when it can have recorded no more than the claim.
    @Test(arguments: 1...5) func killRightAfterTheSpawnLeavesNoCommandBehind(round: Int) throws {
        let config = """
            version: 1
            endpoints:
              - {name: tree, command: ./tree.sh, public: true, trigger: webhook, allow_unsigned: true}
            """
        let script = """
            #!/bin/sh
            echo $$ >> {dir}/tree
            sleep 1000 & echo $! >> {dir}/tree
            setsid sh -c 'echo $$ >> {dir}/tree; exec sleep 1000' &
            wait

            """
        let server = try SluiceProcess(config: config, files: ["tree.sh": script])
        let id = try send(server, "tree", "{}")
        #expect(waitUntil { !server.lines("tree").isEmpty })
        server.kill()
        if round > 2 { #expect(waitUntil { server.lines("tree").count == 3 }) }
        try server.start()
        #expect(try server.endedRun(id)["status"]?.string == "interrupted")
        let processes = try server.lines("tree").map { try #require(Int32($0)) }
        #expect(waitUntil { processes.allSatisfy(hasEnded) })
        #expect(bearers(of: id).isEmpty)
        #expect(server.errors.contains("that Sluice left behind"), "\(server.errors)")
    }

    /// Processes whose environment holds a run's id.
    private func bearers(of run: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int32($0) != nil && fileText("/proc/\($0)/environ").contains("SLUICE_RUN_ID=\(run)") }
    }

    @Test func interruptedRunIsRepeatedWhereTheEndpointSaysSo() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        let id = try send(server, "again", "{}")
        #expect(try waited { server.lines("runs").count == 1 })
        server.kill()
        try server.write("go", "")
        try server.start()
        #expect(try server.endedRun(id)["status"]?.string == "succeeded")
        #expect(server.lines("runs").count == 2)
    }

    @Test func shutdownKeepsTheQueueAndRepeatsWhereTheEndpointSaysSo() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        let running = try send(server, "again", "{}")
        let queued = try send(server, "again", "{}")
        #expect(try waited { server.lines("runs").count == 1 })
        try server.stop()
        #expect(server.lines("runs").count == 1, "nothing new begins in a server that ends")
        try server.write("go", "")
        try server.start()
        #expect(try server.endedRun(running)["status"]?.string == "succeeded")
        #expect(try server.endedRun(queued)["status"]?.string == "succeeded")
        #expect(server.lines("runs").count == 3)
    }

    @Test func approvedButNotStartedRunStartsAfterACrashOnce() throws {
        let config = """
            version: 1
            endpoints:
              - {name: hold, command: ./step.sh, public: true, approval_required: true}
            """
        let server = try SluiceProcess(config: config, files: Self.files)
        let all = try (1...3).map { _ in try server.ask("hold") }
        for pending in all { #expect(try server.admin("POST", "/approvals/\(pending.id)/approve").status == 200) }
        #expect(try waited { server.lines("log").count == 1 })
        server.kill()
        try server.write("go", "")
        try server.start()
        #expect(try server.endedRun(ofApproval: all[0].id)["status"]?.string == "interrupted")
        for pending in all.dropFirst() { #expect(try server.endedRun(ofApproval: pending.id)["status"]?.string == "succeeded") }
        #expect(server.lines("log").filter { $0.hasPrefix("begin") }.count == 3)
    }

    @Test func shutdownLetsAShortCommandEnd() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        let connection = try TestConnection(port: server.port)
        try connection.send("POST /v1/user/second HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(try waited { server.lines("runs") == ["begin"] })
        let begin = Date()
        try server.stop()
        #expect(Date().timeIntervalSince(begin) < 5)
        #expect(server.lines("runs") == ["begin", "end"])
        try server.start()
        #expect(try server.admin("GET", "/runs").json["items"]?[0]?["status"]?.string == "succeeded")
    }

    @Test func runningCommandCanBeCancelled() throws {
        let server = try SluiceProcess(config: Self.config, files: Self.files)
        let id = try send(server, "hang", "{}")
        #expect(try waited { server.lines("runs").count == 1 })
        #expect(try server.admin("POST", "/runs/\(id)/cancel").status == 202)
        #expect(try server.endedRun(id)["status"]?.string == "cancelled")
        expectProblem(try server.admin("POST", "/runs/\(id)/cancel"), 409)
    }

    @Test func shutdownEndsACommandThatWillNotWithinTheGrace() throws {
        let config = """
            version: 1
            endpoints:
              - {name: deaf, command: ./deaf.sh, public: true, trigger: webhook, allow_unsigned: true}
            """
        let server = try SluiceProcess(
            config: config, files: ["deaf.sh": "#!/bin/sh\ntrap '' TERM\necho $$ >> {dir}/runs\nwhile :; do sleep 0.1; done\n"])
        let id = try send(server, "deaf", "{}")
        let queued = try send(server, "deaf", "{}")
        #expect(waitUntil { server.lines("runs").count == 1 })
        let command = try #require(Int32(server.lines("runs")[0]))
        let begin = Date()
        try server.stop(seconds: 13)
        let took = Date().timeIntervalSince(begin)
        #expect(took > 5 && took < 12, "\(took) s")
        #expect(hasEnded(command))
        // It was cut off, and the one behind it did not begin in the dying server.
        #expect(server.lines("runs").count == 1)
        try server.start()
        #expect(try server.run(id)["status"]?.string == "interrupted")
        #expect(waitUntil { server.lines("runs").count == 2 })
        #expect(try server.admin("POST", "/runs/\(queued)/cancel").status == 202)
        #expect(try server.endedRun(queued)["status"]?.string == "cancelled")
    }

    /// Gone, or dead and not yet collected by whoever inherited it.
    private func hasEnded(_ pid: pid_t) -> Bool {
        guard Glibc.kill(pid, 0) == 0 else { return true }
        return fileText("/proc/\(pid)/stat").split(separator: ")").last?.hasPrefix(" Z") ?? true
    }
}
