import Cron
import Model
import Store
import TestKit
import Testing
import TimeZones

@testable import Triggers

/// Schedules that only have times.
private struct TimesOnly: ScheduleSource {
    let timings: [ScheduleTiming]

    var key: String { "test" }
    var count: Int { timings.count }
    func timing(_ index: Int) -> ScheduleTiming { timings[index] }
    func policy(_ index: Int) -> SchedulePolicy { SchedulePolicy() }
    func blackouts(_ index: Int) -> [Blackout] { [] }
    func reference(_ index: Int) -> ScheduleReference { ScheduleReference(endpoint: 1, name: "\(index)") }
    func identity(_ index: Int) -> UInt64 { UInt64(index) }
    func settings(_ index: Int) -> EndpointSettings { EndpointSettings() }
    func finding(_ index: Int) -> ConditionFinding { .absent }
    func index(endpoint: Int64, name: String) -> Int? { Int(name) }
    func freeze(_ index: Int, time: Int64?, by: String?, gate: GateVerdict, at now: Int64) throws(Refusal) -> AcceptCall {
        throw Refusal(422, "none", "these schedules have no command")
    }
    func summary(_ index: Int) -> ScheduleSummary {
        ScheduleSummary(endpoint: "", name: "", timing: "", timezone: "UTC", command: "", arguments: [:], policy: SchedulePolicy(), isGated: false)
    }
}

/// The same bookkeeping the slow way: a list that is looked through.
private struct ListModel {
    struct Item {
        let every: Int64
        let from: Int64
        let end: Int64
        let timing: ScheduleTiming
        var next: Int64?
        /// What the schedule waits for: never before a fire of it that is behind.
        var due: Int64 = .min

        func following(_ instant: Int64) -> Int64? {
            // The anchor is no beginning: the rhythm goes on before it too.
            var time = from + ((instant - from) / every - 1) * every
            while time <= instant { time += every }
            return time <= end ? time : nil
        }
    }

    var items: [Item]

    mutating func begin(_ index: Int, behind mark: Int64, jitter: Int64) {
        var time = items[index].following(mark / second - jitter - 1)
        while let found = time, items[index].timing.due(found) <= mark { time = items[index].following(found) }
        items[index].next = time
        items[index].due = time.map { items[index].timing.due($0) } ?? .max
    }

    /// In the order in which they are due.
    func due(_ now: Int64) -> [Int] {
        items.indices.filter { items[$0].next != nil && items[$0].due <= now }.sorted { (items[$0].due, $0) < (items[$1].due, $1) }
    }

    /// All planned times of a schedule that are due.
    mutating func take(_ index: Int, _ now: Int64) -> [Int64] {
        var times: [Int64] = []
        while let time = items[index].next, times.isEmpty || items[index].timing.due(time) <= now {
            times.append(time)
            items[index].next = items[index].following(time)
        }
        if let next = items[index].next { items[index].due = max(items[index].timing.due(next), items[index].due) }
        return times
    }
}

@Suite struct ScheduleGroupTests {
    private static let base: Int64 = 1_760_000_000

    /// Some schedules with intervals, ends and jitters of all kinds, and what the model knows of them.
    private func schedules(_ random: inout SplitMix64) -> (source: TimesOnly, model: ListModel, jitters: [Int64]) {
        var (timings, items, jitters): ([ScheduleTiming], [ListModel.Item], [Int64]) = ([], [], [])
        for _ in 0..<(1 + random.below(40)) {
            let every = Int64([1, 2, 7, 60, 60, 90, 3600, 86_400][random.below(8)])
            let from = Self.base - Int64(random.below(5000))
            var policy = SchedulePolicy()
            policy.jitter = [0, 0, 0, 1, 30, 600][random.below(6)]
            var end = Int64.max
            if random.below(4) == 0 {
                end = Self.base + Int64(random.below(20_000))
                policy.endAt = fireTimeText(end * second)
            }
            let timing = ScheduleTiming(.every(every, from: from), zone: .utc, bounds: ScheduleBounds(policy), seed: random.next())
            timings.append(timing)
            jitters.append(Int64(policy.jitter))
            items.append(ListModel.Item(every: every, from: from, end: end, timing: timing))
        }
        return (TimesOnly(timings: timings), ListModel(items: items), jitters)
    }

