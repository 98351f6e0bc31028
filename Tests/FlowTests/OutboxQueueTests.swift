@testable import Alerts
import Model
@testable import Store
import TestKit
import Testing

/// Destinations, a store and a clock in memory, around the queue; it checks every start against what the rules say.
private final class OutboxWorld {
    struct Message {
        let lane: String
        let key: String
        var attempts = 0
        var due: Int64 = .min
    }
    struct Place {
        var failureShare: Int
        var pace: Int64
        var asksToWait: Bool
        var kind: ChannelKind?
        var isCallers = false
        var busy: Int64?
        var failures = 0
        var heldUntil: Int64 = .min
        var lastStart: Int64?
        var probeAt: Int64 = .min
    }

    var now: Int64 = 1_000_000_000
    var open: [Int64: Message] = [:]
    var places: [String: Place]
    var hidden: [(Int64, Message)] = []
    var revived = 0
    var pushed: Set<Int64> = []
    var flying: [Int64] = []
    var settling: [(Int64, OutboxQueue.End)] = []
    var starts: [Int64: Int] = [:]
    var largestFlight = 0
    var stepsAside = 0
    var probes = 0
    private var nextNumber: Int64 = 1
    private(set) var queue: OutboxQueue! = nil
    var policy = OutboxPolicy()

    init(_ places: [String: Place], policy: OutboxPolicy = OutboxPolicy()) {
        self.places = places
        self.policy = policy
        let source = OutboxSource(
            rows: { [unowned self] lane, after, limit in
                Array(open.filter { $0.value.lane == lane && $0.key > after }.keys.sorted().prefix(limit)).compactMap { row($0) }
            }, row: { [unowned self] in row($0) })
        queue = OutboxQueue(
            policy: policy, source: source,
            destination: { [unowned self] row in
                let place = self.places[row.destination ?? ""]
                return .ready(Destination(key: row.destination ?? "", kind: (place?.pace ?? 0) > 0 ? .slack : place?.kind, isCallers: place?.isCallers ?? false))
            }, log: { _ in })
    }

    private func row(_ number: Int64) -> NotificationRow? {
        open[number].map {
            NotificationRow(
                id: number, kind: .alert, status: .pending, destination: $0.key, lane: $0.lane, attempts: $0.attempts, createdAt: 0, dueAt: 0)
        }
    }

    func add(_ key: String, lane: String) {
        open[nextNumber] = Message(lane: lane, key: key)
        nextNumber += 1
        queue.renew(lane, revived: nil, now: now)
    }

    /// One that waits for its time, and so comes with an old number.
    func hide(_ key: String, lane: String) {
        hidden.append((nextNumber, Message(lane: lane, key: key)))
        nextNumber += 1
    }

    func reveal(_ index: Int) {
        let (number, message) = hidden.remove(at: index)
        open[number] = message
        revived += 1
        queue.renew(message.lane, revived: number, now: now)
    }

    /// Somebody wants one tried now; what the destination asked for holds no more.
    func push(_ number: Int64) {
        guard let message = open[number], var place = places[message.key] else { return }
        pushed.insert(number)
        for other in open.filter({ $0.value.key == message.key && $0.key <= number }).keys { open[other]?.due = .min }
        place.heldUntil = .min
        place.probeAt = .min
        places[message.key] = place
        queue.push(message.lane, number, now: now)
    }

    /// Begins all that may begin, and checks each.
    func begin() {
        while let turn = queue.next(now) {
            guard case .send(let row, _) = turn else {
                Issue.record("nothing here is unsendable")
                return
            }
            check(row.id)
            flying.append(row.id)
            largestFlight = max(largestFlight, flying.count)
        }
    }

    private func check(_ number: Int64) {
        guard let message = open[number], var place = places[message.key] else {
            Issue.record("\(number) has ended and is sent again")
            return
        }
        starts[number, default: 0] += 1
        #expect(place.busy == nil, "\(number) beside \(place.busy ?? 0)")
        #expect(now >= place.heldUntil, "\(number) though the destination asked to wait")
        #expect(place.lastStart.map { now >= $0 + place.pace } ?? true, "\(number) too soon after the last")
        let before = open.filter { $0.key < number && $0.value.key == message.key && !settling.map(\.0).contains($0.key) }
        if place.failures >= policy.breakerFailures {
            probes += 1
            #expect(now >= place.probeAt, "a probe with \(number) too soon")
            let others = open.filter { $0.key != number && $0.value.key == message.key && !settling.map(\.0).contains($0.key) }.values
            let isFirst = before.values.allSatisfy { $0.attempts >= policy.orderedAttempts }
            let isFresh = message.attempts < policy.orderedAttempts ? isFirst : others.allSatisfy { $0.attempts >= message.attempts }
            #expect(before.isEmpty || isFresh || pushed.contains(number), "a probe with \(number) though there is \(before.keys.min() ?? 0)")
        } else {
            #expect(now >= message.due, "\(number) before its time")
            let isAside = message.attempts >= policy.orderedAttempts
            #expect(isAside || before.values.allSatisfy { $0.attempts >= policy.orderedAttempts }, "\(number) before \(before.keys.min() ?? 0)")
            if !isAside, !before.isEmpty { stepsAside += 1 }
        }
        place.busy = number
        place.lastStart = now
        places[message.key] = place
    }

