import Alerts
import Model
import Posix
import Store
import Synchronization
import TestKit
import Testing

/// The outbox with libcurl against a server on this machine that behaves as badly as real ones do.
@Suite(.serialized) struct OutboxSinkTests {
    private var impatient: OutboxPolicy {
        var policy = OutboxPolicy()
        policy.totalTimeout = .milliseconds(700)
        return policy
    }

    private func attempts(_ bench: Bench) -> Int64 { (try? bench.number("SELECT max(attempts) FROM notifications")) ?? -1 }

    @Test func `whatever the sink does, the message is tried when it should be, with one id, until it is taken`() throws {
        let bench = try Bench()
        let answers: [HookSink.Answer] = [
            .status(429, headers: ["Retry-After: 7"]), .status(500, "rollup_error"), .hang, .reset, .garbage, .status(503), .drip(500), .status(200, "ok"),
        ]
        let tries = Mutex(0)
        let sink = try HookSink { _ in
            tries.withLock {
                $0 += 1
                return answers[min($0, answers.count) - 1]
            }
        }
        bench.queue(sink.url, channel: "slack", data: #"{"text":"hello"}"#)
        let sender = bench.outbox(policy: impatient)
        try sender.start()
        defer { sender.stop() }
        for attempt in 1...answers.count {
            #expect(waitUntil(seconds: 10) { attempts(bench) == Int64(attempt) }, "attempt \(attempt)")
            #expect(sink.count == attempt)
            if attempt == answers.count { break }
            let pause = try bench.number("SELECT due_at FROM notifications") - bench.clock.clock.wall()
            let least = attempt == 1 ? 7 * second : second << Int64(attempt - 1)
            #expect((least...(least + least / 5)).contains(pause), "attempt \(attempt): \(pause)")
            bench.clock.advance(by: pause)
            sender.poke()
        }
        #expect(waitUntil { bench.statuses() == ["sent"] })
        #expect(Set(sink.received.map { $0.headers["webhook-id"] ?? "" }) == ["id-1"] && Set(sink.received.map(\.text)) == [#"{"text":"hello"}"#])
        #expect(sender.counters.retried == [.slack: 7] && sender.counters.sent == [.slack: 1])
    }

    @Test(arguments: [HookSink.Answer.endless(200), .drip(200), .endless(404), .drip(404)])
    func `an answer counts by its head, even if its body never ends`(_ answer: HookSink.Answer) throws {
        let bench = try Bench()
        let sink = try HookSink { _ in answer }
        bench.queue(sink.url)
        let sender = bench.outbox(policy: impatient)
        try sender.start()
        #expect(waitUntil(seconds: 10) { bench.count("pending") == 0 })
        sender.stop()
        let kept = try #require(try bench.texts("SELECT last_answer FROM notifications").first)
        #expect(kept.hasPrefix("200") ? bench.statuses() == ["sent"] : bench.statuses() == ["dead"] && kept.hasPrefix("404"))
        #expect(sink.count == 1 && kept.count <= 204)
    }

    @Test func `a destination that hangs holds up no other`() throws {
        let bench = try Bench()
        let hanging = try HookSink { _ in .hang }
        let sinks = try (0..<20).map { _ in try HookSink() }
        for number in 0..<3 { bench.queue("\(hanging.url)/\(number)") }
        for _ in 0..<20 { for sink in sinks { bench.queue(sink.url) } }
        let sender = bench.outbox(clock: .real)
        try sender.start()
        #expect(waitUntil(seconds: 10) { bench.count("sent") == 400 })
        #expect(hanging.count == 3 && bench.count("pending") == 3, "they still hang")
        #expect(sender.counters.inFlight == 3)
        let begin = SystemClock.real.monotonic()
        sender.stop()
        #expect(SystemClock.real.monotonic() - begin < second)
        #expect(try bench.number("SELECT sum(attempts) FROM notifications WHERE status = 'pending'") == 0, "cut off, not failed")
    }

    @Test func `2,000 messages to 20 destinations arrive once each, in their order`() throws {
        let bench = try Bench()
        let sinks = try (0..<20).map { _ in try HookSink() }
        var new: [NewNotification] = []
        for number in 0..<2000 {
            var one = NewNotification(kind: .alert, lane: "lane \(number % 60)", dueAt: start)
            one.destination = sinks[number % 20].url
            one.data = "\(number)"
            new.append(one)
        }
        let sender = bench.outbox(clock: .real)
        try sender.start()
        for part in 0..<20 { _ = bench.store.commit(.queueNotifications(Array(new[(part * 100)..<(part * 100 + 100)]), at: start)) }
        #expect(waitUntil(seconds: 30) { bench.count("sent") == 2000 })
        sender.stop()
        for (index, sink) in sinks.enumerated() {
            let got = sink.received.compactMap { Int($0.text) }
            #expect(got == Array(stride(from: index, to: 2000, by: 20)))
        }
    }

    /// Of each destination, what it takes is in order, up to messages that failed five times; and nothing is lost or taken twice.
    @Test func `the order holds through failures of all sorts`() throws {
        let bench = try Bench()
        let seed = fuzzSeed(standard: 99)
        let random = Mutex(SplitMix64(seed: seed))
        let taken = Mutex<[String: [Int]]>([:])
        let failures = Mutex<[Int: Int]>([:])
        let sink = try HookSink { message in
            let number = Int(message.text) ?? -1
            let dice = random.withLock { $0.below(100) }
            if dice < 40 {
                failures.withLock { $0[number, default: 0] += 1 }
                return dice < 15 ? .status(500) : dice < 30 ? .reset : .garbage
            }
            taken.withLock { $0[message.path, default: []].append(number) }
            return .status(200)
        }
        for number in 0..<300 { bench.queue("\(sink.url)/\(number % 7)", lane: "\(number % 14)", data: "\(number)") }
        let sender = bench.outbox(policy: impatient)
        try sender.start()
        #expect(
            waitUntil(seconds: 60) {
                bench.clock.advance(by: second / 2)
                sender.poke()
                return bench.count("sent") == 300
            }, "seed \(seed): \(bench.count("pending")) left")
        sender.stop()
        let stubborn = failures.withLock { Set($0.filter { $0.value >= 5 }.keys) }
        for (path, numbers) in taken.withLock({ $0 }) {
            let orderly = numbers.filter { !stubborn.contains($0) }
            #expect(orderly == orderly.sorted(), "seed \(seed), \(path)")
        }
        #expect(taken.withLock { $0.values.flatMap { $0 }.sorted() } == Array(0..<300), "seed \(seed)")
    }