    @Test func `Random days of a group agree with a list that is looked through`() throws {
        let seed = fuzzSeed(standard: 0x6120)
        var random = SplitMix64(seed: seed)
        var taken = 0
        for _ in 0..<max(1, fuzzRounds(short: 6000) / 100) {
            var (source, model, jitters) = schedules(&random)
            var now = (Self.base + Int64(random.below(100))) * second
            for index in model.items.indices { model.begin(index, behind: now, jitter: jitters[index]) }
            var group = ScheduleGroup(source) { source.timings[$0].firstUnsettled(mark: now) }
            for _ in 0..<100 {
                now += Int64(random.below([1_000_000, 90_000_000, 4_000_000_000][random.below(3)]))
                if random.below(25) == 0 {
                    now -= Int64(random.below(20_000)) * second
                    group.restart(behind: now)
                    for index in model.items.indices { model.begin(index, behind: now, jitter: jitters[index]) }
                }
                #expect(group.earliest == model.items.filter { $0.next != nil }.map(\.due).min(), "seed \(seed)")
                let limit = 1 + random.below(50)
                let expected = model.due(now)
                let due = group.takeDue(now: now, limit: limit)
                // Of those that are due at the same time, any may come first.
                #expect(due.map { model.items[$0.index].due } == expected.prefix(limit).map { model.items[$0].due }, "seed \(seed)")
                #expect(Set(due.map(\.index)).count == due.count, "seed \(seed)")
                for item in due { taken += check(item, model.take(item.index, now), source, "seed \(seed)") }
                for (index, item) in model.items.enumerated() { #expect(group.next[index] == item.next ?? ScheduleGroup.never, "seed \(seed)") }
            }
        }
        #expect(taken > 1000)
    }

    /// All times are listed, or the latest ones are and the others counted.
    private func check(_ due: ScheduleGroup.Due, _ times: [Int64], _ source: TimesOnly, _ comment: Comment) -> Int {
        #expect(due.times == Array(times.suffix(ScheduleGroup.listLimit)), comment)
        #expect(due.dueAt == times.last.map { source.timings[due.index].due($0) }, comment)
        let over = times.dropLast(min(times.count, ScheduleGroup.listLimit))
        #expect(due.uncounted?.count ?? 0 == over.count && due.uncounted?.first == over.first && due.uncounted?.last == over.last, comment)
        return times.count
    }

    @Test(arguments: [ScheduleGroup.listLimit - 1, ScheduleGroup.listLimit, ScheduleGroup.listLimit + 1, 2 * ScheduleGroup.listLimit + 1, 12_345])
    func `so many missed times are listed and the rest is counted`(_ count: Int) {
        let timing = ScheduleTiming(.every(1, from: 0), zone: .utc, bounds: ScheduleBounds(SchedulePolicy()), seed: 0)
        let source = TimesOnly(timings: [timing])
        var group = ScheduleGroup(source) { _ in Self.base }
        let due = group.takeDue(now: (Self.base + Int64(count) - 1) * second, limit: 1)
        #expect(due.count == 1)
        for item in due { _ = check(item, Array(Self.base..<Self.base + Int64(count)), source, "\(count)") }
    }

    @Test func `a year of missed seconds is passed over up to those that are recent`() throws {
        let timing = ScheduleTiming(.every(1, from: 0), zone: .utc, bounds: ScheduleBounds(SchedulePolicy()), seed: 0)
        var group = ScheduleGroup(TimesOnly(timings: [timing])) { _ in Self.base }
        let end = Self.base + 365 * 86_400
        let due = try #require(group.takeDue(now: end * second, limit: 1).first)
        #expect(due.times.last == end && due.times.count == ScheduleGroup.listLimit)
        #expect(due.times.suffix(60).elementsEqual(end - 59...end), "the recent ones without a hole")
        #expect(due.uncounted?.first == Self.base)
        #expect(due.uncounted?.count ?? 0 >= ScheduleGroup.countLimit - ScheduleGroup.listLimit)
        #expect(group.next == [end + 1] && group.earliest == (end + 1) * second)
        #expect(group.takeDue(now: end * second, limit: 1).isEmpty)
    }
}

@Suite struct FireHeapTests {
    @Test func `Random additions and removals agree with a sorted list`() {
        let seed = fuzzSeed(standard: 0x4EA9)
        var random = SplitMix64(seed: seed)
        for _ in 0..<max(1, fuzzRounds(short: 10_000) / 500) {
            var list = (0..<random.below(60)).map { _ in Int64(random.below(50)) }
            var heap = FireHeap(list.map { FireHeap.Entry(due: $0, index: UInt32($0)) })
            for _ in 0..<500 {
                list.sort()
                #expect(heap.first?.due == list.first && heap.isEmpty == list.isEmpty, "seed \(seed)")
                #expect(heap.first.map { Int64($0.index) == $0.due } != false, "entries stay whole, seed \(seed)")
                if list.isEmpty || random.below(2) == 0 {
                    let due = Int64(random.below(1000))
                    list.append(due)
                    heap.insert(FireHeap.Entry(due: due, index: UInt32(due)))
                } else {
                    list.removeFirst()
                    heap.removeFirst()
                }
            }
        }
    }

    @Test func `the first entry takes another time and sinks to its place`() {
        let seed = fuzzSeed(standard: 0x51C4)
        var random = SplitMix64(seed: seed)
        var dues = (0..<200).map { _ in Int64(random.below(100)) }
        var heap = FireHeap(dues.enumerated().map { FireHeap.Entry(due: $1, index: UInt32($0)) })
        for _ in 0..<5000 {
            guard let first = heap.first else { break }
            #expect(first.due == dues.min() && dues[Int(first.index)] == first.due, "seed \(seed)")
            dues[Int(first.index)] = first.due + Int64(random.below(50))
            heap.replaceFirst(due: dues[Int(first.index)])
        }
    }
}
