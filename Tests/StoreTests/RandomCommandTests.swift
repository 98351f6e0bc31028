import Model
import SQLite
import Store
import TestKit
import Testing

/// Commands drawn at random, given to the store and to the model, whose answers and states must agree.
@Suite struct RandomCommandTests {
    @Test func `Random commands: the store answers as the model does and never makes an illegal move`() throws {
        let seed = fuzzSeed(standard: 0x51CE_0017)
        print("seed of the random commands: \(seed)")
        var run = try RandomRun(seed: seed)
        let rounds = fuzzRounds(short: 10_000)
        while run.done < rounds { try run.batch() }
        try run.expectEachDeliveryOnce()
        try run.compare()
        #expect(run.model.illegal.isEmpty)
        try run.expectOnlyLegalMoves()
        #expect(run.kinds.count == RandomRun.choices, "every kind of command was drawn: \(run.kinds)")
    }
}

private struct RandomRun {
    static let choices = 12
    var model = ReferenceModel()
    var done = 0
    var kinds: [Int: Int] = [:]
    private let bench: Bench
    private var generator: SplitMix64
    private var endpoints: [Int64] = []
    private var deleted: Set<Int64> = []
    private var newestEndpoint: Int64 = 3
    private var now = start
    private let seed: UInt64

    init(seed: UInt64) throws {
        self.seed = seed
        generator = SplitMix64(seed: seed)
        // A few delivery ids in memory, so that they are moved to their table all the time.
        bench = try Bench(idsInMemory: 20)
        endpoints = [bench.endpoint] + ["b", "c"].compactMap { bench.store.commit(put($0)).endpointID }
        // The database itself writes down every move, whichever statement made it.
        let auditor = try Connection(path: bench.path, mode: .readWrite)
        try auditor.execute("CREATE TABLE moves (kind TEXT, id INTEGER, old TEXT, new TEXT)")
        for kind in ["approvals", "runs"] {
            try auditor.execute(
                """
                CREATE TRIGGER \(kind)_moved AFTER UPDATE OF status ON \(kind) BEGIN
                  INSERT INTO moves VALUES ('\(kind)', new.id, old.status, new.status); END
                """)
        }
    }

    mutating func batch() throws {
        var commands: [Command] = []
        var expected: [String] = []
        for _ in 0...generator.below(60) {
            let (command, label) = draw()
            commands.append(command)
            expected.append(label)
        }
        let got = bench.store.commit(commands).map(\.label)
        for (index, pair) in zip(got, expected).enumerated() where pair.0 != pair.1 {
            Issue.record("seed \(seed), command \(done + index): \(commands[index]) gave \(pair.0), the model says \(pair.1)")
        }
        done += commands.count
        if done % 10 == 0 { try compare() }
        if generator.below(15) == 0 { try bench.reopen() }
    }

    private mutating func draw() -> (Command, String) {
        now += Int64(generator.below(20)) * minute / 10
        let endpoint = endpoints[generator.below(3)]
        // Mostly numbers that are still of interest, now and then one of the far past or future.
        let newest = model.calls.count
        let id = Int64(generator.below(8) == 0 ? generator.below(newest + 3) : max(0, newest - generator.below(12)))
        let choice = generator.below(Self.choices)
        kinds[choice, default: 0] += 1
        switch choice {
        case 0, 1, 2: return drawCall(endpoint)
        case 3:
            let sender = "s\(generator.below(200 + newest))"
            return (ignored(endpoint, at: now, sender: sender), model.ignore(endpoint, sender: sender))
        case 4, 5:
            let decision: Decision = generator.below(3) == 0 ? .deny : .approve
            let isStale = generator.below(5) == 0
            return (
                StoreTests.decide(id, decision, at: now, stale: isStale ? "changed" : nil),
                model.decide(id, decision, at: now, isStale: isStale)
            )
        case 6: return (.cancelApproval(id: id, by: "x", at: now), model.cancelApproval(id))
        case 7: return (.expire(at: now, limit: 1 << 20), model.expire(at: now))
        case 8: return (.claim(run: id, at: now), model.advance(run: id, from: [.queued], to: .running))
        case 9:
            let end: RunStatus = [.succeeded, .failed, .timedOut, .cancelled, .interrupted][generator.below(5)]
            return (finish(id, at: now, end), model.advance(run: id, from: [.running], to: end))
        case 10:
            if generator.below(3) > 0 {
                return (.cancelRun(id: id, at: now), model.advance(run: id, from: [.queued], to: .cancelled))
            }
            return (.refuseStale(run: id, reason: "changed", at: now), model.refuseStale(id))
        default: return drawRarity(endpoint)
        }
    }

