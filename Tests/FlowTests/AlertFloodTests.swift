@testable import Alerts
import Model
import Store
import TestKit
import Testing

/// What keeps people from being flooded, and what comes later because it was put off.
@Suite struct AlertFloodTests {
    @Test func `without any setting each event is one message at once`() throws {
        let bench = try AlertBench([rule(.approvalPending)])
        for _ in 0..<30 { try bench.call() }
        bench.turn()
        #expect(try bench.told() == Array(repeating: "webhook: deploy-api waits for approval", count: 30))
    }

    @Test func `above the burst of a minute the rest is one digest, which counts what still waits`() throws {
        let bench = try AlertBench([rule(.approvalPending) { $0.endpoint = "deploy-*" }], endpoints: ["deploy-api", "deploy-web"])
        var ids: [Int64] = []
        for index in 0..<67 { ids.append(try bench.call(index % 2 == 0 ? "deploy-api" : "deploy-web")) }
        bench.turn()
        #expect(try bench.told().count == 30)
        try bench.send()
        for id in ids.suffix(7) { bench.decide(id) }
        bench.pass(59 * second)
        #expect(try bench.told() == [])
        bench.pass(2 * second)
        #expect(try bench.told() == ["webhook: 30 approvals pending for deploy-*"])
        let row = try #require(try bench.rows().first)
        let digest = try #require(try bench.writer.content(of: row, now: bench.now)?.digest)
        #expect(digest.endpoints.map(\.count) == [15, 15])
        #expect(digest.listURL == "https://sluice.example/dashboard/approvals?endpoint=deploy-%2A")
    }

    @Test func `a flood that goes on is a digest a minute, and a calm minute ends it`() throws {
        let bench = try AlertBench([rule(.failure) { $0.burst = 5 }])
        var told: [Int] = []
        for _ in 0..<4 {
            for _ in 0..<20 { try bench.run() }
            bench.turn()
            told.append(try bench.rows().count)
            try bench.send()
            bench.pass(61 * second)
            told.append(try bench.rows().count)
            try bench.send()
        }
        #expect(told == [5, 1, 0, 1, 0, 1, 0, 1])
        bench.pass(61 * second)
        for _ in 0..<3 { try bench.run() }
        bench.turn()
        #expect(try bench.rows().count == 3)
        #expect(try bench.bench.number("SELECT count(*) FROM notifications WHERE status = 'waiting'") == 0)
    }

