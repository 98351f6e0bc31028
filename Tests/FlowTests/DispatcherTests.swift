import Crypto
import Glibc
import Model
import Posix
import Runs
import SQLite
import Store
import Synchronization
import TestKit
import Testing
import Triggers

/// A dispatcher with everything that it needs, on a store of its own. Commands are real processes.
private final class Plant: Sendable {
    let bench: Bench
    let supervisor: ChildSupervisor
    let dispatcher: Dispatcher
    let board = RunBoard()
    let keyring: Keyring

    init(
        _ bench: Bench, limit: Int = 16, secrets: [String: String] = [:], changeSince: @escaping @Sendable (CallSpec) -> String? = { _ in nil }
    ) throws {
        self.bench = bench
        // Run ids of its own: a start kills processes that bear one.
        keyring = Keyring(master: try randomBytes(32))
        supervisor = try ChildSupervisor(clock: .real)
        var settings = Dispatcher.Settings()
        settings.globalLimit = limit
        settings.graceMicroseconds = 200_000
        settings.retryPauseMicroseconds = 100_000
        dispatcher = Dispatcher(
            store: bench.store, clock: .real, supervisor: supervisor, board: board,
            environment: CommandEnvironment(environment: ["PATH": "/usr/bin:/bin"], secret: { secrets[$0].map { Array($0.utf8) } }),
            keyring: keyring, settings: settings, changeSince: changeSince, log: { [log = bench.log] in log.append($0) })
    }

    func start(retry: Set<Int64> = [], limits: [Int64: Int] = [:]) throws {
        try supervisor.start()
        try dispatcher.start(retry: retry, limits: limits)
    }

    func stop(graceMicroseconds: Int64 = 500_000) { dispatcher.stop(graceMicroseconds: graceMicroseconds) }

    deinit { dispatcher.stop(graceMicroseconds: 100_000) }

    /// The run once it has ended, or as it stands after some seconds.
    func ended(_ id: Int64) throws -> Run {
        _ = waitUntil(seconds: 10) { (try? bench.store.run(id))?.status.isFinished == true }
        return try #require(try bench.store.run(id))
    }

    func output(_ id: Int64) throws -> String { String(decoding: try bench.store.output(ofRun: id), as: UTF8.self) }
}

/// Lets the store's answers through, until it is shut for those behind the next `passing` transactions.
private final class Barrier: Sendable {
    private let left = Mutex<Int?>(nil)
    private let key = Mailbox<Bool>()
    /// Rung when a transaction is committed whose answers wait here.
    let reached = Mailbox<Bool>()

    func shut(passing count: Int) { left.withLock { $0 = count } }

    func open() {
        left.withLock { $0 = nil }
        key.close()
    }

    func pass(_ answers: () -> Void) {
        let waits = left.withLock { left -> Bool in
            guard let count = left else { return false }
            left = max(0, count - 1)
            return count == 0
        }
        if waits {
            reached.append(true)
            _ = key.takeOne()
        }
        answers()
    }
}

@Suite(.serialized) struct DispatcherTests {
    @Test func `a queued run is started, fed, and its end written down`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        let yes = try bench.call(try bench.endpoint("yes", "true"))
        let no = try bench.call(try bench.endpoint("no", "false"))
        let echo = try bench.call(try bench.endpoint("echo", "cat"), #"{"a":1}"#)
        #expect(try plant.ended(yes).status == .succeeded)
        let failed = try plant.ended(no)
        #expect(failed.status == .failed && failed.exitCode == 1 && failed.error == nil)
        #expect(try plant.ended(echo).exitCode == 0)
        #expect(try plant.output(echo) == #"{"a":1}"#)
        #expect(try #require(try bench.store.run(yes)?.durationMicroseconds) > 0)
    }

