@testable import Alerts
import JSON
import Model
import Store
import Testing

/// What each condition tells, and when it does not.
@Suite struct AlertRuleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let condition: AlertCondition
        let statuses: [RunStatus]
        let told: [String]
        var threshold: Int?
        var testDescription: String { "\(condition.rawValue) \(statuses.map(\.rawValue))" }
    }

    static let runs: [Row] = [
        Row(condition: .failure, statuses: [.failed], told: ["deploy-api failed (exit code 2)"]),
        Row(condition: .failure, statuses: [.timedOut], told: ["deploy-api took too long and was ended"]),
        Row(condition: .failure, statuses: [.succeeded, .cancelled], told: []),
        Row(condition: .success, statuses: [.succeeded], told: ["deploy-api succeeded"]),
        Row(condition: .success, statuses: [.failed, .timedOut, .cancelled], told: []),
        Row(condition: .always, statuses: [.succeeded, .failed], told: ["deploy-api succeeded", "deploy-api failed (exit code 2)"]),
        Row(condition: .consecutiveFailures, statuses: [.failed, .failed], told: []),
        Row(
            condition: .consecutiveFailures, statuses: [.failed, .timedOut, .failed, .failed], told: ["deploy-api failed 3 times in a row"]),
        Row(
            condition: .consecutiveFailures,
            statuses: [.failed, .failed, .succeeded, .failed, .failed, .failed, .succeeded, .failed, .failed, .failed],
            told: ["deploy-api failed 3 times in a row", "deploy-api failed 3 times in a row"]),
        Row(
            condition: .consecutiveFailures, statuses: [.failed, .cancelled, .failed], told: ["deploy-api failed 2 times in a row"], threshold: 2),
        Row(condition: .recovered, statuses: [.succeeded, .succeeded], told: []),
        Row(condition: .recovered, statuses: [.failed, .failed, .succeeded, .succeeded], told: ["deploy-api succeeded again after 2 failures"]),
        Row(condition: .recovered, statuses: [.failed, .succeeded], told: [], threshold: 2),
    ]

    @Test(arguments: runs) func `runs are told as the condition says`(_ row: Row) throws {
        let bench = try AlertBench([rule(row.condition) { $0.threshold = row.threshold }])
        for status in row.statuses { try bench.run("deploy-api", status) }
        bench.turn()
        #expect(try bench.told() == row.told.map { "webhook: \($0)" })
    }

    /// The same events, but the engine is made anew after each of them.
    @Test(arguments: runs) func `a restart between any two events changes nothing`(_ row: Row) throws {
        let bench = try AlertBench([rule(row.condition) { $0.threshold = row.threshold }])
        for (index, status) in row.statuses.enumerated() {
            try bench.run("deploy-api", status)
            if index % 2 == 0 { bench.turn() }
            try bench.restart()
        }
        bench.turn()
        #expect(try bench.told() == row.told.map { "webhook: \($0)" })
    }

    @Test func `an approval is told when it begins to wait, is decided, and expires`() throws {
        let bench = try AlertBench([.approvalPending, .approvalDecided, .approvalExpired].map { condition in rule(condition) { $0.name = condition.rawValue } })
        let first = try bench.call()
        let second = try bench.call()
        bench.turn()
        #expect(try bench.told() == ["webhook: deploy-api waits for approval", "webhook: deploy-api waits for approval"])
        try bench.send()
        bench.decide(first, .deny)
        bench.bench.clock.advance(by: 31 * minute)
        _ = bench.bench.store.commit(.expire(at: bench.now, limit: 9))
        bench.turn()
        #expect(try bench.told() == ["webhook: deploy-api was denied by ann", "webhook: The approval of deploy-api expired: nobody decided in time"])
        #expect(try bench.bench.store.approval(second)?.status == .expired)
    }

    @Test func `a message says how things stand when it is sent`() throws {
        let bench = try AlertBench([rule(.approvalPending)])
        let id = try bench.call()
        bench.turn()
        let row = try #require(try bench.rows().first)
        #expect(try bench.writer.content(of: row, now: bench.now)?.approval?.approveURL?.hasPrefix("https://sluice.example/approve/") == true)
        bench.decide(id)
        let late = try #require(try bench.writer.content(of: row, now: bench.now))
        #expect(late.title == "deploy-api was approved by ann")
        #expect(late.approval?.approveURL == nil)
    }

    @Test func `an approval about to expire is told so many minutes before, if it still waits`() throws {
        let bench = try AlertBench([rule(.approvalExpiring) { $0.threshold = 600 }])
        let decided = try bench.call()
        try bench.call()
        bench.turn()
        bench.pass(20 * minute - second)
        #expect(try bench.told() == [])
        bench.decide(decided)
        bench.pass(2 * second)
        #expect(try bench.told() == ["webhook: deploy-api: nobody has decided, and the approval expires in 9m"])
        #expect(try bench.rows(.waiting).isEmpty)
    }

    @Test func `a slow run is told while it runs, and not once it has ended`() throws {
        let bench = try AlertBench([rule(.runSlow) { $0.threshold = 300 }])
        let ids = try (0..<2).map { _ in try bench.call("deploy-api", .run) }
        for id in ids { _ = bench.bench.store.commit(.claim(run: id, at: bench.now)) }
        bench.turn()
        bench.finish(ids[0], .succeeded)
        bench.pass(301 * second)
        #expect(try bench.told() == ["webhook: deploy-api is still running after 5m1s"])
        #expect(try bench.rows().map(\.call) == [ids[1]])
    }

    @Test func `an interrupted run is told`() throws {
        let bench = try AlertBench([rule(.runInterrupted)])
        let id = try bench.call("deploy-api", .run)
        _ = bench.bench.store.commit([.claim(run: id, at: bench.now), .interruptRunning(at: bench.now, retry: [])])
        bench.turn()
        #expect(try bench.told() == ["webhook: deploy-api was interrupted: Sluice stopped while it ran"])
    }

    @Test func `refused deliveries are told at the threshold, and again only after the window`() throws {
        let bench = try AlertBench([rule(.webhookRejected) { ($0.threshold, $0.window) = (5, 60) }])
        try bench.refuse(4)
        bench.turn()
        #expect(try bench.told() == [])
        try bench.refuse(1)
        bench.turn()
        #expect(try bench.told() == ["webhook: deploy-api refused 5 deliveries within 1m"])
        try bench.refuse(20)
        try bench.restart()
        bench.pass(59 * second)
        #expect(try bench.told().count == 1)
        bench.bench.clock.advance(by: 5 * second)
        try bench.refuse(5)
        bench.turn()
        #expect(try bench.told().count == 2)
    }

    @Test func `refusals that are too far apart are not told`() throws {
        let bench = try AlertBench([rule(.webhookRejected) { ($0.threshold, $0.window) = (3, 60) }])
        for _ in 0..<10 {
            try bench.refuse(1)
            bench.pass(31 * second)
        }
        #expect(try bench.told() == [])
    }

    // MARK: Which events

    @Test func `a rule is about the endpoints that its pattern names`() throws {
        let rules = [
            rule(.failure) { ($0.name, $0.endpoint) = ("glob", "deploy-*") }, rule(.failure) { ($0.name, $0.endpoint) = ("exact", "backup") },
            rule(.failure) { $0.name = "all" }, rule(.failure) { ($0.name, $0.isEnabled) = ("off", false) },
        ]
        let bench = try AlertBench(rules, endpoints: ["deploy-api", "backup", "other"])
        for name in ["deploy-api", "backup", "other"] { try bench.run(name) }
        bench.turn()
        let told = try bench.rows().map { "\($0.rule ?? "-") \($0.endpoint ?? "-")" }
        #expect(Set(told) == ["glob deploy-api", "exact backup", "all deploy-api", "all backup", "all other"])
        #expect(told.count == 5)
    }

    @Test(arguments: [
        ("$status == \"failed\"", true), ("$exit_code == 2", true), ("$exit_code > 2", false), ("ref == \"refs/heads/main\"", true),
        ("ref == \"refs/heads/dev\"", false), ("$requested_by == \"ci\" and $source == \"api\"", true), ("$endpoint matches \"^backup\"", false),
    ]) func `when looks at the facts and at the payload`(_ when: String, _ isTold: Bool) throws {
        let bench = try AlertBench([rule(.failure) { $0.when = when }])
        let id = try bench.call("deploy-api", .run, body: #"{"ref":"refs/heads/main"}"#)
        _ = bench.bench.store.commit(.claim(run: id, at: bench.now))
        bench.finish(id, .failed)
        bench.turn()
        #expect(try bench.rows().count == (isTold ? 1 : 0))
    }

    @Test func `a rule sees no event from before it was there`() throws {
        let bench = try AlertBench([])
        try bench.run()
        _ = bench.bench.store.commit(
            .putAlertRule(PutAlertRule(name: "new", settings: String(decoding: encode(rule(.failure)), as: UTF8.self), isEnabled: nil, mustBeNew: true, at: start)))
        try bench.book.reload()
        bench.turn()
        #expect(try bench.rows().isEmpty)
        try bench.run()
        bench.turn()
        #expect(try bench.rows().map(\.rule) == ["new"])
    }

    @Test func `the endpoint's own notify_url hears of its runs`() throws {
        for (on, statuses) in [(NotifyCondition.always, 2), (.failure, 1), (.success, 1)] {
            let bench = try AlertBench([]) { ($0.notifyURL, $0.notifyOn) = ("https://example.com/done", on) }
            try bench.run("deploy-api", .failed)
            try bench.run("deploy-api", .succeeded)
            bench.turn()
            #expect(try bench.rows().count == statuses)
            #expect(try bench.rows().allSatisfy { $0.kind == .notify && $0.destination == nil })
        }
    }

    private func encode(_ rule: AlertRule) -> [UInt8] { rule.encoded().json.encoded() }
}