    /// Ends one that is under way, as its destination has it.
    func end(_ index: Int, _ random: inout SplitMix64) {
        let number = flying.remove(at: index)
        guard let message = open[number], var place = places[message.key] else { return }
        let fails = random.below(100) < place.failureShare
        var end = OutboxQueue.End(sign: fails ? .fails : .answers)
        if fails {
            place.failures += 1
            place.probeAt = now + policy.probePause
            let pause = policy.retry.pause(after: message.attempts + 1, jitter: Double(random.below(100)) / 100)
            end.retryAt = now + pause
            open[number]?.due = now + pause
            if place.asksToWait, random.below(3) == 0 { end.heldUntil = now + Int64(random.below(20)) * 1_000_000 }
            place.heldUntil = max(place.heldUntil, end.heldUntil ?? .min)
        } else {
            place.failures = 0
            place.busy = nil
        }
        places[message.key] = place
        queue.ended(number, end, now: now)
        settling.append((number, end))
    }

    /// The store has taken the oldest outcome.
    func record() {
        guard !settling.isEmpty else { return }
        let (number, end) = settling.removeFirst()
        if end.retryAt != nil {
            if let key = open[number]?.key { places[key]?.busy = nil }
            open[number]?.attempts += 1
        } else {
            open[number] = nil
        }
        queue.recorded(number, now: now)
    }
}

@Suite struct OutboxQueueTests {
    private func place(failing share: Int = 0, pace: Int64 = 0, asksToWait: Bool = false) -> OutboxWorld.Place {
        .init(failureShare: share, pace: pace, asksToWait: asksToWait)
    }

    @Test func `whatever fails, order, pace, waits and probes are kept, everything ends once and nothing is remembered`() {
        let seed = fuzzSeed(standard: 7_301)
        var random = SplitMix64(seed: seed)
        var aside = 0
        var probes = 0
        for round in 0..<min(fuzzRounds(short: 40), 3000) {
            var places: [String: OutboxWorld.Place] = [:]
            for number in 0..<(1 + random.below(8)) {
                places["d\(number)"] = place(
                    failing: [0, 20, 50, 90, 96][random.below(5)], pace: random.below(3) == 0 ? 1_000_000 : 0, asksToWait: random.below(3) == 0)
            }
            var policy = OutboxPolicy()
            policy.maxRows = random.below(2) == 0 ? 5 : 4096
            policy.page = 1 + random.below(4)
            policy.maxInFlight = 1 + random.below(8)
            policy.maxSuspects = max(1, policy.maxInFlight - 1)
            let world = OutboxWorld(places, policy: policy)
            let keys = places.keys.sorted()
            var left = 30 + random.below(120)
            var steps = 0
            while left > 0 || !world.open.isEmpty || !world.hidden.isEmpty {
                steps += 1
                guard steps < 200_000 else {
                    Issue.record("seed \(seed), round \(round): \(world.open.count) stand still")
                    break
                }
                if random.below(10) == 0, !world.hidden.isEmpty { world.reveal(random.below(world.hidden.count)) }
                if random.below(20) == 0, let number = world.open.keys.sorted().dropFirst(random.below(max(1, world.open.count))).first {
                    world.push(number)
                }
                switch random.below(6) {
                case 0 where left > 0:
                    left -= 1
                    let key = keys[random.below(keys.count)]
                    let lane = "\(key)-\(random.below(3))"
                    if random.below(5) == 0 { world.hide(key, lane: lane) } else { world.add(key, lane: lane) }
                case 1, 2: if !world.flying.isEmpty { world.end(random.below(world.flying.count), &random) }
                case 3, 4: world.record()
                default: world.now = max(world.now, world.queue.nextTime() ?? 0) + Int64(random.below(3)) * 100_000
                }
                world.begin()
            }
            #expect(world.largestFlight <= policy.maxInFlight)
            world.now += 100_000_000
            world.begin()
            #expect(world.queue.laneCount == 0 && world.queue.targetCount == 0 && world.queue.rowCount == 0, "seed \(seed), round \(round)")
            #expect(world.queue.brokenTargets == 0 && world.queue.inFlight == 0)
            aside += world.stepsAside
            probes += world.probes
        }
        #expect(aside > 0 && probes > 0, "the cases were met")
    }