    @Test(arguments: [
        ([], "dead"), (["10.0.0.0/8"], "dead"), (["127.0.0.0/8"], "sent"), (["127.0.0.1"], "sent"), (["localhost"], "dead"), (["::1/128"], "dead"),
    ] as [([String], String)])
    func `a caller's address on this machine is denied unless the configuration lists it`(_ allow: [String], _ expected: String) throws {
        let bench = try Bench()
        let sink = try HookSink()
        bench.queue(sink.url)
        let sender = bench.outbox(PlainComposer(isCallers: true), allow: allow)
        try sender.start()
        #expect(waitUntil { bench.statuses() == [expected] })
        sender.stop()
        #expect(sink.count == (expected == "sent" ? 1 : 0))
        if expected == "dead" { #expect(try bench.texts("SELECT last_answer FROM notifications").first?.contains("not allowed") == true) }
    }

    @Test func `a name that is listed may lead to this machine, link-local addresses never, for anybody`() throws {
        let bench = try Bench()
        let sink = try HookSink()
        bench.queue("http://LocalHost:\(sink.port)/hook")
        bench.queue("http://user@localhost:\(sink.port)/hook")
        bench.queue("http://169.254.169.254/latest/meta-data/")
        let sender = bench.outbox(PlainComposer(isCallers: true), allow: ["localhost", "169.254.0.0/16", "169.254.169.254"])
        try sender.start()
        #expect(waitUntil(seconds: 10) { bench.statuses() == ["sent", "dead", "dead"] })
        sender.stop()
        let administrators = try Bench()
        administrators.queue("http://169.254.169.254/latest/meta-data/")
        let other = administrators.outbox()
        try other.start()
        #expect(waitUntil { administrators.statuses() == ["dead"] })
        other.stop()
    }

    @Test func `20,000 lanes and 20,000 messages of one lane go out, with few of them in memory`() throws {
        for lanes in [20_000, 1] {
            let bench = try Bench()
            let got = Atomic(0)
            var new: [NewNotification] = []
            for number in 0..<20_000 {
                var one = NewNotification(kind: .alert, lane: "lane \(number % lanes)", dueAt: start)
                one.destination = "https://d\(number % lanes).example/"
                new.append(one)
            }
            for part in 0..<20 { _ = bench.store.commit(.queueNotifications(Array(new[(part * 1000)..<(part * 1000 + 1000)]), at: start)) }
            let sender = bench.outbox(answers: { _ in
                got.add(1, ordering: .relaxed)
                return answer(200)
            })
            try sender.start()
            #expect(waitUntil(seconds: 60) { bench.count("sent") == 20_000 }, "\(lanes) lanes: \(bench.count("sent"))")
            sender.stop()
            #expect(got.load(ordering: .relaxed) == 20_000)
        }
    }
}
