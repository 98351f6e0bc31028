import Model
import Runs
import TestKit
import Testing

@Suite struct RunQueueTests {
    private func drain(_ queue: inout RunQueue) -> [Int64] {
        var runs: [Int64] = []
        while let (run, _) = queue.next() { runs.append(run) }
        return runs
    }

    @Test func `runs of one endpoint start in their order, one at a time`() {
        var queue = RunQueue(limit: 16)
        for run in 1...4 { queue.add(Int64(run), endpoint: 1) }
        #expect(drain(&queue) == [1])
        queue.finished(0, endpoint: 1)
        #expect(drain(&queue) == [2])
        #expect(queue.running == 1)
    }

    @Test func `an endpoint's own limit holds, and a raised one takes effect at once`() {
        var queue = RunQueue(limit: 16)
        for run in 1...6 { queue.add(Int64(run), endpoint: 1) }
        queue.setLimit(3, endpoint: 1)
        #expect(drain(&queue) == [1, 2, 3])
        queue.setLimit(5, endpoint: 1)
        #expect(drain(&queue) == [4, 5])
        queue.setLimit(1, endpoint: 1)
        for _ in 0..<4 {
            queue.finished(0, endpoint: 1)
            #expect(drain(&queue).isEmpty)
        }
        queue.finished(0, endpoint: 1)
        #expect(drain(&queue) == [6])
    }

    @Test func `runs that could not be started are the next of their endpoint again`() {
        var queue = RunQueue(limit: 16)
        queue.setLimit(3, endpoint: 1)
        for run in 1...6 { queue.add(Int64(run), endpoint: 1) }
        let failed = drain(&queue)
        for run in failed.reversed() {
            queue.finished(0, endpoint: 1)
            queue.addFirst(run, endpoint: 1)
        }
        #expect(drain(&queue) == [1, 2, 3])
        queue.addFirst(9, endpoint: 2)
        #expect(drain(&queue) == [9])
    }

    @Test func `the limit of all holds`() {
        var queue = RunQueue(limit: 2)
        for endpoint in 1...5 { queue.add(Int64(endpoint), endpoint: Int64(endpoint)) }
        #expect(drain(&queue) == [1, 2])
        queue.finished(0, endpoint: 2)
        #expect(drain(&queue) == [3])
    }

    @Test func `a busy endpoint does not keep another waiting`() {
        var queue = RunQueue(limit: 1)
        queue.setLimit(8, endpoint: 1)
        for run in 1...100 { queue.add(Int64(run), endpoint: 1) }
        queue.add(200, endpoint: 2)
        var order: [Int64] = []
        for _ in 0..<4 {
            let next = queue.next()
            order.append(next?.run ?? 0)
            queue.finished(0, endpoint: next?.endpoint ?? 0)
        }
        #expect(order == [1, 200, 2, 3])
    }

    @Test func `runs of one lane never run beside each other, and hold nobody else up`() {
        var queue = RunQueue(limit: 10)
        let lane = ScheduleReference(endpoint: 1, name: "nightly")
        queue.setLimit(5, endpoint: 1)
        for run in [1, 2, 3] as [Int64] { queue.add(run, endpoint: 1, lane: lane) }
        queue.add(4, endpoint: 1)
        queue.add(5, endpoint: 1, lane: ScheduleReference(endpoint: 1, name: "other"))
        #expect(drain(&queue) == [1, 4, 5])
        queue.finished(4, endpoint: 1)
        #expect(drain(&queue) == [])
        // A claim that is tried again keeps its place in the lane.
        queue.finished(1, endpoint: 1, isDone: false)
        queue.addFirst(1, endpoint: 1)
        #expect(drain(&queue) == [1])
        queue.finished(1, endpoint: 1)
        #expect(drain(&queue) == [2])
        queue.finished(2, endpoint: 1)
        #expect(drain(&queue) == [3])
        for run in [3, 5] as [Int64] { queue.finished(run, endpoint: 1) }
        #expect(queue.running == 0 && drain(&queue) == [])
    }

    @Test func `Random runs: nothing is lost, doubled, out of order, over a limit, or kept though there is room`() {
        let seed = fuzzSeed(standard: 0x9E0E)
        print("seed of the random runs: \(seed)")
        var generator = SplitMix64(seed: seed)
        var left = fuzzRounds(short: 20_000)
        while left > 0 {
            let steps = min(left, 1 + generator.below(4000))
            left -= steps
            check(steps, &generator, seed)
        }
    }

    @Test func `ten thousand runs of one lane start one after the other, beside a line that is as long`() {
        var queue = RunQueue(limit: 4)
        queue.setLimit(2, endpoint: 1)
        let lane = ScheduleReference(endpoint: 1, name: "often")
        for run in 1...10_000 as ClosedRange<Int64> {
            queue.add(run, endpoint: 1, lane: lane)
            queue.add(run + 10_000, endpoint: 1)
        }
        var ofLane: [Int64] = []
        var others: [Int64] = []
        var running: [Int64] = []
        var together = 0
        while true {
            while let (run, _) = queue.next() {
                running.append(run)
                if run <= 10_000 { ofLane.append(run) } else { others.append(run) }
            }
            together = max(together, running.count { $0 <= 10_000 })
            guard !running.isEmpty else { break }
            queue.finished(running.removeFirst(), endpoint: 1)
        }
        #expect(ofLane == Array(1...10_000) && others == Array(10_001...20_000))
        #expect(together == 1 && queue.running == 0)
    }

