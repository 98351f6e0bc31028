import Crypto
import Triggers
import Decisions
import Gates
import Model
import Posix
import Queue
import Store
import TestKit
import Testing

extension Bench {
    /// Takes a call of the endpoint in, behind its own gate.
    func call(_ endpoint: CompiledEndpoint, _ body: String = "", callback: String? = nil) throws -> Int64 {
        var command = try endpoint.frozen(body, at: clock.clock.wall()).call
        command.gate = gate(endpoint.settings, .absent)
        command.callbackURL = callback
        guard case .accepted(let call) = store.commit(.accept(command)) else { throw StoreError("not accepted") }
        return call.call
    }
}

@Suite struct ExpiryTests {
    private func watch(_ bench: Bench) -> ExpiryWatch {
        ExpiryWatch(store: bench.store, clock: bench.clock.clock, log: { [log = bench.log] in log.append($0) })
    }

    private func gated(_ bench: Bench, minutes: Int) throws -> Int64 {
        try bench.call(
            try bench.endpoint("a") {
                $0.approvalRequired = true
                $0.approvalTimeoutMinutes = minutes
            })
    }

    @Test func `an approval expires at its instant and not before`() throws {
        let bench = try Bench()
        let id = try gated(bench, minutes: 10)
        let watch = watch(bench)
        #expect(watch.turn() == start + 10 * minute)
        bench.clock.advance(by: 10 * minute - 1)
        #expect(watch.turn() == start + 10 * minute)
        #expect(try bench.store.approval(id)?.status == .pending)
        bench.clock.advance(by: 1)
        #expect(watch.turn() == nil)
        #expect(try bench.store.approval(id)?.status == .expired)
        #expect(try bench.store.approval(id)?.decidedAt == start + 10 * minute)
    }

    @Test func `what expired while Sluice was down ends with the first turn of the next life`() throws {
        let bench = try Bench()
        for minutes in [5, 15] { _ = try gated(bench, minutes: minutes) }
        _ = watch(bench).turn()
        bench.clock.advance(by: 10 * minute)
        #expect(watch(bench).turn() == start + 15 * minute)
        #expect(try bench.store.approvals(limit: 9).items.map(\.status) == [.pending, .expired])
    }

    @Test func `more than one batch that is due ends in one turn`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a") { $0.approvalRequired = true }
        var command = try endpoint.frozen().call
        command.gate = .ask(timeoutMinutes: 1)
        _ = bench.store.commit(Array(repeating: .accept(command), count: 1001))
        bench.clock.advance(by: minute)
        #expect(watch(bench).turn() == nil)
        #expect(try bench.number("SELECT count(*) FROM approvals WHERE status = 'expired'") == 1001)
    }

    @Test func `a store that cannot be written is asked again soon`() throws {
        let bench = try Bench()
        bench.store.close()
        #expect(watch(bench).turn() == start + 5 * second)
        #expect(bench.log.takeAll(timeoutMicroseconds: 0)?.count == 1)
    }

    @Test func `the running watch ends approvals that come later, without being asked`() throws {
        let bench = try Bench()
        // The thread sleeps on the real clock; so this test's approvals are long over on it.
        let watch = ExpiryWatch(store: bench.store, clock: .real, log: { _ in })
        try watch.start()
        defer { watch.stop() }
        for _ in 0..<20 {
            let id = try gated(bench, minutes: 1)
            #expect(waitUntil { (try? bench.store.approval(id))?.status == .expired })
        }
    }

    @Test func `retention deletes what ended long ago and comes back for the rest`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a")
        let command = try endpoint.frozen().call
        _ = bench.store.commit(Array(repeating: .accept(command), count: 700))
        _ = bench.store.commit((1...700).map { .cancelRun(id: $0, at: start) })
        bench.clock.advance(by: 31 * 86_400 * second)
        let retainer = Retainer(store: bench.store, clock: bench.clock.clock, days: 30)
        let now = bench.clock.clock.wall()
        // 700 calls and at least as many events, 500 a turn.
        var turns = 1
        while retainer.turn() == now + 100_000, turns < 20 { turns += 1 }
        #expect(turns > 2 && turns < 20)
        #expect(retainer.turn() == now + 3600 * second)
        #expect(try bench.number("SELECT count(*) FROM calls") == 1)
        #expect(try bench.number("SELECT count(*) FROM events") == 1)
    }

    @Test func `a database that is too large is looked after every ten seconds, and at once while there is more to do`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a")
        var command = try endpoint.frozen().call
        command.stdin = [UInt8](repeating: 0x78, count: 4000)
        _ = bench.store.commit(Array(repeating: .accept(command), count: 1200))
        let limit: Int64 = 1 << 20
        let retainer = Retainer(store: bench.store, clock: bench.clock.clock, days: 30, size: limit)
        func turns(_ count: Int) throws -> Set<Int64> {
            var pauses: Set<Int64> = []
            for _ in 0..<count {
                let now = bench.clock.clock.wall()
                let next = try #require(retainer.turn())
                pauses.insert(next - now)
                bench.clock.advance(by: next - now)
            }
            return pauses
        }
        #expect(try turns(8).contains(10 * second), "what is queued stays")
        #expect(try bench.number("SELECT count(*) FROM bodies") == 1200)
        _ = bench.store.commit((1...1200).map { .cancelRun(id: $0, at: start) })
        #expect(try turns(12).contains(20_000))
        #expect(try bench.store.usedBytes() <= limit)
        #expect(try turns(3) == [10 * second])
    }
}