    @Test func `what was queued before the start is run, each once`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("count", "echo ran >> \(bench.folder.file("ran"))")
        let ids = try (0..<5).map { _ in try bench.call(endpoint) }
        let plant = try Plant(bench)
        try plant.start(limits: [endpoint.id: 4])
        for id in ids { #expect(try plant.ended(id).status == .succeeded) }
        let ran = try Files.read(bench.folder.file("ran"), limit: 1 << 10)
        #expect(String(decoding: ran, as: UTF8.self) == String(repeating: "ran\n", count: 5))
        #expect(try bench.number("SELECT max(attempts) FROM runs") == 1)
    }

    @Test func `an endpoint's limit is never exceeded, and used`() throws {
        let bench = try Bench()
        // Each command says when it begins and ends; the appends are atomic.
        let trace = bench.folder.file("trace")
        let endpoint = try bench.endpoint("slow", "echo + >> \(trace); sleep 0.05; echo - >> \(trace)")
        let plant = try Plant(bench)
        try plant.start(limits: [endpoint.id: 3])
        let ids = try (0..<9).map { _ in try bench.call(endpoint) }
        for id in ids { #expect(try plant.ended(id).status == .succeeded) }
        var running = 0
        var most = 0
        for line in String(decoding: try Files.read(trace, limit: 1 << 10), as: UTF8.self).split(separator: "\n") {
            running += line == "+" ? 1 : -1
            most = max(most, running)
        }
        #expect(most <= 3 && most > 1 && running == 0)
    }

    @Test func `a program that is not there fails the run and says so`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        let run = try plant.ended(try bench.call(try bench.endpoint("typo", "no-such-program-anywhere")))
        #expect(run.status == .failed && run.exitCode == 127 && run.error != nil)
    }

