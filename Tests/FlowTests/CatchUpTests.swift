import Cron
import Crontab
import Crypto
import Model
import Store
import TestKit
import Testing
@testable import Triggers

/// What becomes of fires that nobody served in time.
@Suite struct CatchUpTests {
    private func scheduler(_ bench: Bench, _ endpoint: CompiledEndpoint) throws -> Scheduler {
        let made = Scheduler(
            store: bench.store, clock: bench.clock.clock,
            gate: GateRule { settings, _ in settings.approvalRequired ? .ask(timeoutMinutes: settings.approvalTimeoutMinutes) : .run }, log: { _ in })
        try made.load([EndpointSchedules([endpoint], further: [], report: { _ in })])
        bench.settle()
        return made
    }

    private func endpoint(_ bench: Bench, _ change: (inout SchedulePolicy) -> Void) throws -> CompiledEndpoint {
        try bench.endpoint("a") {
            $0.ownSchedule.expression = "*/10 * * * *"
            change(&$0.ownSchedule.policy)
        }
    }

    /// Fires from 00:10 to 01:00, all but the last one too late, seen by a restart at 01:00:05.
    private func afterAnHour(_ bench: Bench, _ change: (inout SchedulePolicy) -> Void) throws {
        let endpoint = try endpoint(bench, change)
        _ = try scheduler(bench, endpoint).turn()
        bench.settle()
        bench.clock.advance(by: 60 * minute)
        for _ in 0..<2 {
            _ = try scheduler(bench, endpoint).turn()
            bench.settle()
        }
    }

    private static let start = "2026-01-01T00:00:05Z"

    @Test(arguments: [
        (CatchUp.none, 86_400, 100, ["01:00"], 5), (.last, 86_400, 100, ["00:50", "01:00"], 4),
        (.all, 86_400, 100, ["00:10", "00:20", "00:30", "00:40", "00:50", "01:00"], 0),
        (.all, 86_400, 2, ["00:40", "00:50", "01:00"], 3), (.all, 1500, 100, ["00:40", "00:50", "01:00"], 3),
        (.last, 300, 100, ["01:00"], 5),
    ])
    func `missed fires are made up for as the policy says`(
        _ catchUp: CatchUp, _ window: Int, _ limit: Int, _ expected: [String], _ missed: Int64
    ) throws {
        let bench = try Bench(at: try instant(Self.start))
        try afterAnHour(bench) {
            $0.catchUp = catchUp
            $0.catchUpWindow = window
            $0.catchUpLimit = limit
        }
        #expect(try bench.texts("SELECT substr(event, 12, 5) FROM calls ORDER BY id") == expected)
        #expect(try bench.number("SELECT coalesce(sum(count), 0) FROM skipped_fires WHERE reason = 'missed'") == missed)
    }

    @Test func `catch_up ask makes one approval of what was missed, also without a gate`() throws {
        let bench = try Bench(at: try instant(Self.start))
        try afterAnHour(bench) { $0.catchUp = .ask }
        let approval = try #require(try bench.store.approvals(status: .pending, limit: 9).items.first)
        #expect(approval.missed.map(fireTimeText).map { $0.dropFirst(11).prefix(5) } == ["00:10", "00:20", "00:30", "00:40", "00:50"])
        #expect(approval.fires == 5)
        #expect(try bench.texts("SELECT substr(event, 12, 5) FROM calls ORDER BY id") == ["00:50", "01:00"])
        #expect(try bench.number("SELECT count(*) FROM runs") == 1, "the fire that was in time runs by itself")
    }

