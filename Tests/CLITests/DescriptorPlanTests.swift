@testable import App
import Testing

@Suite struct DescriptorPlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let limit, wanted, runs, connections: Int
        var testDescription: String { "\(wanted) runs under \(limit)" }
    }

    @Test(arguments: [
        Case(limit: 1_048_576, wanted: 16, runs: 16, connections: 10_000),
        Case(limit: 1024, wanted: 16, runs: 16, connections: 848),
        Case(limit: 1024, wanted: 4096, runs: 149, connections: 449),
        Case(limit: 256, wanted: 16, runs: 16, connections: 80),
        Case(limit: 192, wanted: 16, runs: 16, connections: 48),
        Case(limit: 64, wanted: 16, runs: 5, connections: 17),
        Case(limit: 64, wanted: 1, runs: 1, connections: 29),
        Case(limit: 10, wanted: 16, runs: 1, connections: 2),
    ]) func `commands and connections get their parts`(_ wanted: Case) {
        let plan = DescriptorPlan(limit: wanted.limit, wantedRuns: wanted.wanted)
        #expect(plan.runs == wanted.runs)
        #expect(plan.connections == wanted.connections)
        #expect((plan.shortage != nil) == (plan.runs < wanted.wanted))
        if let shortage = plan.shortage { #expect(shortage.contains("\(plan.runs) of \(wanted.wanted)") && shortage.contains("\(wanted.limit)")) }
    }

    @Test func `no plan gives away more than there is`() {
        for limit in 8...2000 {
            for wanted in [1, 2, 16, 300, 4096] {
                let plan = DescriptorPlan(limit: limit, wantedRuns: wanted)
                #expect(plan.runs >= 1 && plan.connections >= 1)
                #expect(plan.runs * 3 + plan.connections + min(128, limit / 2) <= limit, "\(wanted) runs under \(limit)")
            }
        }
    }
}