    @Test func `every event is told exactly once, in a message of its own or in a digest, whatever restarts`() throws {
        var random = SplitMix64(seed: 20261127)
        let bench = try AlertBench([rule(.failure) { $0.burst = 4 }])
        var happened = 0
        var told = 0
        func count() throws {
            for row in try bench.rows() { told += AlertData(json: row.data).digest?.count ?? 1 }
            try bench.send()
        }
        for _ in 0..<60 {
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                try bench.run()
                happened += 1
            }
            if Bool.random(using: &random) { bench.turn() }
            if Int.random(in: 0..<3, using: &random) == 0 { try bench.restart() }
            bench.pass(Int64.random(in: 0...40, using: &random) * second)
            try count()
        }
        bench.pass(2 * minute)
        try count()
        #expect(told == happened)
    }

    @Test func `throttle tells the first at once and the others together at its end`() throws {
        let bench = try AlertBench([rule(.failure) { $0.throttle = 600 }])
        for _ in 0..<5 {
            try bench.run()
            bench.turn()
        }
        #expect(try bench.told() == ["webhook: deploy-api failed (exit code 2)"])
        try bench.send()
        bench.pass(599 * second)
        #expect(try bench.told() == [])
        bench.pass(2 * second)
        #expect(try bench.told() == ["webhook: 4 failed runs for deploy-api"])
    }

    @Test func `a group is waited for and told in one message; one alone is told as itself`() throws {
        let bench = try AlertBench([rule(.approvalPending) { ($0.groupBy, $0.groupWait) = (["endpoint"], 20) }], endpoints: ["deploy-api", "deploy-web"])
        try bench.call("deploy-api")
        bench.turn()
        try bench.call("deploy-api")
        try bench.call("deploy-web")
        bench.turn()
        #expect(try bench.told() == [])
        try bench.restart()
        try bench.call("deploy-api")
        bench.pass(21 * second)
        #expect(try Set(bench.told()) == ["webhook: 3 approvals pending for deploy-api", "webhook: deploy-web waits for approval"])
    }

    @Test func `quiet hours hold back what comes, and their end tells what still waits`() throws {
        // 08:53:20 UTC is within it.
        let bench = try AlertBench([rule(.approvalPending) { $0.quietHours = ["* 6-8 * * *"] }])
        let ids = try (0..<3).map { _ in try bench.call() }
        bench.turn()
        #expect(try bench.told() == [])
        bench.decide(ids[0])
        try bench.restart()
        bench.pass(7 * minute)
        #expect(try bench.told() == ["webhook: 2 approvals pending for deploy-api"])
        try bench.call()
        bench.turn()
        #expect(try bench.told().count == 2)
    }

    @Test func `a silence is recorded and tells nothing, until it ends`() throws {
        let bench = try AlertBench([rule(.failure) { $0.burst = 3 }, rule(.failure) { $0.name = "other" }])
        _ = bench.bench.store.commit(
            .addSilence(NewSilence(rule: "te*", endpoint: "deploy-*", reason: "moving", author: "ann", until: bench.now + 10 * minute, at: bench.now)))
        try bench.book.reload()
        for _ in 0..<10 { try bench.run() }
        bench.turn()
        #expect(try bench.rows().map(\.rule) == Array(repeating: "other", count: 10))
        #expect(try bench.rows(.silenced).count == 3, "no more rows than there would have been messages")
        try bench.send()
        bench.bench.clock.advance(by: 11 * minute)
        try bench.run()
        bench.turn()
        #expect(try Set(bench.rows().map(\.rule)) == ["tell", "other"])
    }

    @Test func `for tells only what still holds after it`() throws {
        let bench = try AlertBench([rule(.approvalPending) { $0.holdFor = 120 }, rule(.failure) { ($0.name, $0.holdFor) = ("failing", 120) }])
        let quick = try bench.call()
        let slow = try bench.call()
        try bench.run("deploy-api", .failed)
        bench.turn()
        bench.decide(quick)
        bench.pass(119 * second)
        #expect(try bench.told() == [])
        bench.pass(2 * second)
        #expect(try bench.rows().map { "\($0.rule ?? "-") \($0.call ?? 0)" }.sorted() == ["failing 3", "tell \(slow)"])
        try bench.send()
        try bench.run("deploy-api", .failed)
        bench.turn()
        try bench.run("deploy-api", .succeeded)
        bench.pass(121 * second)
        #expect(try bench.told() == [])
    }

    @Test func `reminders repeat while it waits, and escalations reach further channels in their turn`() throws {
        var settings = AlertSettings()
        for name in ["first", "second", "third"] {
            var channel = NotificationChannel()
            (channel.name, channel.url) = (name, "https://hooks.example/\(name)")
            settings.channels.append(channel)
        }
        let escalating = rule(.approvalPending) {
            $0.targets = [.channel("first")]
            $0.repeatInterval = 300
            $0.escalations = [.init(after: 600, targets: [.channel("second"), .channel("third")])]
        }
        let bench = try AlertBench([escalating], settings: settings)
        let id = try bench.call()
        bench.turn()
        var told: [[String]] = []
        for step in 0..<5 {
            told.append(try bench.rows().map { "\($0.channel ?? "-") \(AlertData(json: $0.data).reminder)" })
            try bench.send()
            if step == 3 { bench.decide(id) }
            if step == 1 { try bench.restart() }
            bench.pass(300 * second)
        }
        #expect(told.map { $0.sorted() } == [["first 0"], ["first 1"], ["first 2", "second 0", "third 0"], ["first 3"], []])
        #expect(try bench.rows(.waiting).isEmpty)
    }

    @Test func `a channel is told in its lane, and a rule's own destination is stored nowhere in the outbox`() throws {
        let bench = try AlertBench([rule(.failure)])
        try bench.run()
        bench.turn()
        let row = try #require(try bench.rows().first)
        #expect(row.destination == nil)
        let texts = try bench.bench.texts("SELECT ifnull(channel, '') || lane || ifnull(data, '') || ifnull(destination, '') FROM notifications")
        #expect(texts.allSatisfy { !$0.contains("hooks.example") })
    }

    @Test func `rules that cannot be stored are asked again about the same events`() throws {
        let bench = try AlertBench([rule(.failure)])
        try bench.bench.refusing("INSERT ON notifications") {
            try bench.run()
            bench.turn()
            #expect(try bench.rows().isEmpty)
            #expect(bench.bench.logged("trying again") > 0)
        }
        bench.pass(second)
        #expect(try bench.rows().count == 1)
        bench.pass(second)
        #expect(try bench.rows().count == 1)
    }

    @Test func `rows that wait for a rule that is gone go`() throws {
        let bench = try AlertBench([rule(.approvalPending) { $0.repeatInterval = 60 }, rule(.failure) { $0.name = "stays" }])
        try bench.call()
        bench.turn()
        var settings = AlertSettings()
        settings.rules = [rule(.failure) { $0.name = "stays" }]
        try bench.book.load(settings)
        bench.pass(61 * second)
        #expect(try bench.rows(.waiting).isEmpty)
        #expect(try bench.rows().count == 1)
    }
}