    @Test(arguments: [("once", 2, 4), ("all", 6, 0), ("deny", 1, 5)])
    func `what was missed runs once, each, or is dropped, as was decided`(_ choice: String, _ runs: Int64, _ missed: Int64) throws {
        let bench = try Bench(at: try instant(Self.start))
        try afterAnHour(bench) { $0.catchUp = .ask }
        let approval = try #require(try bench.store.approvals(status: .pending, limit: 9).items.first)
        let outcome = bench.store.commit(
            .decide(
                Decide(
                    approval: approval.id, decision: choice == "deny" ? .deny : .approve, by: "ann", via: .api, runsAllMissed: choice == "all",
                    at: bench.clock.clock.wall())))
        guard case .decided = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try bench.number("SELECT count(*) FROM runs") == runs)
        #expect(try bench.number("SELECT coalesce(sum(count), 0) FROM skipped_fires WHERE reason = 'missed'") == missed)
        #expect(try bench.number("SELECT count(*) FROM approvals WHERE status = 'pending'") == 0)
        for id in try bench.store.queuedRuns().map(\.id) {
            let call = try #require(try bench.store.frozenCall(id))
            #expect(callDigest(spec: call.specHash, stdin: sha256(call.stdin), origin: call.origin).hex == call.digest, "what runs is what was frozen")
        }
    }

    @Test func `a single missed fire is asked about too, and missed when it is dropped`() throws {
        let bench = try Bench(at: try instant(Self.start))
        let endpoint = try endpoint(bench) { $0.catchUp = .ask }
        _ = try scheduler(bench, endpoint).turn()
        bench.settle()
        bench.clock.advance(by: 11 * minute)
        _ = try scheduler(bench, endpoint).turn()
        bench.settle()
        let approval = try #require(try bench.store.approvals(status: .pending, limit: 9).items.first)
        #expect(approval.missed.count == 1 && approval.fires == 1)
        _ = bench.store.commit(.decide(Decide(approval: approval.id, decision: .deny, by: "ann", via: .api, at: bench.clock.clock.wall())))
        #expect(try bench.number("SELECT sum(count) FROM skipped_fires WHERE reason = 'missed'") == 1)
    }

    @Test(arguments: [
        (PendingPolicy.one, ["pending 6 5"], [SkipReason.skippedOverlap: Int64(1)]),
        (.latest, ["superseded 5 5", "pending 6 0"], [.superseded: 5]),
        (.all, ["pending 5 5", "pending 1 0"], [:]),
    ])
    func `a question about missed fires and the gated fire behind it keep to themselves`(
        _ pending: PendingPolicy, _ approvals: [String], _ skipped: [SkipReason: Int64]
    ) throws {
        let bench = try Bench(at: try instant(Self.start))
        let endpoint = try bench.endpoint("a") {
            $0.ownSchedule.expression = "*/10 * * * *"
            $0.ownSchedule.policy.catchUp = .ask
            $0.ownSchedule.policy.pending = pending
            $0.approvalRequired = true
        }
        _ = try scheduler(bench, endpoint).turn()
        bench.settle()
        bench.clock.advance(by: 60 * minute)
        _ = try scheduler(bench, endpoint).turn()
        bench.settle()
        #expect(
            try bench.texts(
                "SELECT status || ' ' || fires || ' ' || coalesce(json_array_length(missed), 0) FROM approvals ORDER BY id") == approvals)
        let counts = try bench.store.skippedCounts(of: ScheduleReference(endpoint: endpoint.id, name: ""))
        #expect(counts == skipped.mapValues { Int($0) })
    }

    @Test func `what runs of a crontab's missed lines has its input, and its own stored command`() throws {
        let bench = try Bench(at: try instant(Self.start))
        let (crontab, _) = parseCrontab(Array("*/10 * * * * cat%in%put\n".utf8))
        var settings = EndpointSettings()
        settings.name = "jobs"
        settings.ownSchedule.policy.catchUp = .ask
        let file = CrontabFile(
            file: "jobs.crontab", settings: settings, crontab: crontab, clocks: [try CronExpression("*/10 * * * *").clock], zones: [.utc],
            blackouts: [])
        let id = try bench.endpoint("jobs").id
        func turn() throws {
            let made = Scheduler(store: bench.store, clock: bench.clock.clock, gate: .run, log: { _ in })
            let endpoint = Endpoint(id: id, revision: 1, origin: .file, settings: settings)
            try made.load([CrontabSchedules(file, endpoint: endpoint, directory: "/")])
            _ = made.turn()
            bench.settle()
        }
        try turn()
        bench.clock.advance(by: 60 * minute)
        try turn()
        let approval = try #require(try bench.store.approvals(status: .pending, limit: 9).items.first)
        _ = bench.store.commit(
            .decide(
                Decide(
                    approval: approval.id, decision: .approve, by: "ann", via: .api, runsAllMissed: true, at: bench.clock.clock.wall())))
        let calls = try bench.store.queuedRuns().map { try #require(try bench.store.frozenCall($0.id)) }
        #expect(calls.count == 6)
        for call in calls {
            #expect(call.stdin == Array("in\nput\n".utf8))
            #expect(callDigest(spec: call.specHash, stdin: sha256(call.stdin), origin: call.origin).hex == call.digest)
        }
        #expect(try bench.number("SELECT count(DISTINCT body_id) FROM calls") == 6, "no two calls own one body, which retention deletes")
    }

    @Test func `an expired question counts as missed`() throws {
        let bench = try Bench(at: try instant(Self.start))
        try afterAnHour(bench) { $0.catchUp = .ask }
        _ = bench.store.commit(.expire(at: bench.clock.clock.wall() + 31 * minute, limit: 9))
        #expect(try bench.number("SELECT sum(count) FROM skipped_fires WHERE reason = 'missed'") == 5)
    }

    @Test(arguments: [CatchUp.none, .last, .all, .ask])
    func `Lives that end anywhere within 200 minutes: each fire is one call or one record, never both or two`(_ catchUp: CatchUp) throws {
        let seed = fuzzSeed(standard: 0xCA7C)
        var generator = SplitMix64(seed: seed)
        let from = try instant("2026-10-24T23:30:07Z")  // through the night in which Berlin's clocks go back
        let bench = try Bench(at: from)
        let endpoint = try bench.endpoint("a") {
            $0.ownSchedule.expression = "* * * * *"
            $0.ownSchedule.timezone = "Europe/Berlin"
            $0.ownSchedule.policy.catchUp = catchUp
            $0.ownSchedule.policy.pending = .all
        }
        var current = try scheduler(bench, endpoint)
        var lives = 1
        while bench.clock.clock.wall() < from + 200 * minute {
            bench.clock.advance(by: Int64(1 + generator.below(generator.below(6) == 0 ? 400 : 40)) * second)
            if generator.below(3) == 0 {
                // What the old life was about to write is lost, or it is not.
                if generator.below(2) == 0 {
                    try bench.refusing("INSERT ON calls") {
                        try bench.refusing("INSERT ON skipped_fires", as: "second") {
                            _ = current.turn()
                            bench.settle()
                        }
                    }
                } else {
                    _ = current.turn()
                    bench.settle()
                }
                current = try scheduler(bench, endpoint)
                lives += 1
            }
            _ = current.turn()
            bench.settle()
        }
        _ = current.turn()
        bench.settle()
        #expect(lives > 20)
        let end = bench.clock.clock.wall() / second
        let expected = Set(stride(from: (from / second / 60 + 1) * 60, through: end, by: 60))
        var seen: [Int64: Int] = [:]
        for time in try bench.store.read({ try $0.prepare("SELECT idempotency_key FROM calls").map { FireKey($0.text(0))?.time ?? 0 } }) {
            seen[time / second, default: 0] += 1
        }
        for approval in try bench.store.approvals(limit: 1000).items { for time in approval.missed.dropLast() { seen[time / second, default: 0] += 1 } }
        let skipped = try bench.store.read { try $0.prepare("SELECT first_at, last_at, count FROM skipped_fires").map { ($0.integer(0), $0.integer(1), $0.integer(2)) } }
        for (first, last, count) in skipped {
            #expect((last - first) / minute + 1 == count)
            for time in stride(from: first, through: last, by: Int64.Stride(minute)) { seen[time / second, default: 0] += 1 }
        }
        #expect(Set(seen.keys) == expected, "seed \(seed): nothing left out")
        #expect(seen.values.allSatisfy { $0 == 1 }, "seed \(seed): nothing twice: \(seen.filter { $0.value != 1 }.keys.sorted())")
    }
}
