@testable import Alerts
import Model
import Store
import Testing

/// What a review of the engine found, and what must not come back.
@Suite struct AlertEdgeTests {
    private func channels(_ names: String...) -> AlertSettings {
        var settings = AlertSettings()
        for name in names {
            var channel = NotificationChannel()
            (channel.name, channel.url) = (name, "https://hooks.example/\(name)")
            settings.channels.append(channel)
        }
        return settings
    }

    @Test func `an idle engine asks for nothing`() throws {
        let bench = try AlertBench([rule(.failure)])
        #expect(bench.turn() == nil)
        try bench.run("deploy-api", .succeeded)
        let flush = try #require(bench.turn(), "the mark has moved and is to be written")
        bench.bench.clock.setWall(flush)
        #expect(bench.turn() == nil)
    }

    @Test(arguments: [false, true]) func `a rule that comes with a restart sees nothing of before`(_ isWaited: Bool) throws {
        let bench = try AlertBench([rule(.success)])
        for _ in 0..<20 { try bench.run() }
        bench.turn()
        if isWaited { bench.pass(3 * second) }
        try bench.restart([rule(.success), rule(.failure) { $0.name = "new" }], killed: isWaited)
        #expect(try bench.rows().isEmpty)
        try bench.run()
        bench.turn()
        #expect(try bench.rows().map(\.rule) == ["new"])
    }

    @Test func `an escalation is never told with the rule's own messages`() throws {
        let escalating = rule(.approvalPending) {
            ($0.targets, $0.groupWait) = ([.channel("main")], 20)
            $0.escalations = [.init(after: 30, targets: [.channel("phone")])]
        }
        let bench = try AlertBench([escalating], settings: channels("main", "phone"))
        try bench.call()
        bench.turn()
        bench.pass(25 * second)
        try bench.call()
        bench.turn()
        for _ in 0..<5 { bench.pass(15 * second) }
        let told = try bench.rows().map { "\($0.channel ?? "-") \($0.call ?? 0)" }
        #expect(told.filter { $0.hasPrefix("main") } == ["main 1", "main 2"])
        let phone = try bench.rows().filter { $0.channel == "phone" }
        #expect(phone.map { AlertData(json: $0.data).digest?.count } == [2], "both, in a message of their own")
    }

    @Test func `a throttle does not hold up an escalation`() throws {
        let escalating = rule(.approvalPending) {
            ($0.targets, $0.throttle) = ([.channel("main")], 3600)
            $0.escalations = [.init(after: 60, targets: [.channel("phone")])]
        }
        let bench = try AlertBench([escalating], settings: channels("main", "phone"))
        try bench.call()
        bench.turn()
        bench.pass(61 * second)
        #expect(try bench.rows().map(\.channel) == ["main", "phone"])
    }

    @Test func `what is put off keeps its group`() throws {
        let bench = try AlertBench(
            [rule(.approvalPending) { ($0.holdFor, $0.groupBy, $0.groupWait) = (10, ["endpoint"], 5) }], endpoints: ["deploy-api", "deploy-web"])
        try bench.call("deploy-api")
        try bench.call("deploy-web")
        bench.turn()
        bench.pass(11 * second)
        bench.pass(6 * second)
        #expect(try Set(bench.told()) == ["webhook: deploy-api waits for approval", "webhook: deploy-web waits for approval"])
    }

    @Test func `a silence uses up nothing of the rule's pace`() throws {
        let bench = try AlertBench([rule(.failure) { $0.throttle = 3600 }], endpoints: ["quiet", "loud"])
        _ = bench.bench.store.commit(
            .addSilence(NewSilence(rule: nil, endpoint: "quiet", reason: "moving", author: "ann", until: bench.now + 60 * minute, at: bench.now)))
        try bench.book.reload()
        try bench.run("quiet")
        try bench.run("loud")
        bench.turn()
        #expect(try bench.rows().map(\.endpoint) == ["loud"])
        #expect(try bench.rows(.silenced).map(\.endpoint) == ["quiet"])
    }