    @Test func `a command that runs too long is ended`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        let run = try plant.ended(try bench.call(try bench.endpoint("long", "sleep 60") { $0.timeoutSeconds = 1 }))
        #expect(run.status == .timedOut && run.exitCode == 124 && run.error?.contains("timeout of 1 s") == true)
    }

    @Test func `a secret that is not set keeps the command from starting`() throws {
        let bench = try Bench()
        let plant = try Plant(bench, secrets: ["$SET": "value"])
        try plant.start()
        let good = try bench.call(try bench.endpoint("good", "printenv TOKEN") { $0.environment = ["TOKEN": "$SET"] })
        let bad = try bench.call(try bench.endpoint("bad", "touch \(bench.folder.file("touched"))") { $0.environment = ["TOKEN": "$UNSET"] })
        #expect(try plant.ended(good).status == .succeeded)
        #expect(try plant.output(good) == "value\n")
        let run = try plant.ended(bad)
        #expect(run.status == .failed && run.error?.contains("$UNSET") == true)
        #expect(!Files.exists(bench.folder.file("touched")))
    }

    // MARK: What was approved, and nothing else

    @Test func `an approved call whose script changed is refused, and its approval is stale`() throws {
        let bench = try Bench()
        let script = bench.folder.file("deploy.sh")
        try Files.writeAtomically(script, Array("#!/bin/sh\necho good\n".utf8), mode: 0o755)
        let gated = try bench.endpoint("gated", "./deploy.sh") { $0.approvalRequired = true }
        let open = try bench.endpoint("open", "./deploy.sh")
        let ids = try [bench.call(gated), bench.call(gated)]
        let free = try bench.call(open)
        let plant = try Plant(bench, changeSince: { ScriptFingerprints.difference($0.scripts) })
        for id in ids {
            _ = bench.store.commit(.decide(Decide(approval: id, decision: .approve, by: "a", via: .api, at: start + 1)))
        }
        // Both are approved and wait; before they start somebody writes to the file.
        try Files.writeAtomically(script, Array("#!/bin/sh\ntouch \(bench.folder.file("evil"))\n".utf8), mode: 0o755)
        _ = bench.store.commit(.cancelRun(id: free, at: start))
        try plant.start()
        for id in ids {
            let run = try plant.ended(id)
            #expect(run.status == .cancelled && run.error?.contains("has changed since the request") == true)
            #expect(try bench.store.approval(id)?.status == .stale)
        }
        #expect(!Files.exists(bench.folder.file("evil")))
        try Files.writeAtomically(script, Array("#!/bin/sh\necho good\n".utf8), mode: 0o755)
        #expect(try plant.ended(try bench.call(open)).status == .succeeded, "the refused ones do not hold their places")
    }

    @Test func `a call that was changed in the database does not run`() throws {
        let bench = try Bench()
        let id = try bench.call(try bench.endpoint("a", "cat"), #"{"a":1}"#)
        do {
            let intruder = try Connection(path: bench.folder.file("sluice.db"), mode: .readWrite)
            try intruder.execute("UPDATE bodies SET bytes = x'6869'")
        }
        let plant = try Plant(bench)
        try plant.start()
        let run = try plant.ended(id)
        #expect(run.status == .cancelled && run.error?.contains("digest") == true)
        #expect(try plant.output(id).isEmpty)
    }

    // MARK: Cancelling, stopping, the next life

    @Test func `a running command can be cancelled`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        let id = try bench.call(try bench.endpoint("long", "touch \(bench.folder.file("begun")); sleep 60"))
        #expect(waitUntil { Files.exists(bench.folder.file("begun")) })
        plant.dispatcher.cancel(id)
        let run = try plant.ended(id)
        #expect(run.status == .cancelled && run.error == "cancelled while it ran")
    }

    @Test func `a cancellation that comes while the claim is being written keeps the command from starting`() throws {
        let barrier = Barrier()
        let bench = try Bench(frame: { barrier.pass($0) })
        let ran = bench.folder.file("ran")
        let endpoint = try bench.endpoint("once", "echo ran >> \(ran)")
        let id = try bench.call(endpoint)
        let plant = try Plant(bench)
        barrier.shut(passing: 1)  // what a start writes down; the claim is the next
        try plant.start()
        _ = barrier.reached.takeOne()
        #expect(try bench.store.run(id)?.status == .running)
        plant.dispatcher.cancel(id)
        barrier.open()
        let run = try plant.ended(id)
        #expect(run.status == .cancelled && run.error == "cancelled before it was started")
        #expect(!Files.exists(ran))
        #expect(try plant.ended(try bench.call(endpoint)).status == .succeeded, "it does not hold its place")
    }

    @Test func `a stop lets commands end in time, and starts nothing more`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        let endpoint = try bench.endpoint("short", "sleep 0.2; echo done")
        let first = try bench.call(endpoint)
        let second = try bench.call(endpoint)
        #expect(waitUntil { plant.dispatcher.runningCount == 1 })
        plant.stop(graceMicroseconds: 8_000_000)
        bench.settle()
        #expect(try bench.store.run(first)?.status == .succeeded)
        #expect(try plant.output(first) == "done\n")
        #expect(try bench.store.run(second)?.status == .queued)
    }

    @Test func `a stop ends what takes too long and calls it interrupted`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        let id = try bench.call(try bench.endpoint("long", "touch \(bench.folder.file("begun")); sleep 60"))
        #expect(waitUntil { Files.exists(bench.folder.file("begun")) })
        plant.stop(graceMicroseconds: 200_000)
        bench.settle()
        #expect(try bench.store.run(id)?.status == .interrupted)
    }

    @Test func `a stop while a claim is being written starts nothing, and the run waits for the next life`() throws {
        let barrier = Barrier()
        let bench = try Bench(frame: { barrier.pass($0) })
        let ran = bench.folder.file("ran")
        let id = try bench.call(try bench.endpoint("once", "echo ran >> \(ran)"))
        do {
            let plant = try Plant(bench)
            barrier.shut(passing: 1)  // what a start writes down; the claim is the next
            try plant.start()
            _ = barrier.reached.takeOne()
            #expect(try bench.store.run(id)?.status == .running)
            plant.dispatcher.startNothingMore()
            let stopped = Mailbox<Bool>()
            let stopping = try startThread(name: "stop") {
                plant.stop(graceMicroseconds: 10 * second)
                stopped.append(true)
            }
            #expect(stopped.takeAll(timeoutMicroseconds: 100_000)?.isEmpty == true, "it waits for the claim")
            barrier.open()
            stopping.join()
        }
        bench.settle()
        let run = try #require(try bench.store.run(id))
        #expect(run.status == .queued && run.startedAt == nil)
        #expect(try bench.number("SELECT attempts FROM runs") == 0)
        #expect(!Files.exists(ran))
        let next = try Plant(bench)
        try next.start()
        #expect(try next.ended(id).status == .succeeded)
        #expect(try bench.number("SELECT attempts FROM runs") == 1)
    }

    @Test func `what is queued stays queued over a stop, also what comes during it`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("short", "sleep 0.2; echo done")
        let ids: [Int64]
        do {
            let plant = try Plant(bench)
            try plant.start()
            let first = try bench.call(endpoint)
            let second = try bench.call(endpoint)
            #expect(waitUntil { plant.dispatcher.runningCount == 1 })
            plant.dispatcher.startNothingMore()
            ids = [first, second, try bench.call(endpoint), try bench.call(try bench.endpoint("free", "true"))]
            plant.stop(graceMicroseconds: 8_000_000)
        }
        bench.settle()
        #expect(try ids.map { try bench.store.run($0)?.status } == [.succeeded, .queued, .queued, .queued])
        #expect(try bench.number("SELECT sum(attempts) FROM runs") == 1)
        let next = try Plant(bench)
        try next.start()
        for id in ids { #expect(try next.ended(id).status == .succeeded) }
    }

    @Test func `a command that a stop ended runs again in the next life where that is allowed`() throws {
        let bench = try Bench()
        let trace = bench.folder.file("trace")
        let endpoint = try bench.endpoint("again", "echo begun >> \(trace); test -e \(bench.folder.file("go")) || sleep 60")
        let id: Int64
        do {
            let plant = try Plant(bench)
            try plant.start(retry: [endpoint.id])
            id = try bench.call(endpoint)
            #expect(waitUntil { Files.exists(trace) })
            plant.stop(graceMicroseconds: 200_000)
        }
        bench.settle()
        #expect(try bench.store.run(id)?.status == .queued)
        try Files.writeAtomically(bench.folder.file("go"), [], mode: 0o644)
        let next = try Plant(bench)
        try next.start(retry: [endpoint.id])
        #expect(try next.ended(id).status == .succeeded)
        #expect(String(decoding: try Files.read(trace, limit: 100), as: UTF8.self) == "begun\nbegun\n")
        #expect(try bench.number("SELECT attempts FROM runs") == 2)
    }

    @Test func `a command that somebody cancelled stays cancelled though a stop comes before its end`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        let endpoint = try bench.endpoint("deaf", "trap '' TERM; touch \(bench.folder.file("begun")); while :; do sleep 0.05; done")
        try plant.start(retry: [endpoint.id])
        let id = try bench.call(endpoint)
        #expect(waitUntil { Files.exists(bench.folder.file("begun")) })
        plant.dispatcher.cancel(id)
        plant.stop(graceMicroseconds: 8_000_000)
        bench.settle()
        #expect(try bench.store.run(id)?.status == .cancelled)
    }

    @Test func `claims that the store cannot take are tried with pauses, and keep their order`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a", "true")
        let ids = try (0..<6).map { _ in try bench.call(endpoint) }
        let plant = try Plant(bench)
        var refused = 0
        try bench.refusing("UPDATE ON runs") {
            let begin = SystemClock.real.monotonic()
            try plant.start(limits: [endpoint.id: 3])
            #expect(
                waitUntil {
                    refused += bench.logged("cannot be claimed now")
                    return refused >= 9
                })
            #expect(SystemClock.real.monotonic() - begin >= 200_000, "three at once, then a pause")
        }
        for id in ids { #expect(try plant.ended(id).status == .succeeded) }
        #expect(try bench.texts("SELECT CAST(id AS TEXT) FROM runs ORDER BY started_at, id") == ids.map { "\($0)" })
        #expect(try bench.number("SELECT max(attempts) FROM runs") == 1)
    }

    @Test func `a command that ended before its handle came is not remembered`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        try plant.start()
        plant.supervisor.stop(graceMicros: 0)  // from here on it answers before it returns
        let id = try bench.call(try bench.endpoint("a", "true"))
        #expect(try plant.ended(id).status.isFinished)
        #expect(plant.dispatcher.cancellableCount == 0)
    }

    @Test func `the next life interrupts what the last one left running, and runs again only where that is allowed`() throws {
        let bench = try Bench()
        let once = try bench.endpoint("once", "echo again >> \(bench.folder.file("once"))")
        let idempotent = try bench.endpoint("idempotent", "echo again")
        let ids = try [bench.call(once), bench.call(idempotent)]
        for id in ids { _ = bench.store.commit(.claim(run: id, at: start)) }
        let plant = try Plant(bench)
        try plant.start(retry: [idempotent.id])
        #expect(try plant.ended(ids[1]).status == .succeeded)
        #expect(try bench.store.run(ids[0])?.status == .interrupted)
        #expect(!Files.exists(bench.folder.file("once")))
        #expect(bench.log.takeAll(timeoutMicroseconds: 0)?.contains { $0.contains("2 runs were running") } == true)
    }

    @Test func `the next life kills what the last one left running, and only that`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("long", "sleep 60")
        let ids = try [bench.call(endpoint), bench.call(endpoint)]
        for id in ids { _ = bench.store.commit(.claim(run: id, at: start)) }
        let result = RunResult(status: .succeeded, exitCode: 0, durationMicroseconds: 1, output: [])
        _ = bench.store.commit(.finish(run: ids[1], result: result, at: start))
        let plant = try Plant(bench)
        let left = try ids.map { id in
            try SpawnedProcess(
                ["/bin/sleep", "1000"], environment: ["SLUICE_RUN_ID": plant.keyring.uuid(.run, id)], output: "/dev/null", errors: "/dev/null")
        }
        defer { left[1].send(SIGKILL) }
        try plant.start()
        let end = left[0].wait(seconds: 5)
        if end == nil { left[0].send(SIGKILL) }
        #expect(end == 128 + SIGKILL)
        #expect(left[1].wait(seconds: 0) == nil, "its run has ended; what it left is its own")
        #expect(try bench.store.run(ids[0])?.status == .interrupted)
        #expect(bench.log.takeAll(timeoutMicroseconds: 0)?.contains { $0.contains("killed 1 process that") } == true)
    }

    @Test func `listeners of a run hear its output and then its end`() throws {
        let bench = try Bench()
        let plant = try Plant(bench)
        let id = try bench.call(try bench.endpoint("two", "echo out; echo err >&2"))
        let heard = Mailbox<String>()
        plant.board.listen(id) { news in
            switch news {
            case .output(_, let bytes): heard.append(String(decoding: bytes, as: UTF8.self))
            case .ended: heard.append("ended")
            }
        }
        try plant.start()
        #expect(try plant.ended(id).status == .succeeded)
        bench.settle()
        let news = heard.takeAll(timeoutMicroseconds: 0) ?? []
        #expect(news.last == "ended" && Set(news.dropLast().joined().split(separator: "\n")) == ["out", "err"])
    }

    @Test func `a hundred runs of many endpoints end, each once`() throws {
        let bench = try Bench()
        let plant = try Plant(bench, limit: 4)
        let endpoints = try (0..<10).map { try bench.endpoint("e\($0)", $0 % 2 == 0 ? "true" : "false") }
        try plant.start(limits: Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id, 2) }))
        let ids = try (0..<100).map { try bench.call(endpoints[$0 % 10]) }
        for id in ids { #expect(try plant.ended(id).status == (id % 2 == 1 ? .succeeded : .failed)) }
        #expect(try bench.number("SELECT sum(attempts) FROM runs") == 100)
        #expect(try bench.number("SELECT count(*) FROM events WHERE kind = 'run_finished'") == 100)
        #expect(waitUntil { plant.dispatcher.runningCount == 0 })
    }
}