    private mutating func drawCall(_ endpoint: Int64) -> (Command, String) {
        let gate: GateVerdict = generator.below(3) == 0 ? .run : .ask(timeoutMinutes: 1 + generator.below(20))
        let sender = generator.below(2) == 0 ? "s\(generator.below(200 + model.calls.count))" : nil
        let key = sender == nil && generator.below(3) == 0 ? "k\(generator.below(100 + model.calls.count))" : nil
        let body = generator.below(4) == 0 ? "other" : "body"
        let maxPending = generator.below(3) == 0 ? 1 + generator.below(6) : nil
        return (
            accept(
                endpoint, at: now, gate, sender: sender, key: key, body: body,
                callback: generator.below(4) == 0 ? "http://example.com/" : nil, maxPending: maxPending),
            model.accept(endpoint, at: now, gate, sender: sender, key: key, body: body, maxPending: maxPending)
        )
    }

    /// The end of a life, and the end of an endpoint, which gets a successor of the same name later. Calls that were on their way are refused.
    private mutating func drawRarity(_ endpoint: Int64) -> (Command, String) {
        if generator.below(4) > 0 {
            let retry: Set<Int64> = generator.below(2) == 0 ? [endpoint] : []
            return (.interruptRunning(at: now, retry: retry), model.interrupt(retry: retry))
        }
        let index = endpoints.firstIndex(of: endpoint) ?? 0
        let name = ["a", "b", "c"][index]
        if deleted.remove(endpoint) != nil {
            newestEndpoint += 1
            endpoints[index] = newestEndpoint
            return (put(name), "endpoint \(newestEndpoint) revision 1")
        }
        deleted.insert(endpoint)
        model.delete(endpoint)
        return (.deleteEndpoint(name: name, force: true, at: now), "done")
    }

    // MARK: Comparing

    func compare() throws {
        let (approvals, runs) = try bench.store.read { connection in
            (
                try connection.prepare("SELECT id, status FROM approvals").map { ($0.integer(0), $0.text(1)) },
                try connection.prepare("SELECT id, status FROM runs").map { ($0.integer(0), $0.text(1)) }
            )
        }
        #expect(Dictionary(uniqueKeysWithValues: approvals) == model.approvals.mapValues(\.status.rawValue), "seed \(seed), after \(done)")
        let waiting = try bench.store.read { try $0.prepare("SELECT id FROM pending_approvals ORDER BY id").map { $0.integer(0) } }
        #expect(waiting == approvals.filter { $0.1 == "pending" }.map(\.0).sorted(), "seed \(seed), after \(done)")
        #expect(Dictionary(uniqueKeysWithValues: runs) == model.runs.mapValues(\.rawValue), "seed \(seed), after \(done)")
        // A call has a run exactly when nobody had to be asked or somebody approved.
        for id in model.calls.keys {
            let mayRun = [nil, .approved, .stale].contains(model.approvals[id]?.status)
            if model.runs[id] != nil, !mayRun { Issue.record("seed \(seed): call \(id) runs unapproved") }
        }
    }

    func expectEachDeliveryOnce() throws {
        let twice = try bench.number(
            "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE sender_id IS NOT NULL GROUP BY endpoint_id, sender_id HAVING count(*) > 1)")
        #expect(twice == 0, "seed \(seed)")
        #expect(try bench.number("SELECT count(*) FROM delivery_hashes") > 100, "ids were moved to their table")
    }

    func expectOnlyLegalMoves() throws {
        let moves = try bench.store.read {
            try $0.prepare("SELECT DISTINCT kind, old, new FROM moves").map { ($0.text(0), $0.text(1), $0.text(2)) }
        }
        #expect(moves.count > 10)
        for (kind, old, new) in moves {
            let isLegal = kind == "runs"
                ? RunStatus(rawValue: old).flatMap { old in RunStatus(rawValue: new).map(old.canBecome) }
                : ApprovalStatus(rawValue: old).flatMap { old in ApprovalStatus(rawValue: new).map(old.canBecome) }
            #expect(isLegal == true, "\(kind): \(old) -> \(new)")
        }
        // Each approval leaves `pending` at most once, each run is queued again only by an interruption.
        let twice = try bench.number("SELECT count(*) FROM (SELECT id FROM moves WHERE old = 'pending' GROUP BY id HAVING count(*) > 1)")
        #expect(twice == 0)
        let ends = try bench.number(
            "SELECT count(*) FROM (SELECT id FROM moves WHERE kind = 'runs' AND new NOT IN ('queued', 'running') GROUP BY id HAVING count(*) > 1)")
        #expect(ends == 0)
    }
}
