import Crypto
import Model
import Posix
import Store
import TestKit
import Testing
import Triggers

/// What a fire does while an earlier call of its schedule is open.
@Suite struct OverlapTests {
    private final class Life {
        let bench: Bench
        let endpoint: CompiledEndpoint
        let scheduler: Scheduler
        private(set) var cancelled: Mailbox<Int64>

        init(gated: Bool = false, _ change: (inout SchedulePolicy) -> Void) throws {
            bench = try Bench(at: try instant("2026-01-01T00:00:30Z"))
            endpoint = try bench.endpoint("a") {
                $0.ownSchedule.expression = "* * * * *"
                $0.approvalRequired = gated
                change(&$0.ownSchedule.policy)
            }
            scheduler = Scheduler(
                store: bench.store, clock: bench.clock.clock,
                gate: GateRule { settings, _ in settings.approvalRequired ? .ask(timeoutMinutes: settings.approvalTimeoutMinutes) : .run }, log: { _ in })
            try scheduler.load([EndpointSchedules([endpoint], further: [], report: { _ in })])
            let cancelled = Mailbox<Int64>()
            self.cancelled = cancelled
            bench.store.onCommit { for run in $0.cancelRuns { cancelled.append(run) } }
        }

        func fire(_ count: Int = 1) {
            for _ in 0..<count {
                bench.clock.advance(by: minute)
                _ = scheduler.turn()
                bench.settle()
            }
        }

        var schedule: ScheduleReference { ScheduleReference(endpoint: endpoint.id, name: "") }
        func runs() throws -> [String] { try bench.texts("SELECT id || ' ' || status FROM runs ORDER BY id") }
        func approvals() throws -> [String] { try bench.texts("SELECT id || ' ' || status || ' ' || fires FROM approvals ORDER BY id") }
        func skipped() throws -> [SkipReason: Int] { try bench.store.skippedCounts(of: schedule) }
        func begin(_ run: Int64) { _ = bench.store.commit(.claim(run: run, at: 1)) }
        func end(_ run: Int64, _ status: RunStatus = .succeeded) {
            let result = RunResult(status: status, exitCode: status == .succeeded ? 0 : 1, durationMicroseconds: 1, output: [])
            _ = bench.store.commit(.finish(run: run, result: result, at: bench.clock.clock.wall()))
            bench.settle()
        }
    }

    @Test func `allow runs them beside each other`() throws {
        let life = try Life { $0.overlap = .allow }
        life.fire(3)
        #expect(try life.runs() == ["1 queued", "2 queued", "3 queued"])
    }

    @Test func `skip leaves fires out until the open one has ended`() throws {
        let life = try Life { $0.overlap = .skip }
        life.fire(2)
        life.begin(1)
        life.fire()
        #expect(try life.runs() == ["1 running"])
        life.end(1)
        life.fire()
        #expect(try life.runs() == ["1 succeeded", "2 queued"])
        #expect(try life.skipped() == [.skippedOverlap: 2])
    }

    @Test func `queue_one lets one wait, and no more`() throws {
        let life = try Life { $0.overlap = .queueOne }
        life.fire()
        life.begin(1)
        life.fire(3)
        #expect(try life.runs() == ["1 running", "2 queued"])
        #expect(try life.skipped() == [.skippedOverlap: 2])
        #expect(life.scheduler.isSerial(life.schedule), "the second waits for the first one")
        life.end(1)
        life.begin(2)
        life.fire()
        #expect(try life.runs() == ["1 succeeded", "2 running", "3 queued"])
    }

    @Test func `cancel_running ends what runs, and what waits to run`() throws {
        let life = try Life { $0.overlap = .cancelRunning }
        life.fire()
        life.begin(1)
        life.fire()
        #expect(life.cancelled.takeAll(timeoutMicroseconds: 0) == [1])
        life.fire()
        #expect(try life.runs() == ["1 running", "2 cancelled", "3 queued"])
    }

    @Test func `one approval stands for later fires and says for how many`() throws {
        let life = try Life(gated: true) { _ in }
        life.fire(4)
        #expect(try life.approvals() == ["1 pending 4"])
        #expect(try life.skipped() == [.skippedOverlap: 3])
        _ = life.bench.store.commit(.decide(Decide(approval: 1, decision: .approve, by: "ann", via: .api, at: life.bench.clock.clock.wall())))
        life.fire()
        #expect(try life.approvals() == ["1 approved 4", "2 pending 1"])
        #expect(try life.runs() == ["1 queued"])
    }

    @Test func `the latest approval supersedes the waiting one`() throws {
        let life = try Life(gated: true) { $0.pending = .latest }
        life.fire(3)
        #expect(try life.approvals() == ["1 superseded 1", "2 superseded 2", "3 pending 3"])
        #expect(try life.skipped() == [.superseded: 2])
        let late = life.bench.store.commit(.decide(Decide(approval: 1, decision: .approve, by: "ann", via: .link, at: 1)))
        guard case .conflict("superseded") = late else {
            Issue.record("\(late)")
            return
        }
    }

    @Test func `with all, each fire asks; a pending approval counts as running for overlap`() throws {
        let life = try Life(gated: true) { $0.pending = .all }
        life.fire(3)
        #expect(try life.approvals() == ["1 pending 1", "2 pending 1", "3 pending 1"])
        let strict = try Life(gated: true) {
            $0.pending = .all
            $0.overlap = .skip
        }
        strict.fire(3)
        #expect(try strict.approvals() == ["1 pending 1"])
        #expect(try strict.skipped() == [.skippedOverlap: 2])
        _ = strict.bench.store.commit(.cancelApproval(id: 1, by: "ann", at: 2))
        strict.fire()
        #expect(try strict.approvals() == ["1 cancelled 1", "2 pending 1"])
    }

    @Test func `what is open is known after a restart`() throws {
        let life = try Life { $0.overlap = .skip }
        life.fire()
        life.begin(1)
        // A transaction that fails makes the writer forget what it remembered.
        try life.bench.refusing("INSERT ON sessions") { _ = life.bench.store.commit(.createSession(hash: sha256("x"), expiresAt: 1)) }
        life.fire()
        #expect(try life.runs() == ["1 running"])
    }

    @Test func `a schedule pauses itself after failures in a row, and counts anew when it is resumed`() throws {
        let life = try Life { $0.pauseAfterFailures = 2 }
        try life.scheduler.start()
        defer { life.scheduler.stop() }
        for (run, status) in [(1, RunStatus.failed), (2, .succeeded), (3, .failed), (4, .timedOut)] as [(Int64, RunStatus)] {
            life.fire()
            #expect(life.scheduler.status(life.schedule)?.isPaused == false)
            life.begin(run)
            life.end(run, status)
            _ = life.scheduler.turn()
        }
        let paused = life.scheduler.status(life.schedule)
        #expect(paused?.isPaused == true && paused?.pauseReason == "2 failed runs in a row")
        life.bench.clock.advance(by: second)
        life.scheduler.setPaused(life.schedule, false, reason: nil)
        life.fire()
        life.begin(5)
        life.end(5, .failed)
        _ = life.scheduler.turn()
        #expect(life.scheduler.status(life.schedule)?.isPaused == false)
    }
}