@Suite struct DecisionDeskTests {
    @Test func `the gate asks exactly where the endpoint wants it`() {
        var settings = EndpointSettings()
        #expect(gate(settings, .absent) == .run)
        settings.approvalRequired = true
        settings.approvalTimeoutMinutes = 7
        #expect(gate(settings, .absent) == .ask(timeoutMinutes: 7))
    }

    @Test func `decisions tell who won, and what changed meanwhile`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a") { $0.approvalRequired = true }
        let ids = try (0..<4).map { _ in try bench.call(endpoint) }
        let desk = DecisionDesk(store: bench.store, clock: bench.clock.clock, changeSince: { _ in nil })
        let careful = DecisionDesk(store: bench.store, clock: bench.clock.clock, changeSince: { _ in "the script changed" })
        func approve(_ desk: DecisionDesk, _ id: Int64) -> DecisionResult { desk.decide(id, .approve, by: "ann", via: .link, reason: nil) }
        #expect(approve(desk, ids[0]) == .decided(.approved))
        #expect(approve(desk, ids[0]) == .tooLate(.approved))
        #expect(approve(careful, ids[1]) == .decided(.stale))
        #expect(careful.decide(ids[2], .deny, by: "ann", via: .api, reason: String(repeating: "x", count: 5000)) == .decided(.denied))
        #expect(try bench.store.approval(ids[2])?.reason?.count == 1000)
        #expect(desk.cancel(ids[3], by: "ci") == .decided(.cancelled))
        #expect(approve(desk, ids[3]) == .tooLate(.cancelled))
        #expect(approve(desk, 99) == .unknown)
        #expect(try bench.store.queuedRuns().map(\.id) == [ids[0]])
        bench.store.close()
        #expect(desk.decide(ids[0], .deny, by: "", via: .api, reason: nil) == .unavailable("Sluice is stopping"))
    }

    @Test func `a decision in the second after the expiry is too late, whether the watch has been there or not`() throws {
        let bench = try Bench()
        let id = try bench.call(try bench.endpoint("a") { $0.approvalRequired = true })
        bench.clock.advance(by: 30 * minute)
        let desk = DecisionDesk(store: bench.store, clock: bench.clock.clock, changeSince: { _ in nil })
        #expect(desk.decide(id, .approve, by: "ann", via: .dashboard, reason: nil) == .tooLate(.expired))
        #expect(try bench.store.queuedRuns().isEmpty)
    }
}
