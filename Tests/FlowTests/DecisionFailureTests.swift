import Decisions
import Model
import Store
import Testing
import Triggers

@Suite struct DecisionFailureTests {
    @Test(arguments: [Decision.approve, .deny])
    func `a store that cannot be read is unavailable; only a call that is not there is unknown`(_ decision: Decision) throws {
        let bench = try Bench()
        let id = try bench.call(try bench.endpoint("gated") { $0.approvalRequired = true })
        let desk = DecisionDesk(store: bench.store, clock: bench.clock.clock, changeSince: { _ in nil })
        #expect(desk.decide(id + 1, decision, by: "ann", via: .api, reason: nil) == .unknown)
        bench.store.close()
        guard case .unavailable = desk.decide(id, decision, by: "ann", via: .api, reason: nil) else {
            Issue.record("a failing read was taken for an unknown approval")
            return
        }
    }
}