    @Test func `Random lanes: never two of one lane, each lane in order, and nobody waits though there is room`() {
        let seed = fuzzSeed(standard: 0x1A4E)
        print("seed of the random lanes: \(seed)")
        var generator = SplitMix64(seed: seed)
        for _ in 0..<max(1, fuzzRounds(short: 20_000) / 500) { checkLanes(500, &generator, seed) }
    }

    private struct LaneRun {
        let id: Int64
        let endpoint: Int
        let lane: ScheduleReference?
    }

    /// Against the plain rule: what may start is any waiting run whose endpoint has room and whose lane is free.
    private func checkLanes(_ steps: Int, _ generator: inout SplitMix64, _ seed: UInt64) {
        let limit = 1 + generator.below(6)
        let limits = (0..<3).map { _ in 1 + generator.below(4) }
        var queue = RunQueue(limit: limit)
        for (endpoint, limit) in limits.enumerated() { queue.setLimit(limit, endpoint: Int64(endpoint)) }
        var waiting: [LaneRun] = []
        var running: [LaneRun] = []
        var newest: Int64 = 0
        var wrong: String?
        for _ in 0..<steps where wrong == nil {
            switch generator.below(5) {
            case 0, 1:
                newest += 1
                let endpoint = generator.below(3)
                let lane = generator.below(3)
                let run = LaneRun(id: newest, endpoint: endpoint, lane: lane == 0 ? nil : ScheduleReference(endpoint: Int64(endpoint), name: "\(lane)"))
                waiting.append(run)
                queue.add(run.id, endpoint: Int64(endpoint), lane: run.lane)
            case 2 where !running.isEmpty:
                let run = running.remove(at: generator.below(running.count))
                queue.finished(run.id, endpoint: Int64(run.endpoint))
            default:
                let may = waiting.filter { run in
                    running.count < limit && running.count { $0.endpoint == run.endpoint } < limits[run.endpoint]
                        && (run.lane == nil || !running.contains { $0.lane == run.lane })
                }
                guard let (id, endpoint) = queue.next() else {
                    if !may.isEmpty { wrong = "there was room" }
                    continue
                }
                guard let run = may.first(where: { $0.id == id && $0.endpoint == Int(endpoint) }) else {
                    wrong = "over a limit, or beside its lane"
                    continue
                }
                if waiting.contains(where: { $0.id < id && $0.endpoint == run.endpoint && $0.lane == run.lane }) { wrong = "out of order" }
                if generator.below(6) == 0 {
                    queue.finished(id, endpoint: endpoint, isDone: false)
                    queue.addFirst(id, endpoint: endpoint)
                } else {
                    waiting.removeAll { $0.id == id }
                    running.append(run)
                }
            }
            if queue.running != running.count { wrong = "miscounted" }
        }
        #expect(wrong == nil, "seed \(seed)")
    }

    private func check(_ steps: Int, _ generator: inout SplitMix64, _ seed: UInt64) {
        let limit = 1 + generator.below(6)
        let endpoints = 1 + generator.below(6)
        var queue = RunQueue(limit: limit)
        var waiting = Array(repeating: [Int64](), count: endpoints)
        var running = Array(repeating: 0, count: endpoints)
        var limits = Array(repeating: 1, count: endpoints)
        var newest: Int64 = 0
        var wrong: String?
        for _ in 0..<steps where wrong == nil {
            let endpoint = generator.below(endpoints)
            switch generator.below(8) {
            case 0, 1, 2:
                newest += 1
                waiting[endpoint].append(newest)
                queue.add(newest, endpoint: Int64(endpoint))
            case 3 where generator.below(5) == 0:
                limits[endpoint] = 1 + generator.below(4)
                queue.setLimit(limits[endpoint], endpoint: Int64(endpoint))
            case 4 where running[endpoint] > 0, 5 where running[endpoint] > 0:
                running[endpoint] -= 1
                queue.finished(0, endpoint: Int64(endpoint))
            default:
                let mayStart = running.reduce(0, +) < limit && (0..<endpoints).contains { !waiting[$0].isEmpty && running[$0] < limits[$0] }
                guard let (run, from) = queue.next() else {
                    if mayStart { wrong = "there was room" }
                    continue
                }
                let line = Int(from)
                if !mayStart || running[line] >= limits[line] { wrong = "over a limit" }
                if waiting[line].first != run { wrong = "out of order" } else { waiting[line].removeFirst() }
                if generator.below(6) == 0 {
                    waiting[line].insert(run, at: 0)
                    queue.finished(0, endpoint: from)
                    queue.addFirst(run, endpoint: from)
                } else {
                    running[line] += 1
                }
            }
            if queue.running != running.reduce(0, +) { wrong = "miscounted" }
        }
        #expect(wrong == nil, "seed \(seed)")
    }
}