    @Test func `a silence that begins while events are collected keeps them back too`() throws {
        let bench = try AlertBench([rule(.failure) { $0.groupWait = 30 }], endpoints: ["quiet", "loud"])
        for name in ["quiet", "quiet", "loud"] { try bench.run(name) }
        bench.turn()
        _ = bench.bench.store.commit(
            .addSilence(NewSilence(rule: nil, endpoint: "quiet", reason: "moving", author: "ann", until: bench.now + 60 * minute, at: bench.now)))
        try bench.book.reload()
        bench.pass(31 * second)
        #expect(try bench.told() == ["webhook: 1 failed runs for loud"])
    }

    @Test func `a rule about refusals does not tell of those of yesterday`() throws {
        let bench = try AlertBench([rule(.failure)])
        try bench.refuse(50)
        bench.turn()
        bench.pass(24 * 60 * minute)
        try bench.restart([rule(.webhookRejected) { ($0.threshold, $0.window) = (5, 60) }])
        #expect(try bench.rows().isEmpty)
        try bench.refuse(5)
        bench.turn()
        #expect(try bench.rows().count == 1)
    }

    @Test func `what waited for another condition under the same name goes`() throws {
        let bench = try AlertBench([rule(.approvalPending) { ($0.repeatInterval, $0.groupWait) = (60, 30) }])
        try bench.call()
        bench.turn()
        try bench.restart([rule(.failure)])
        bench.pass(61 * second)
        #expect(try bench.rows().isEmpty)
        #expect(try bench.rows(.waiting).isEmpty)
    }

    @Test func `still failing is said of one streak only`() throws {
        let bench = try AlertBench([rule(.failure) { $0.holdFor = 600 }])
        try bench.run("deploy-api", .failed)
        try bench.run("deploy-api", .failed)
        bench.turn()
        bench.pass(300 * second)
        try bench.run("deploy-api", .succeeded)
        try bench.run("deploy-api", .failed)
        bench.turn()
        bench.pass(301 * second)
        #expect(try bench.rows().isEmpty, "the first streak has ended, and the second is young")
        bench.pass(300 * second)
        #expect(try bench.rows().count == 1)
    }

    @Test func `what is left of many is told as itself`() throws {
        let bench = try AlertBench([rule(.approvalPending) { $0.groupWait = 30 }])
        let ids = try (0..<3).map { _ in try bench.call() }
        bench.turn()
        bench.decide(ids[0])
        bench.decide(ids[2])
        bench.pass(31 * second)
        let row = try #require(try bench.rows().first)
        #expect(row.call == ids[1])
        #expect(try bench.writer.content(of: row, now: bench.now)?.approval?.approveURL != nil)
    }

    @Test func `a clock that was ahead does not hold back what comes after`() throws {
        let bench = try AlertBench([rule(.failure) { $0.throttle = 60 }], at: start + 400 * 24 * 60 * minute)
        for _ in 0..<3 { try bench.run() }
        bench.turn()
        try bench.send()
        bench.bench.clock.setWall(start)
        try bench.run()
        bench.turn()
        bench.pass(62 * second)
        #expect(try bench.rows().count == 1)
    }

    @Test func `a rule whose every minute is quiet tells after a week`() throws {
        let bench = try AlertBench([rule(.failure) { $0.quietHours = ["* * * * *"] }])
        try bench.run()
        bench.turn()
        for _ in 0..<6 { bench.pass(24 * 60 * minute) }
        #expect(try bench.rows().isEmpty)
        for _ in 0..<2 { bench.pass(24 * 60 * minute) }
        #expect(try bench.rows().count == 1)
    }

    @Test func `a damaged row keeps no other from being told`() throws {
        let bench = try AlertBench([rule(.failure) { $0.when = "$status == \"failed\"" }])
        try bench.run()
        try bench.bench.damage("UPDATE runs SET status = 'lost'")
        bench.turn()
        try bench.run()
        bench.turn()
        #expect(bench.bench.logged("cannot be read") > 0)
        #expect(try bench.rows().count == 1)
    }

    @Test func `quiet hours that were corrected reach what they hold back`() throws {
        let bench = try AlertBench([rule(.failure) { $0.quietHours = ["* * * * *"] }])
        try bench.run()
        try bench.run()
        bench.turn()
        #expect(try bench.rows().isEmpty)
        try bench.restart([rule(.failure) { $0.quietHours = ["* 3 * * *"] }])
        #expect(try bench.told() == ["webhook: 2 failed runs for deploy-api"])
    }
}
