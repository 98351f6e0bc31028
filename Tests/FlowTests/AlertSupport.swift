@testable import Alerts
import Crypto
import JSON
import Model
import Posix
import Store
import TestKit
import Testing
import Triggers

/// A store with endpoints, rules over them, and an engine whose turns the test takes itself.
final class AlertBench: Sendable {
    let bench: Bench
    let book: AlertBook
    let endpoints: [String: CompiledEndpoint]
    private let settings: AlertSettings

    init(
        _ rules: [AlertRule], endpoints names: [String] = ["deploy-api"], settings given: AlertSettings = AlertSettings(), at wall: Int64 = start,
        _ change: (inout EndpointSettings) -> Void = { _ in }
    ) throws {
        bench = try Bench(at: wall)
        var made: [String: CompiledEndpoint] = [:]
        for name in names { made[name] = try bench.endpoint(name, "echo hello", change) }
        endpoints = made
        var settings = given
        settings.rules = rules
        self.settings = settings
        book = AlertBook(store: bench.store, secret: { Array($0.utf8) }, log: { [log = bench.log] in log.append($0) })
        book.setEndpoints(
            made.values.map {
                AlertEndpoint(
                    id: $0.id, name: $0.name, isSensitive: $0.settings.isSensitive, notifyURL: $0.settings.notifyURL, notifyOn: $0.settings.notifyOn)
            })
        try book.load(settings)
        engine.append(newEngine())
        // Rules see what comes after them.
        turn()
    }

    private let engine = Mailbox<AlertEngine>()

    private func newEngine() -> AlertEngine {
        AlertEngine(store: bench.store, clock: bench.clock.clock, book: book, log: { [log = bench.log] in log.append($0) })
    }

    var writer: ContentWriter {
        ContentWriter(store: bench.store, keyring: Keyring(master: [UInt8](repeating: 7, count: 32)), book: book, baseURL: { "https://sluice.example" })
    }

    /// What a restart does: a new engine that knows only what the store knows. Unless it is `killed`, the old one writes its mark.
    func restart(_ rules: [AlertRule]? = nil, killed: Bool = true) throws {
        if let engine = engine.takeOne(), !killed { engine.stop() }
        engine.append(newEngine())
        if let rules {
            var changed = settings
            changed.rules = rules
            try book.load(changed)
        } else {
            try book.reload()
        }
        turn()
    }

    /// Lets the engine do all that is due.
    @discardableResult
    func turn() -> Int64? {
        // Turns keep a distance; time passes it.
        bench.clock.advance(by: 10_000)
        guard let engine = engine.takeOne() else { return nil }
        defer { self.engine.append(engine) }
        return engine.turn()
    }

    func pass(_ microseconds: Int64) {
        bench.clock.advance(by: microseconds)
        turn()
    }

    // MARK: What happens

    @discardableResult
    func call(_ name: String = "deploy-api", _ gate: GateVerdict = .ask(timeoutMinutes: 30), body: String = "{}", by caller: String = "ci") throws -> Int64 {
        let endpoint = try #require(endpoints[name])
        let frozen = try Array(body.utf8).withUnsafeBytes { bytes in
            try endpoint.freezeCall(
                body: bytes, query: [], requestedBy: caller, idempotencyKey: nil, mayNameCallback: false, gate: GateRule { _, _ in gate },
                at: bench.clock.clock.wall())
        }
        guard case .accepted(let accepted) = bench.store.commit(.accept(frozen)) else { throw StoreError("not accepted") }
        return accepted.call
    }

    func run(_ name: String = "deploy-api", _ status: RunStatus = .failed, output: String = "oh\n") throws {
        let id = try call(name, .run)
        _ = bench.store.commit(.claim(run: id, at: now))
        finish(id, status, output: output)
    }

    func finish(_ id: Int64, _ status: RunStatus, output: String = "") {
        let code = status == .succeeded ? 0 : status == .timedOut ? 124 : 2
        _ = bench.store.commit(
            .finish(run: id, result: RunResult(status: status, exitCode: code, durationMicroseconds: 1_200_000, output: Array(output.utf8)), at: now))
    }

    func decide(_ id: Int64, _ decision: Decision = .approve) {
        _ = bench.store.commit(.decide(Decide(approval: id, decision: decision, by: "ann", via: .dashboard, at: now)))
    }

    func refuse(_ count: Int, _ name: String = "deploy-api") throws {
        let id = try #require(endpoints[name]).id
        for _ in 0..<count {
            _ = bench.store.commit(
                .rejectDelivery(RejectDelivery(endpoint: id, at: now, status: 401, reason: "bad signature", peer: "192.0.2.1", senderID: nil)))
        }
    }

    var now: Int64 { bench.clock.clock.wall() }

    // MARK: What is told

    /// Rows that are to be sent or were silenced, oldest first: their titles by channel.
    func told(_ status: NotificationStatus = .pending) throws -> [String] {
        try rows(status).map { row in
            let content = try writer.content(of: row, now: now)
            return "\(row.channel ?? "-"): \(content?.title ?? "nothing")"
        }
    }

    func rows(_ status: NotificationStatus = .pending) throws -> [NotificationRow] {
        var filter = NotificationFilter()
        filter.status = status
        return try bench.store.notifications(filter, limit: 1000).items.reversed()
    }

    /// Takes what is to be sent as sent.
    func send() throws {
        for row in try rows() { _ = bench.store.commit(.settleNotification(SettleNotification(id: row.id, result: .sent, answer: "200", at: now))) }
    }
}

func rule(_ condition: AlertCondition, _ change: (inout AlertRule) -> Void = { _ in }) -> AlertRule {
    var rule = AlertRule()
    rule.name = "tell"
    rule.condition = condition
    rule.targets = [.direct(.webhook, destination: "https://hooks.example/x")]
    change(&rule)
    return rule
}