    @Test func `destinations that hang leave places for those that do not`() {
        var places: [String: OutboxWorld.Place] = [:]
        for number in 0..<100 { places["hangs\(number)"] = place(failing: 100) }
        for number in 0..<10 { places["works\(number)"] = place() }
        let world = OutboxWorld(places)
        var random = SplitMix64(seed: 1)
        for number in 0..<100 { for _ in 0..<3 { world.add("hangs\(number)", lane: "hangs\(number)") } }
        world.begin()
        #expect(world.flying.count == 64)
        // Each has failed once; from now on they do not end at all.
        while !world.flying.isEmpty {
            world.end(0, &random)
            world.record()
        }
        world.begin()
        while world.starts.count < 100 {
            world.end(0, &random)
            world.record()
            world.begin()
        }
        while let index = world.flying.firstIndex(where: { world.starts[$0] == 1 }) {
            world.end(index, &random)
            world.record()
        }
        world.now += 2_000_000
        world.begin()
        #expect(world.flying.count == 48)
        for number in 0..<10 { for _ in 0..<5 { world.add("works\(number)", lane: "works\(number)") } }
        for _ in 0..<5 {
            world.begin()
            #expect(world.flying.count == 58)
            while let index = world.flying.firstIndex(where: { world.open[$0]?.key.hasPrefix("works") == true }) {
                world.end(index, &random)
                world.record()
            }
        }
        #expect(!world.open.values.contains { $0.key.hasPrefix("works") })
    }

    /// Each on a path of its own, so that none has failed before.
    @Test(arguments: [(nil, true, 24), (.email, false, 8)] as [(ChannelKind?, Bool, Int)])
    func `callers' destinations and mails leave places for others`(_ kind: ChannelKind?, _ isCallers: Bool, _ share: Int) {
        var places: [String: OutboxWorld.Place] = ["works": place()]
        for number in 0..<200 { places["hangs\(number)"] = .init(failureShare: 100, pace: 0, asksToWait: false, kind: kind, isCallers: isCallers) }
        let world = OutboxWorld(places)
        var random = SplitMix64(seed: 1)
        for number in 0..<200 { world.add("hangs\(number)", lane: "hangs\(number)") }
        world.begin()
        #expect(world.flying.count == share)
        for _ in 0..<5 { world.add("works", lane: "works") }
        for _ in 0..<5 {
            world.begin()
            let index = world.flying.firstIndex { world.open[$0]?.key == "works" }
            #expect(index != nil && world.flying.count == share + 1)
            guard let index else { return }
            world.end(index, &random)
            world.record()
        }
        // Those that failed leave places for those of their sort that have not.
        for _ in 0..<share {
            world.end(0, &random)
            world.record()
        }
        world.now += 2_000_000
        world.begin()
        let again = world.flying.count { world.starts[$0] == 2 }
        #expect(world.flying.count == share && again > 0 && again <= share * 3 / 4, "\(again)")
    }

    @Test func `all destinations have their turn, however much one has to send`() {
        let world = OutboxWorld(["a": place(), "b": place(), "c": place()], policy: {
            var policy = OutboxPolicy()
            policy.maxInFlight = 1
            return policy
        }())
        var random = SplitMix64(seed: 1)
        for _ in 0..<50 { world.add("a", lane: "a") }
        for key in ["b", "c"] { for _ in 0..<3 { world.add(key, lane: key) } }
        var order: [String] = []
        while !world.open.isEmpty {
            world.begin()
            order += world.flying.compactMap { world.open[$0]?.key }
            world.end(0, &random)
            world.record()
        }
        #expect(order.prefix(9).sorted() == ["a", "a", "a", "b", "b", "b", "c", "c", "c"])
    }

