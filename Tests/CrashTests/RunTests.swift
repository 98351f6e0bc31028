import Foundation
import JSON
import Model
import Posix
import SQLite
import Synchronization
import TestKit
import Testing

extension CrashTests {
    /// quick and asked note their run's id and end; held notes it and stays until somebody ends it
    /// (or removes the notes, when the test is over).
    private static let files = [
        "wrapd.yaml": """
            version: 1
            public_url: https://sluice.example.org
            endpoints:
              - name: quick
                command: ./note.sh
                trigger: webhook
                webhook_source: github
                secret: $HOOK_SECRET
                public: true
                async: true
                max_concurrent: 2
                env: &notes {NOTES: $NOTES}
              - name: asked
                command: ./note.sh
                trigger: webhook
                webhook_source: github
                secret: $HOOK_SECRET
                public: true
                approval_required: true
                env: *notes
              - name: held
                command: ./hold.sh
                trigger: webhook
                webhook_source: github
                secret: $HOOK_SECRET
                public: true
                async: true
                env: *notes
            """,
        "note.sh": "#!/bin/sh\necho \"$SLUICE_RUN_ID\" >> \"$NOTES\"\n",
        "hold.sh": "#!/bin/sh\necho \"$SLUICE_RUN_ID\" >> \"$NOTES\"\nwhile [ -e \"$NOTES\" ]; do sleep 0.1; done\n",
    ]

    @Test func killDuringRunsInterruptsThemAndRunsTheQueuedOnce() throws {
        let seed = crashSeed("kill -9 during runs")
        let rounds = crashRounds(short: 3)
        var random = SplitMix64(seed: seed)
        let server = try CrashServer(files: Self.files)
        let runs = RunWatch(server)
        try server.start()
        var held = try runs.deliver("held", "held-0")
        let promised = Promised()
        var total = (interrupted: 0, queued: 0)
        for round in 1...rounds {
            let next = try runs.deliver("held", "held-\(round)")
            try runs.waitFor("the held command runs") { rows in rows[held]?.status == "running" && runs.notes.contains(held) }
            let target = promised.count + 5 + random.below(40)
            let load = try RunLoad(port: server.port, promised: promised, seed: random.next())
            #expect(waitUntil(seconds: 30) { promised.count >= target })
            server.kill()
            load.join()
            let left = try runs.asLeft()
            try server.start()
            try runs.waitFor("what was queued has run") { rows in
                rows.allSatisfy { $0.key == next || !["queued", "running"].contains($0.value.status) } && runs.notes.contains(next)
            }
            let rows = try runs.rows()
            check(left, rows, runs.notes, promised, round: round)
            #expect(left[held]?.status == "running" && rows[held]?.status == "interrupted")
            total.interrupted += left.values.count { $0.status == "running" }
            total.queued += left.values.count { $0.status == "queued" }
            held = next
        }
        #expect(try Sender(port: server.port).post("/runs/\(held)/cancel").status < 300)
        try runs.waitFor("the held command is gone") { $0[held]?.status == "cancelled" }
        try server.stop()
        print(
            "runs: \(rounds) rounds, \(promised.count) promised, \(total.interrupted) interrupted, \(total.queued) queued at a kill, "
                + "\(runs.notes.count) ran")
    }

    private func check(
        _ left: [String: RunWatch.Row], _ rows: [String: RunWatch.Row], _ notes: [String], _ promised: Promised, round: Int
    ) {
        var times: [String: Int] = [:]
        for note in notes { times[note, default: 0] += 1 }
        #expect(times.values.allSatisfy { $0 == 1 }, "round \(round): a command ran twice")
        for id in promised.ids where rows[id] == nil { Issue.record("round \(round): the promised run \(id) is gone") }
        for (id, row) in left {
            let status = rows[id]?.status ?? "gone"
            switch row.status {
            case "running": #expect(status == "interrupted", "round \(round): \(id)")
            case "queued":
                let hasRun = times[id] == 1 && ["succeeded", "running"].contains(status)
                #expect(hasRun, "round \(round): \(id) was queued and is \(status)")
            case "succeeded": #expect(times[id] == 1 && status == "succeeded", "round \(round): \(id)")
            default: #expect(status == row.status, "round \(round): \(id)")
            }
        }
    }
}

/// Ids of the runs that were promised to callers.
final class Promised: Sendable {
    private let state = Mutex<[String]>([])
    var ids: [String] { state.withLock { $0 } }
    var count: Int { state.withLock { $0.count } }
    func add(_ id: String) { state.withLock { $0.append(id) } }
}

/// Two threads that deliver to the ungated endpoint, and to the gated one with an approval right after.
private struct RunLoad {
    private let threads: [ThreadHandle]

    init(port: UInt16, promised: Promised, seed: UInt64) throws {
        threads = try (0..<2).map { number in
            try startThread(name: "caller-\(number)") {
                var random = SplitMix64(seed: seed &+ UInt64(number) &* 0x1_0000_0001)
                guard let sender = try? Sender(port: port) else { return }
                while let id = try? Self.turn(sender, &random) { promised.add(id) }
            }
        }
    }

    private static func turn(_ sender: Sender, _ random: inout SplitMix64) throws -> String {
        let isAsked = random.below(2) == 0
        let answer = try sender.deliver(String(random.next(), radix: 16), to: isAsked ? "asked" : "quick")
        guard isAsked else { return try RunWatch.text("run_id", answer) }
        let approved = try sender.post("/approvals/\(RunWatch.text("approval_id", answer))/approve")
        return try RunWatch.text("run_id", approved)
    }

    func join() {
        for thread in threads { thread.join() }
    }
}

/// Looks at the runs of a server, running or killed.
private struct RunWatch {
    struct Row {
        let status: String
    }

    private let server: CrashServer
    init(_ server: CrashServer) { self.server = server }

    static func text(_ name: String, _ answer: TestResponse) throws -> String {
        guard let text = try parseJSON(answer.body)[name]?.string else {
            throw TestFailure("no \(name) in \(answer.status): \(answer.text)")
        }
        return text
    }

    func deliver(_ endpoint: String, _ id: String) throws -> String {
        try Self.text("run_id", try Sender(port: server.port).deliver(id, to: endpoint))
    }

    /// The ids that commands have noted, in their order.
    var notes: [String] { fileText(server.home.file("notes")).split(separator: "\n").map(String.init) }

    func rows() throws -> [String: Row] { try rows(Connection(path: server.database, mode: .readOnly)) }

    /// What a killed server left, seen in a copy, so that the server itself finds it untouched.
    func asLeft() throws -> [String: Row] {
        let copy = try TemporaryDirectory()
        for name in ["sluice.db", "sluice.db-wal"] {
            try FileManager.default.copyItem(atPath: "\(server.data)/\(name)", toPath: copy.file(name))
        }
        return try rows(Connection(path: copy.file("sluice.db"), mode: .readWrite))
    }

    private func rows(_ connection: Connection) throws -> [String: Row] {
        let keyring = Keyring(master: fileBytes(server.data + "/key"))
        var rows: [String: Row] = [:]
        try connection.prepare("SELECT id, status FROM runs").forEach {
            rows[keyring.uuid(.run, $0.integer(0))] = Row(status: $0.text(1))
        }
        return rows
    }

    func waitFor(_ what: String, _ condition: ([String: Row]) -> Bool) throws {
        let holds = waitUntil(seconds: 30) { (try? rows()).map(condition) ?? false }
        if !holds { throw TestFailure("waited in vain until \(what): \(try rows()) \(server.errors)") }
    }
}
