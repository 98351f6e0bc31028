import Cron
import TestKit
import Testing
import TimeZones
@testable import Triggers

@Suite struct SchedulePlanTests {
    private func entry(_ text: String, _ zone: String = "UTC", id: Int64 = 1, mark: String) throws -> SchedulePlan.Entry {
        SchedulePlan.Entry(
            endpoint: id, expression: try CronExpression(text), zone: try ZoneDirectory.system.zone(named: zone),
            highWater: try instant(mark) / second)
    }

    /// What fires while the clock goes from one instant to another in steps, without the missed ones.
    private func fires(_ text: String, _ zone: String, from: String, to: String, step: Int64 = 20) throws -> [Int64] {
        var plan = SchedulePlan()
        plan.set(try entry(text, zone, mark: from))
        var times: [Int64] = []
        var now = try instant(from) / second
        let end = try instant(to) / second
        while now <= end {
            for fire in plan.due(now: now) {
                #expect(!fire.isMissed && fire.missed == 0)
                times.append(fire.time)
            }
            now += step
        }
        return times
    }

    @Test func `each minute fires once, however often the plan is asked`() throws {
        var plan = SchedulePlan()
        plan.set(try entry("* * * * *", mark: "2026-01-01T00:00:30Z"))
        let first = try instant("2026-01-01T00:01:00Z") / second
        #expect(plan.next == first)
        #expect(plan.due(now: first - 1).isEmpty)
        #expect(plan.due(now: first) == [.init(endpoint: 1, time: first, missed: 0, isMissed: false)])
        #expect(plan.due(now: first).isEmpty && plan.due(now: first + 59).isEmpty)
        #expect(plan.next == first + 60)
    }

    @Test func `a clock that goes back fires nothing a second time`() throws {
        var plan = SchedulePlan()
        plan.set(try entry("* * * * *", mark: "2026-01-01T00:00:30Z"))
        let first = try instant("2026-01-01T00:01:00Z") / second
        _ = plan.due(now: first)
        for now in stride(from: first - 7200, through: first + 59, by: 30) { #expect(plan.due(now: now).isEmpty) }
        #expect(plan.due(now: first + 60).map(\.time) == [first + 60])
    }

    @Test(arguments: [(30, false), (31, true)]) func `a fire is served up to 30 seconds late`(_ late: Int64, _ isMissed: Bool) throws {
        var plan = SchedulePlan()
        plan.set(try entry("0 * * * *", mark: "2026-01-01T00:30:00Z"))
        #expect(plan.due(now: try instant("2026-01-01T01:00:00Z") / second + late).map(\.isMissed) == [isMissed])
    }

    @Test func `a jump forward counts what it passed over`() throws {
        var plan = SchedulePlan()
        plan.set(try entry("* * * * *", mark: "2026-01-01T00:00:00Z"))
        let target = try instant("2026-01-01T01:00:00Z") / second
        #expect(plan.due(now: target + 10) == [.init(endpoint: 1, time: target, missed: 59, isMissed: false)])
        #expect(plan.due(now: target + 10 + 3600 + 25).map { "\($0.missed) \($0.isMissed)" } == ["59 true"])
    }

    @Test func `however far the jump, what fires is a time of the schedule`() throws {
        for (days, seconds) in [(6, 7), (7, 7), (30, 7), (400, 7), (400, 50), (4000, 17)] as [(Int64, Int64)] {
            var plan = SchedulePlan()
            plan.set(try entry("* * * * *", mark: "2026-01-01T00:00:00Z"))
            let now = try instant("2026-01-01T00:00:00Z") / second + days * 86_400 + seconds
            let fires = plan.due(now: now)
            #expect(fires.count == 1)
            for fire in fires where !fire.isMissed { #expect(fire.time % 60 == 0, "after \(days) days") }
            #expect(plan.next == now - seconds + 60)
            #expect(plan.due(now: now).isEmpty)
        }
    }

    @Test func `several schedules are told in the order of their times`() throws {
        var plan = SchedulePlan()
        plan.set(try entry("5 * * * *", id: 1, mark: "2026-01-01T00:00:00Z"))
        plan.set(try entry("4 * * * *", id: 2, mark: "2026-01-01T00:00:00Z"))
        plan.set(try entry("5 * * * *", id: 3, mark: "2026-01-01T00:00:00Z"))
        #expect(plan.due(now: try instant("2026-01-01T00:05:00Z") / second).map(\.endpoint) == [2, 1, 3])
        plan.remove(1)
        #expect(plan.entries.keys.sorted() == [2, 3])
    }

    // MARK: Days that have 23 or 25 hours

    @Test func `a fixed time fires once on the day that repeats it`() throws {
        let fires = try fires("30 2 * * *", "Europe/Berlin", from: "2026-10-24T12:00:00Z", to: "2026-10-26T12:00:00Z")
        #expect(fires == [try instant("2026-10-25T02:30:00+02:00") / second, try instant("2026-10-26T02:30:00+01:00") / second])
    }

    @Test func `a fixed time that the day leaves out fires once, when the gap ends`() throws {
        let fires = try fires("30 2 * * *", "Europe/Berlin", from: "2026-03-28T12:00:00Z", to: "2026-03-30T12:00:00Z")
        #expect(fires == [try instant("2026-03-29T03:00:00+02:00") / second, try instant("2026-03-30T02:30:00+02:00") / second])
    }

    @Test(arguments: [("2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", 46), ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", 50)])
    func `an interval goes on evenly through the change`(_ from: String, _ to: String, _ count: Int) throws {
        let fires = try fires("*/30 * * * *", "Europe/Berlin", from: from, to: to)
        // `from` is the midnight that begins the day; its own fire lies before.
        #expect(fires.count == count - 1)
        #expect(zip(fires, fires.dropFirst()).allSatisfy { $1 - $0 == 1800 })
    }
}