    @Test(arguments: [1, 6, 12]) func `one that waits is tried at once when somebody wants it`(_ failures: Int) throws {
        let world = OutboxWorld(["a": place(failing: 100)])
        var random = SplitMix64(seed: 3)
        for number in 0..<3 { world.add("a", lane: number == 2 ? "other" : "a") }
        for _ in 0..<failures {
            while world.flying.isEmpty {
                world.begin()
                if world.flying.isEmpty { world.now = try #require(world.queue.nextTime()) }
            }
            while !world.flying.isEmpty { world.end(0, &random) }
            while !world.settling.isEmpty { world.record() }
        }
        world.begin()
        #expect(world.flying.isEmpty, "all of them wait")
        // The oldest has stepped aside after five tries; before, it keeps all others waiting.
        let wanted: Int64 = failures < 5 ? 3 : 1
        world.push(wanted)
        world.begin()
        #expect(world.flying == [1], "after \(failures): \(world.flying)")
        world.places["a"]?.failureShare = 0
        world.end(0, &random)
        world.record()
        world.begin()
        #expect(failures >= 5 || world.flying == [2], "those behind it follow")
    }

    @Test func `a breaker opens after ten failures, probes each five seconds with the message least tried, and closes at an answer`() {
        let world = OutboxWorld(["a": place(failing: 100)])
        var random = SplitMix64(seed: 1)
        for _ in 0..<4 { world.add("a", lane: "a") }
        var times: [Int64] = []
        var tried: [Int64] = []
        while times.count < 14 {
            world.begin()
            if let number = world.flying.first {
                times.append(world.now)
                tried.append(number)
                world.end(0, &random)
                world.record()
            } else if let next = world.queue.nextTime() {
                world.now = next
            }
            #expect(world.queue.brokenTargets == (times.count >= 10 ? 1 : 0))
        }
        // 1 has stepped aside, and 2 at its last ordered try; then the oldest and the least tried take turns.
        #expect(tried.prefix(5).allSatisfy { $0 == 1 } && tried.prefix(10).contains(2), "\(tried)")
        #expect(zip(tried.suffix(4), tried.suffix(3)).allSatisfy { ($0 == 1) != ($1 == 1) }, "\(tried)")
        #expect(zip(times.suffix(5), times.suffix(4)).allSatisfy { $1 - $0 == 5_000_000 })
        world.places["a"]?.failureShare = 0
        world.now += 5_000_000
        world.begin()
        world.end(0, &random)
        #expect(world.queue.brokenTargets == 0)
        world.record()
        while !world.open.isEmpty {
            world.begin()
            while !world.flying.isEmpty { world.end(0, &random) }
            world.record()
            if let next = world.queue.nextTime() { world.now = max(world.now, next) }
        }
    }

    @Test func `one message that is always refused does not keep the others from a destination that works`() throws {
        let world = OutboxWorld(["a": place(failing: 100)])
        var random = SplitMix64(seed: 1)
        // Poisonous for its receiver, and alone for so long that the breaker opens.
        world.add("a", lane: "a")
        func turn() throws {
            world.begin()
            if !world.flying.isEmpty {
                world.places["a"]?.failureShare = world.flying == [1] ? 100 : 0
                world.end(0, &random)
                world.record()
            } else {
                world.now = max(world.now, try #require(world.queue.nextTime()))
            }
        }
        while world.queue.brokenTargets == 0 { try turn() }
        for round in 0..<20 {
            let begin = world.now
            for _ in 0..<10 { world.add("a", lane: "a") }
            while world.open.count > 1 { try turn() }
            #expect(world.now - begin <= world.policy.probePause, "round \(round): after \((world.now - begin) / 1_000_000) s")
            #expect(world.queue.brokenTargets == 0, "round \(round)")
            // One alone opens it again only after ten more failures without a success.
            let failures = world.starts[1] ?? 0
            while world.queue.brokenTargets == 0, world.starts[1] ?? 0 < failures + 20 { try turn() }
            #expect((world.starts[1] ?? 0) - failures == 10, "round \(round)")
        }
    }

    @Test func `a broken answer of the store is asked for again`() throws {
        struct Broken: Error {}
        var isBroken = true
        let row = NotificationRow(
            id: 1, kind: .alert, status: .pending, destination: "d", lane: "d", attempts: 0, createdAt: 0, dueAt: 0)
        let source = OutboxSource(
            rows: { _, after, _ in
                if isBroken { throw Broken() }
                return after < 1 ? [row] : []
            }, row: { _ in row })
        var log: [String] = []
        let queue = OutboxQueue(
            policy: OutboxPolicy(), source: source, destination: { _ in .ready(Destination(key: "d", kind: nil)) }, log: { log.append($0) })
        queue.renew("d", revived: nil, now: 0)
        #expect(queue.next(0).map { _ in true } == nil)
        isBroken = false
        let again = try #require(queue.nextTime())
        #expect(again == 1_000_000 && log.count == 1)
        #expect(queue.next(again).map { _ in true } == true)
    }
}
