@testable import App
import Testing

@Suite struct DescriptorPlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let limit, wanted, runs, connections: Int
        var wantedLoops = 1, loops = 1
        var testDescription: String { "\(wanted) runs, \(wantedLoops) loops under \(limit)" }
    }

    @Test(arguments: [
        Case(limit: 1_048_576, wanted: 16, runs: 16, connections: 10_000),
        Case(limit: 1024, wanted: 16, runs: 16, connections: 846),
        Case(limit: 1024, wanted: 16, runs: 16, connections: 840, wantedLoops: 4, loops: 4),
        Case(limit: 1024, wanted: 16, runs: 16, connections: 720, wantedLoops: 256, loops: 64),
        Case(limit: 1024, wanted: 4096, runs: 149, connections: 447),
        Case(limit: 256, wanted: 16, runs: 16, connections: 80),
        Case(limit: 256, wanted: 16, runs: 16, connections: 80, wantedLoops: 256, loops: 16),
        Case(limit: 192, wanted: 16, runs: 16, connections: 48),
        Case(limit: 64, wanted: 16, runs: 5, connections: 17),
        Case(limit: 64, wanted: 1, runs: 1, connections: 29),
        Case(limit: 10, wanted: 16, runs: 1, connections: 2),
    ]) func `commands and connections get their parts`(_ wanted: Case) throws {
        let plan = DescriptorPlan(limit: wanted.limit, wantedRuns: wanted.wanted, wantedLoops: wanted.wantedLoops)
        #expect(plan.loops == wanted.loops)
        #expect(plan.runs == wanted.runs)
        #expect(plan.connections == wanted.connections)
        var expected: [String] = []
        if plan.runs < wanted.wanted { expected.append("\(plan.runs) of \(wanted.wanted) commands") }
        if plan.loops < wanted.wantedLoops { expected.append("\(plan.loops) of \(wanted.wantedLoops) event loops") }
        try #require(plan.shortages.count == expected.count)
        for (said, part) in zip(plan.shortages, expected) { #expect(said.contains(part) && said.contains("\(wanted.limit)")) }
    }

    @Test func `no plan gives away more than there is`() {
        for limit in 8...2000 {
            for wanted in [1, 2, 16, 300, 4096] {
                for loops in [1, 4, 256] {
                    let plan = DescriptorPlan(limit: limit, wantedRuns: wanted, wantedLoops: loops)
                    #expect(plan.runs >= 1 && plan.connections >= 1 && plan.loops >= 1)
                    let others = min(128 + plan.loops * 2, limit / 2)
                    #expect(plan.runs * 3 + plan.connections + others <= limit, "\(wanted) runs, \(loops) loops under \(limit)")
                    #expect(others - plan.loops * 2 >= min(128, limit / 4), "little is left for the database: \(loops) loops under \(limit)")
                }
            }
        }
    }
}
