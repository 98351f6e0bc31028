import Cron
import Model
import Store
import TestKit
import Testing
import Triggers

@Suite struct SchedulerTests {
    private func scheduler(_ bench: Bench, _ endpoints: [CompiledEndpoint]) throws -> Scheduler {
        let made = Scheduler(
            store: bench.store, clock: bench.clock.clock,
            gate: GateRule { settings, _ in settings.approvalRequired ? .ask(timeoutMinutes: settings.approvalTimeoutMinutes) : .run }, log: { [log = bench.log] in log.append($0) })
        try made.load([EndpointSchedules(endpoints, further: [], report: { [log = bench.log] in log.append($0) })])
        bench.settle()
        return made
    }

    private func turn(_ scheduler: Scheduler, _ bench: Bench, after microseconds: Int64 = 0) -> Int64? {
        bench.clock.advance(by: microseconds)
        defer { bench.settle() }
        return scheduler.turn()
    }

    /// How many fires of the only schedule were recorded as missed.
    private func missed(_ bench: Bench) throws -> Int64 {
        try bench.number("SELECT coalesce(sum(count), 0) FROM skipped_fires WHERE reason = 'missed'")
    }

    private func fired(_ bench: Bench) throws -> [String] { try bench.texts("SELECT event FROM calls ORDER BY id") }

