import Model
import Store
import TestKit
import Testing

@Suite struct DecisionTests {
    private let ask = GateVerdict.ask(timeoutMinutes: 10)

    @Test(arguments: [Decision.approve, .deny])
    func `an approval is decided once`(_ decision: Decision) throws {
        let bench = try Bench()
        let id = try bench.call(ask)
        let status: ApprovalStatus = decision == .approve ? .approved : .denied
        #expect(bench.commit(decide(id, decision, at: start + 1)) == "decided \(status)")
        #expect(bench.commit(decide(id, .approve)) == "conflict \(status)")
        #expect(bench.commit(decide(id, .deny)) == "conflict \(status)")
        #expect(bench.commit(.cancelApproval(id: id, by: "x", at: start)) == "conflict \(status)")
        let approval = try #require(try bench.store.approval(id))
        #expect(approval.status == status && approval.decidedBy == "ann" && approval.decidedVia == .api && approval.decidedAt == start + 1)
        #expect(approval.hasRun == (decision == .approve))
    }

    @Test func `of a hundred threads that decide at once one wins`() throws {
        let bench = try Bench()
        let id = try bench.call(ask)
        let labels = inParallel(100) { [store = bench.store] in store.commit(decide(id, $0 % 2 == 0 ? .approve : .deny)).label }
        let winners = labels.filter { $0.hasPrefix("decided") }
        #expect(winners.count == 1 && labels.count == 100)
        let status = try #require(try bench.store.approval(id)?.status)
        #expect(winners == ["decided \(status)"])
        #expect(labels.filter { $0 == "conflict \(status)" }.count == 99)
        #expect(try bench.number("SELECT count(*) FROM runs") == (status == .approved ? 1 : 0))
        #expect(try bench.events().filter { $0.hasPrefix("approval_decided") }.count == 1)
    }

    @Test func `at the instant of its expiry an approval is over, one microsecond before it is not`() throws {
        let bench = try Bench()
        let (first, second) = (try bench.call(ask), try bench.call(ask))
        let end = start + 10 * minute
        #expect(bench.commit(decide(first, at: end - 1)) == "decided approved")
        #expect(bench.commit(decide(second, at: end)) == "conflict expired")
        #expect(try bench.store.approval(second)?.status == .expired)
        #expect(try bench.number("SELECT count(*) FROM runs WHERE id = 2") == 0)
        #expect(bench.commit(.expire(at: end, limit: 10)) == "expired 0 next -")
    }

    @Test func `expiry takes what is due, the longest due first, and names the next instant`() throws {
        let bench = try Bench()
        for minutes in [30, 10, 20] { _ = try bench.call(.ask(timeoutMinutes: minutes)) }
        #expect(bench.commit(.expire(at: start + 10 * minute - 1, limit: 9)) == "expired 0 next \(start + 10 * minute)")
        #expect(bench.commit(.expire(at: start + 25 * minute, limit: 1)) == "expired 1 next \(start + 20 * minute)")
        #expect(try bench.store.approval(2)?.status == .expired)
        #expect(try bench.store.approval(3)?.status == .pending)
        #expect(bench.commit(.expire(at: start + 25 * minute, limit: 9)) == "expired 1 next \(start + 30 * minute)")
        #expect(bench.commit(decide(3)) == "conflict expired")
        #expect(bench.commit(decide(1)) == "decided approved")
        #expect(bench.commit(.expire(at: start + 99 * minute, limit: 9)) == "expired 0 next -")
    }

    @Test func `a decision and the expiry at the same instant have one winner`() throws {
        let bench = try Bench()
        let end = start + 10 * minute
        for _ in 0..<20 {
            let id = try bench.call(ask)
            let labels = inParallel(2) { [store = bench.store] index in
                store.commit(index == 0 ? .expire(at: end, limit: 10) : decide(id, at: end - 1)).label
            }
            let status = try #require(try bench.store.approval(id)?.status)
            #expect(labels.contains("decided approved") == (status == .approved))
            #expect(status == .approved || status == .expired)
            #expect(try bench.store.run(id) != nil ? status == .approved : status == .expired)
        }
    }

    @Test func `an approval of what changed meanwhile is stale and runs nothing`() throws {
        let bench = try Bench()
        let id = try bench.call(ask)
        #expect(bench.commit(decide(id, stale: "the script changed")) == "decided stale")
        let approval = try #require(try bench.store.approval(id))
        #expect(approval.status == .stale && approval.reason == "the script changed" && !approval.hasRun)
        #expect(bench.commit(decide(id)) == "conflict stale")
        #expect(try bench.events().suffix(2) == ["approval_decided 1 approved", "approval_stale 1 the script changed"])
    }

    @Test func `a cancelled approval cannot be decided`() throws {
        let bench = try Bench()
        let id = try bench.call(ask)
        #expect(bench.commit(.cancelApproval(id: id, by: "bob", at: start)) == "decided cancelled")
        #expect(bench.commit(decide(id)) == "conflict cancelled")
        #expect(bench.commit(.cancelApproval(id: id, by: "bob", at: start)) == "conflict cancelled")
    }

    @Test func `what does not exist is not found`() throws {
        let bench = try Bench()
        #expect(bench.commit(decide(5)) == "not found")
        #expect(bench.commit(.cancelApproval(id: 5, by: "", at: start)) == "not found")
        #expect(try bench.store.approval(5) == nil)
        // A call that ran without a gate has no approval to decide.
        let id = try bench.call(.run)
        #expect(bench.commit(decide(id)) == "not found")
    }
}
