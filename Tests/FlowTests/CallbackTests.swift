import Alerts
import Bytes
import Crypto
@testable import Curl
import JSON
import Model
import Posix
import Store
import Synchronization
import TestKit
import Testing

/// A destination that answers as it is told and keeps what it got.
private final class Destination: Sendable {
    enum Answer: Sendable { case status(Int, retryAfter: String? = nil), broken(CurlError.Kind) }

    private let answers: Mutex<[Answer]>
    let got = Mutex<[OutgoingRequest]>([])

    /// The last answer is given again and again.
    init(_ answers: Answer...) { self.answers = Mutex(answers) }

    var count: Int { got.withLock { $0.count } }

    func perform(_ request: OutgoingRequest) throws(CurlError) -> IncomingResponse {
        got.withLock { $0.append(request) }
        let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        switch answer {
        case .broken(let kind): throw CurlError(kind, "broken")
        case .status(let status, let wait):
            let headers = wait.map { [HeaderField("retry-after", $0)] } ?? []
            return IncomingResponse(head: ResponseHead(status: status, headers: headers), body: Array("answer".utf8), bodyWasCut: false)
        }
    }
}

extension OutgoingRequest {
    fileprivate func header(_ name: String) -> String { headers.first { $0.name == name }?.value ?? "" }
}

@Suite struct CallbackTests {
    private let keyring = Keyring(master: Array(repeating: 3, count: 32))
    private let url = "https://caller.example/outcome"

    private func sender(_ bench: Bench, _ destination: Destination, isSensitive: Bool = false) -> CallbackSender {
        CallbackSender(
            store: bench.store, keyring: keyring, clock: bench.clock.clock, settlePause: 10_000, isSensitive: { _ in isSensitive },
            perform: { request throws(CurlError) in try destination.perform(request) }, log: { [log = bench.log] in log.append($0) })
    }

    /// A run that has ended and is to be told.
    private func ended(_ bench: Bench, output: String = "out") throws -> Int64 {
        let id = try bench.call(try bench.endpoint("a"), callback: url)
        _ = bench.store.commit(.claim(run: id, at: start))
        let result = RunResult(status: .failed, exitCode: 3, durationMicroseconds: 1_234_567, output: Array(output.utf8))
        _ = bench.store.commit(.finish(run: id, result: result, at: start))
        return id
    }

    private func status(_ bench: Bench) -> String? { try? bench.texts("SELECT status FROM notifications").first }
    private func next(_ bench: Bench) throws -> Int64 { try bench.number("SELECT due_at FROM notifications") }
    private func attempts(_ bench: Bench) -> Int64? { try? bench.number("SELECT attempts FROM notifications") }

    @Test(arguments: [true, false])
    func `a refused run is told once: as a stale approval, or as a cancelled run where nobody was asked`(_ isGated: Bool) throws {
        let bench = try Bench()
        let id = try bench.call(try bench.endpoint("a") { $0.approvalRequired = isGated }, callback: url)
        if isGated { _ = bench.store.commit(.decide(Decide(approval: id, decision: .approve, by: "a", via: .api, at: start))) }
        let before = try bench.number("SELECT count(*) FROM notifications")
        _ = bench.store.commit([.claim(run: id, at: start), .refuseStale(run: id, reason: "changed", at: start)])
        let kinds = try bench.texts("SELECT e.kind FROM notifications n JOIN events e ON e.id = n.event_id ORDER BY n.id")
        #expect(kinds.dropFirst(Int(before)) == [isGated ? "approval_stale" : "run_cancelled"])
    }