    @Test func `a new schedule counts from now and fires when its time comes`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let scheduler = try scheduler(bench, [try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }])
        #expect(turn(scheduler, bench) == (try instant("2026-01-01T00:01:00Z")))
        #expect(try fired(bench).isEmpty)
        #expect(turn(scheduler, bench, after: 30 * second) == (try instant("2026-01-01T00:02:00Z")))
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z"])
        #expect(try bench.store.scheduleMark() == ScheduleMark(through: try instant("2026-01-01T00:01:00Z"), call: 1))
    }

    @Test func `a restart repeats nothing and counts what passed as missed`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let endpoint = try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }
        _ = turn(try scheduler(bench, [endpoint]), bench, after: 35 * second)
        for _ in 0..<3 { _ = turn(try scheduler(bench, [endpoint]), bench) }
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z"])
        _ = turn(try scheduler(bench, [endpoint]), bench, after: 10 * minute + 40 * second)
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z"], "45 seconds late is missed")
        #expect(try missed(bench) == 10)
        #expect(try bench.texts("SELECT data FROM events WHERE kind = 'schedule_missed'") == ["10"])
        _ = turn(try scheduler(bench, [endpoint]), bench)
        #expect(try missed(bench) == 10, "what was counted is not counted again")
    }

    @Test func `a schedule that the store could not take in becomes known later`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let endpoint = try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }
        let first = try scheduler(bench, [])
        try bench.refusing("INSERT ON known_schedules") {
            try first.load([EndpointSchedules([endpoint], further: [], report: { [log = bench.log] in log.append($0) })])
            _ = turn(first, bench)
        }
        #expect(try bench.number("SELECT count(*) FROM known_schedules WHERE length(hashes) > 0") == 0)
        _ = turn(first, bench, after: second)
        // Down meanwhile.
        bench.clock.advance(by: 10 * minute)
        _ = turn(try scheduler(bench, [endpoint]), bench)
        #expect(try missed(bench) == 10, "it is not taken for new")
    }

    @Test func `a clock that is set back never fires again, also after a restart`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let endpoint = try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }
        let first = try scheduler(bench, [endpoint])
        _ = turn(first, bench, after: 30 * second)
        bench.clock.setWall(try instant("2025-12-31T23:00:00Z"))
        _ = turn(first, bench)
        let second = try scheduler(bench, [endpoint])
        for _ in 0..<60 { _ = turn(second, bench, after: minute) }
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z"])
        _ = turn(second, bench, after: 2 * minute)
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"])
    }

    @Test func `a clock that is set forward fires nothing late and counts it`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let scheduler = try scheduler(bench, [try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }])
        bench.clock.setWall(try instant("2026-01-15T00:00:59Z"))
        _ = turn(scheduler, bench)
        #expect(try fired(bench).isEmpty)
        #expect(try missed(bench) > 9000)
        _ = turn(scheduler, bench, after: second)
        #expect(try fired(bench) == ["2026-01-15T00:01:00Z"])
    }

    @Test func `a schedule that changed counts from now on`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let endpoint = try bench.endpoint("a") { $0.ownSchedule.expression = "0 0 * * *" }
        _ = try scheduler(bench, [endpoint])
        bench.clock.advance(by: 60 * minute)
        _ = bench.store.commit(
            .putEndpoint(PutEndpoint(origin: .file, name: "a", settings: #"{"schedule":"* * * * *"}"#, overrides: "{}", mustBeNew: false, at: 1)))
        let changed = try compiled("true", id: endpoint.id, revision: 2) { $0.ownSchedule.expression = "* * * * *" }
        let again = try scheduler(bench, [changed])
        _ = turn(again, bench)
        #expect(try fired(bench).isEmpty)
        #expect(try missed(bench) == 0)
        _ = turn(again, bench, after: 30 * second)
        #expect(try fired(bench) == ["2026-01-01T01:01:00Z"])
    }

    @Test func `a paused schedule fires nothing, and what it leaves out is recorded as paused`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let endpoint = try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }
        let schedule = ScheduleReference(endpoint: endpoint.id, name: "")
        let first = try scheduler(bench, [endpoint])
        #expect(first.setPaused(schedule, true, reason: "holidays"))
        #expect(first.status(schedule)?.pauseReason == "holidays")
        let paused = try scheduler(bench, [endpoint])
        for _ in 0..<10 { _ = turn(paused, bench, after: minute) }
        #expect(paused.status(schedule)?.upcoming == [])
        #expect(paused.setPaused(schedule, false, reason: nil))
        _ = turn(paused, bench)
        #expect(try fired(bench).isEmpty)
        _ = turn(paused, bench, after: minute)
        #expect(try fired(bench) == ["2026-01-01T00:11:00Z"])
        #expect(try bench.store.skippedCounts(of: schedule) == [.paused: 10])
        #expect(try bench.store.skippedFires(of: schedule, limit: 9).map(\.fires.count) == [10], "one record for those in a row")
        let next = [try instant("2026-01-01T00:12:00Z"), try instant("2026-01-01T00:13:00Z")]
        #expect(paused.status(schedule, upcoming: 2)?.upcoming == next)
    }

    @Test func `a fire asks first where the endpoint says so`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let scheduler = try scheduler(
            bench,
            [
                try bench.endpoint("a") {
                    $0.ownSchedule.expression = "* * * * *"
                    $0.ownSchedule.policy.pending = .all
                    $0.approvalRequired = true
                    $0.maxPending = 2
                }
            ])
        for _ in 0..<2 { _ = turn(scheduler, bench, after: minute) }
        #expect(try bench.store.approvals(status: .pending, limit: 9).items.count == 2)
        #expect(try bench.number("SELECT count(*) FROM runs") == 0)
        // The third is one too many: left out, but neither silently nor forgotten.
        _ = turn(scheduler, bench, after: minute)
        #expect(try bench.store.approvals(status: .pending, limit: 9).items.count == 2)
        #expect(try bench.texts("SELECT reason || ' ' || count FROM skipped_fires") == ["max_pending 1"])
    }

    @Test func `a fire that the store cannot take is tried once a second, until it is too late`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let scheduler = try scheduler(bench, [try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }])
        let firstFire = try instant("2026-01-01T00:01:00Z")
        try bench.refusing("INSERT ON calls") {
            _ = turn(scheduler, bench, after: 30 * second)
            #expect(bench.logged("cannot take a fire") == 1)
            // Whatever wakes it in between.
            for _ in 0..<5 { #expect(turn(scheduler, bench, after: second / 10) == firstFire + second) }
            #expect(bench.logged("cannot take a fire") == 0)
            _ = turn(scheduler, bench, after: second / 2)
            #expect(bench.logged("cannot take a fire") == 1)
            bench.clock.setWall(firstFire - minute)
            _ = turn(scheduler, bench)
            #expect(bench.logged("cannot take a fire") == 1, "a clock that was set back does not put it off")
            bench.clock.setWall(firstFire + 2 * second)
        }
        _ = turn(scheduler, bench)
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z"])
        try bench.refusing("INSERT ON calls") { _ = turn(scheduler, bench, after: minute) }
        _ = turn(scheduler, bench, after: 40 * second)
        #expect(try fired(bench) == ["2026-01-01T00:01:00Z"])
        #expect(try missed(bench) == 1)
    }

    @Test func `an endpoint that is gone fires no more`() throws {
        let bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
        let scheduler = try scheduler(bench, [try bench.endpoint("a") { $0.ownSchedule.expression = "* * * * *" }])
        try scheduler.load([EndpointSchedules([], further: [], report: { _ in })])
        #expect(turn(scheduler, bench, after: minute) == nil)
        #expect(try fired(bench).isEmpty)
    }

    @Test func `Random restarts within 200 minutes: each fire time of each schedule makes exactly one call`() throws {
        let seed = fuzzSeed(standard: 0xC10C)
        print("seed of the restarts: \(seed)")
        var generator = SplitMix64(seed: seed)
        let from = try instant("2026-10-24T23:30:07Z")  // through the night in which Berlin's clocks go back
        let bench = try Bench(at: from)
        let schedules = [("a", "* * * * *", "UTC"), ("b", "*/7 * * * *", "Europe/Berlin"), ("c", "30 2 * * *", "Europe/Berlin")]
        let endpoints = try schedules.map { name, text, zone in
            try bench.endpoint(name) {
                $0.ownSchedule.expression = text
                $0.ownSchedule.timezone = zone
            }
        }
        var current = try scheduler(bench, endpoints)
        var restarts = 0
        while bench.clock.clock.wall() < from + 200 * minute {
            bench.clock.advance(by: Int64(1 + generator.below(25)) * second)
            for _ in 0...generator.below(2) { _ = current.turn() }
            if generator.below(9) == 0 {
                // Not settled before: what the last life had submitted may still be on its way.
                current = Scheduler(store: bench.store, clock: bench.clock.clock, gate: .run, log: { _ in })
                try current.load([EndpointSchedules(endpoints, further: [], report: { _ in })])
                restarts += 1
                _ = current.turn()
            }
            bench.settle()
        }
        #expect(restarts > 20)
        let end = bench.clock.clock.wall() / second
        for endpoint in endpoints {
            let schedule = try #require(endpoint.schedules.first)
            let expression = try CronExpression(schedule.settings.expression ?? "")
            let expected = expression.instants(after: from / second, in: schedule.zone).prefix { $0 <= end }.map { fireTimeText($0 * second) }
            let got = try bench.texts("SELECT event FROM calls WHERE endpoint_id = \(endpoint.id) ORDER BY id")
            #expect(got == Array(expected), "seed \(seed): \(endpoint.name)")
            #expect(!expected.isEmpty)
        }
        #expect(try missed(bench) == 0)
    }
}
