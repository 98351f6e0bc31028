import Foundation
import JSON
import SQLite
import Synchronization
import TestKit
import Testing

extension CrashTests {
    /// Calls that end at once, each told to a destination that is slow now and then and refuses now and then, while the server is killed.
    @Test func killBetweenCommitAndSendTellsEveryCallAtLeastOnce() throws {
        let seed = crashSeed("kill -9 between commit and send")
        let rounds = crashScale(short: crashRounds(short: 3), long: max(50, crashRounds(short: 50)))
        let random = Mutex(SplitMix64(seed: seed))
        let sink = try HookSink { _ in
            let dice = random.withLock { $0.below(100) }
            if dice < 2 { return .status(503) }
            if dice < 4 { return .reset }
            TestPacer().pause(milliseconds: UInt32(dice % 4))
            return .status(204)
        }
        let config = """
            version: 1
            endpoints:

            """ + (0..<8).map { #"  - {name: e\#($0), command: "/bin/true", public: true, approval_required: true, callback_url: "\#(sink.url)/\#($0)"}"# }
            .joined(separator: "\n") + """

            alerts:
              - {name: waits, condition: approval_pending, burst: 100000, channel: webhook, destination: "\(sink.url)/waits"}
              - {name: decided, condition: approval_decided, burst: 100000, channel: webhook, destination: "\(sink.url)/decided"}
            """
        let server = try CrashServer(files: ["wrapd.yaml": config])
        try server.start()
        for round in 1...rounds {
            let calls = 80
            let target = sink.count + 1 + random.withLock { $0.below(calls) }
            let load = CallLoad(server, calls: calls)
            #expect(waitUntil(seconds: 30) { sink.count >= target }, "round \(round): nothing is told any more: \(server.errors)")
            server.kill()
            load.end()
            try server.start()
        }
        #expect(
            waitUntil(seconds: 60) { unsent(server) == 0 }, "\(unsent(server)) of \(sink.count) are still to be told: \(server.errors)")
        try server.stop()
        let ended = try numbers(server, "SELECT count(*) FROM approvals WHERE status = 'denied'")
        let asked = try numbers(server, "SELECT count(*) FROM approvals")
        try checkRule("waits", asked, sink, server)
        try checkRule("decided", ended, sink, server)
        let rows = try numbers(server, "SELECT count(*) FROM notifications WHERE status = 'sent' AND kind = 'callback'")
        let callbacks = sink.received.filter { $0.headers["x-sluice-event"] == nil }
        let ids = Set(callbacks.compactMap { $0.headers["webhook-id"] })
        #expect(ended > rounds && rows == ended, "each decision has its row")
        #expect(ids.count == ended, "each was told, under one id of its own")
        let bodies = Dictionary(grouping: callbacks, by: { $0.headers["webhook-id"] ?? "" }).mapValues { Set($0.map(\.text)) }
        #expect(bodies.values.allSatisfy { $0.count == 1 })
        print("kill -9 between commit and send: \(rounds) rounds, \(ended) calls, \(sink.count) messages")
    }

    /// Each event of a rule is one row, and was told under the id of that row.
    private func checkRule(_ name: String, _ events: Int, _ sink: HookSink, _ server: CrashServer) throws {
        let rows = try numbers(server, "SELECT count(*) FROM notifications WHERE status = 'sent' AND rule = '\(name)'")
        let calls = try numbers(server, "SELECT count(DISTINCT call_id) FROM notifications WHERE rule = '\(name)'")
        #expect(rows == events && calls == events, "the rule '\(name)' has a row for each event, and no more")
        let heard = sink.received.filter { $0.path.hasSuffix("/\(name)") }
        #expect(Set(heard.compactMap { $0.headers["webhook-id"] }).count == events, "each was told, under one id of its own")
        let told = Set(heard.compactMap { try? parseJSON(Array($0.text.utf8))["approval_id"]?.string })
        #expect(told.count == events, "no approval was told in place of another")
    }

    private func unsent(_ server: CrashServer) -> Int {
        (try? numbers(server, "SELECT count(*) FROM notifications WHERE status = 'pending'")) ?? -1
    }

    private func numbers(_ server: CrashServer, _ sql: String) throws -> Int {
        Int(try Connection(path: server.database, mode: .readOnly).integer(sql) ?? -1)
    }
}

/// Asks and denies, so many times, unless the server is gone or it is told to end.
private final class CallLoad: Sendable {
    private let left: Atomic<Int>
    private let threads = DispatchGroup()

    init(_ server: CrashServer, calls: Int) {
        left = Atomic(calls)
        let port = server.port
        for _ in 0..<4 {
            threads.enter()
            Thread { [self] in
                while case let number = left.wrappingSubtract(1, ordering: .relaxed).oldValue, number > 0, (try? Self.turn(port, number % 8)) != nil {}
                threads.leave()
            }.start()
        }
    }

    private static func turn(_ port: UInt16, _ endpoint: Int) throws {
        let asked = try testRequest(port: port, "POST", "/v1/user/e\(endpoint)", body: Array("{}".utf8))
        guard let id = try parseJSON(asked.body)["approval_id"]?.string else { throw TestFailure("no approval: \(asked.text)") }
        _ = try testRequest(
            port: port, "POST", "/approvals/\(id)/deny", headers: [("Authorization", "Bearer \(CrashServer.adminToken)")], body: Array("{}".utf8))
    }

    func end() {
        left.store(0, ordering: .relaxed)
        threads.wait()
    }
}