    @Test func `an answer that the store cannot record is recorded later, and nothing is sent again meanwhile`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let destination = Destination(.status(200))
        let sender = sender(bench, destination)
        var refused = 0
        try bench.refusing("UPDATE ON notifications") {
            try sender.start()
            #expect(
                waitUntil {
                    refused += bench.logged("cannot be recorded")
                    return refused >= 5
                })
            #expect(destination.count == 1)
        }
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        #expect(destination.count == 1 && attempts(bench) == 1)
    }

    @Test func `a stop does not wait for a store that cannot record, and the next start sends once more`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let destination = Destination(.status(200))
        let first = CallbackSender(
            store: bench.store, keyring: keyring, clock: bench.clock.clock, settlePause: 600 * second, isSensitive: { _ in false },
            perform: { request throws(CurlError) in try destination.perform(request) }, log: { [log = bench.log] in log.append($0) })
        try bench.refusing("UPDATE ON notifications") {
            try first.start()
            #expect(waitUntil { bench.logged("cannot be recorded") == 1 })
            first.stop()
        }
        let second = sender(bench, destination)
        try second.start()
        #expect(waitUntil { status(bench) == "sent" })
        second.stop()
        let ids = destination.got.withLock { $0.map { $0.header("webhook-id") } }
        #expect(ids.count == 2 && ids[0] == ids[1])
    }

    @Test func `a run's end is posted to its callback, signed by the rules of Standard Webhooks`() throws {
        let bench = try Bench()
        let id = try ended(bench)
        let destination = Destination(.status(200))
        let sender = sender(bench, destination)
        try sender.start()
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        let request = try #require(destination.got.withLock { $0.first })
        #expect(request.method == "POST" && request.url == url && request.header("Content-Type") == "application/json")
        let body = try #require(request.body)
        let signed = Array("\(request.header("webhook-id")).\(request.header("webhook-timestamp")).".utf8) + body
        let expected = base64Encode(HMACKey(keyring.callbackSecret).sign(signed).array)
        #expect(request.header("webhook-signature") == "v1,\(expected)")
        #expect(request.header("webhook-timestamp") == "\(start / second)")
        #expect(keyring.callbackSecret.count == 24, "Standard Webhooks: 24 to 64 bytes")
        let message = try parseJSON(String(decoding: body, as: UTF8.self))
        #expect(message["type"]?.string == "run.finished")
        let data = try #require(message["data"])
        #expect(data["run_id"]?.string == keyring.uuid(.run, id) && data["run_status"]?.string == "failed")
        #expect(data["exit_code"]?.int == 3 && data["duration_ms"]?.int == 1234 && data["output"]?.string == "out")
    }

    @Test func `a sensitive endpoint's output is not sent`() throws {
        let bench = try Bench()
        _ = try ended(bench, output: "hush")
        let destination = Destination(.status(204))
        let sender = sender(bench, destination, isSensitive: true)
        try sender.start()
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        let text = destination.got.withLock { String(decoding: $0.first?.body ?? [], as: UTF8.self) }
        #expect(!text.contains("hush") && text.contains("run_status"))
    }

    @Test func `a decision is told with its status`() throws {
        let bench = try Bench()
        let id = try bench.call(try bench.endpoint("a") { $0.approvalRequired = true }, callback: url)
        _ = bench.store.commit(.decide(Decide(approval: id, decision: .deny, by: "ann", via: .link, reason: "no", at: start)))
        let destination = Destination(.status(200))
        let sender = sender(bench, destination)
        try sender.start()
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        let message = try parseJSON(String(decoding: destination.got.withLock { $0[0].body ?? [] }, as: UTF8.self))
        #expect(message["type"]?.string == "approval.denied")
        #expect(message["data"]?["status"]?.string == "denied" && message["data"]?["reason"]?.string == "no")
        #expect(message["data"]?["approval_id"]?.string == keyring.uuid(.approval, id))
    }

    @Test func `a try that failed is repeated later with the same id until it succeeds`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let destination = Destination(.status(500), .broken(.connect), .status(429), .status(200))
        for attempt in 1...4 {
            // Each try is another life of the sender, which finds what the last one left.
            let sender = sender(bench, destination)
            try sender.start()
            #expect(waitUntil { attempts(bench) == Int64(attempt) })
            sender.stop()
            #expect(destination.count == attempt)
            if attempt == 4 { break }
            #expect(status(bench) == "pending")
            let pause = try next(bench) - bench.clock.clock.wall()
            let least = second << Int64(attempt - 1)
            #expect((least...(least + least / 5)).contains(pause), "attempt \(attempt): \(pause)")
            bench.clock.advance(by: pause)
        }
        #expect(status(bench) == "sent")
        let ids = destination.got.withLock { Set($0.map { $0.header("webhook-id") }) }
        #expect(ids.count == 1 && ids.first?.isEmpty == false)
        #expect(destination.got.withLock { Set($0.map { $0.body ?? [] }) }.count == 1)
    }

    @Test func `nothing is tried before its time`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let destination = Destination(.status(503))
        for _ in 0..<2 {
            let sender = sender(bench, destination)
            try sender.start()
            #expect(waitUntil { attempts(bench) == 1 })
            sender.stop()
        }
        #expect(destination.count == 1)
    }

    @Test(arguments: [400, 401, 404, 410, 301]) func `an answer that no repetition can cure ends it`(_ status: Int) throws {
        let bench = try Bench()
        _ = try ended(bench)
        let destination = Destination(.status(status))
        let sender = sender(bench, destination)
        try sender.start()
        #expect(waitUntil { self.status(bench) == "dead" })
        sender.stop()
        #expect(destination.count == 1)
        #expect(bench.log.takeAll(timeoutMicroseconds: 0)?.isEmpty == false)
        #expect(try bench.texts("SELECT last_answer FROM notifications") == ["\(status) answer"])
    }

    @Test func `Retry-After is heeded`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let sender = sender(bench, Destination(.status(503, retryAfter: "120")))
        try sender.start()
        #expect(waitUntil { attempts(bench) == 1 })
        sender.stop()
        #expect(try next(bench) == start + 120 * second)
    }

    @Test func `after three days it is given up`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        bench.clock.advance(by: 3 * 86_400 * second)
        let sender = sender(bench, Destination(.broken(.timeout)))
        try sender.start()
        #expect(waitUntil { status(bench) == "dead" })
        sender.stop()
    }

    @Test func `a burst of notifications is sent whole, each once`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a")
        let destination = Destination(.status(200))
        let sender = sender(bench, destination)
        try sender.start()
        for _ in 0..<300 {
            let id = try bench.call(endpoint, callback: url)
            _ = bench.store.commit(.cancelRun(id: id, at: start))
        }
        #expect(waitUntil(seconds: 20) { (try? bench.number("SELECT count(*) FROM notifications WHERE status = 'sent'")) == 300 })
        sender.stop()
        #expect(destination.count == 300)
        #expect(destination.got.withLock { Set($0.map { $0.header("webhook-id") }) }.count == 300)
    }

    // MARK: The policy

    @Test func `pauses double up to an hour, with at most a fifth added`() {
        let policy = RetryPolicy()
        #expect((1...4).map { policy.pause(after: $0, jitter: 0) } == [1, 2, 4, 8].map { $0 * second })
        for attempt in [12, 13, 40, 41, 63, 64, 65, 1000] {
            let pause = policy.pause(after: attempt, jitter: 0)
            #expect(pause > 0 && pause <= 3600 * second, "attempt \(attempt)")
            #expect(policy.pause(after: attempt, jitter: 1) <= pause + pause / 5)
        }
        #expect(policy.pause(after: 13, jitter: 0) == 3600 * second)
        #expect(policy.pause(after: 1, jitter: 99) == policy.pause(after: 1, jitter: 1))
    }

    @Test(arguments: [
        (200, false), (301, true), (400, true), (404, true), (408, false), (410, true), (425, false), (429, false), (500, false), (503, false),
    ])
    func `an answer of the 300s and 400s is final but for three`(_ status: Int, _ isPermanent: Bool) {
        #expect(RetryPolicy.isPermanent(status) == isPermanent)
    }
}
