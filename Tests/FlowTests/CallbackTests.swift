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

/// A receiver that answers as it is told and keeps what it got.
private final class Receiver: Sendable {
    private let answers: Mutex<[TransferOutcome]>
    let got = Mutex<[OutgoingRequest]>([])

    /// The last answer is given again and again.
    init(_ answers: TransferOutcome...) { self.answers = Mutex(answers) }

    var count: Int { got.withLock { $0.count } }

    func take(_ request: OutgoingRequest) -> TransferOutcome {
        got.withLock { $0.append(request) }
        return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }
}

private func broken(_ kind: CurlError.Kind) -> TransferOutcome { .failure(CurlError(kind, "broken")) }

extension OutgoingRequest {
    fileprivate func header(_ name: String) -> String { headers.first { $0.name == name }?.value ?? "" }
}

@Suite struct CallbackTests {
    private let keyring = Keyring(master: Array(repeating: 3, count: 32))
    private let url = "https://caller.example/outcome"

    private func sender(_ bench: Bench, _ receiver: Receiver, isSensitive: Bool = false, configured: String? = nil) -> OutboxSender {
        let composer = CallbackComposer(store: bench.store, keyring: keyring, clock: bench.clock.clock) { _ in
            .init(isSensitive: isSensitive, callbackURL: configured)
        }
        return bench.outbox(composer, answers: { receiver.take($0) })
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
        let receiver = Receiver(answer(200))
        let sender = sender(bench, receiver)
        var refused = 0
        try bench.refusing("UPDATE ON notifications") {
            try sender.start()
            #expect(
                waitUntil {
                    bench.clock.advance(by: second)
                    sender.poke()
                    refused += bench.logged("cannot be recorded")
                    return refused >= 5
                })
            #expect(receiver.count == 1)
        }
        #expect(
            waitUntil {
                bench.clock.advance(by: second)
                sender.poke()
                return status(bench) == "sent"
            })
        sender.stop()
        #expect(receiver.count == 1 && attempts(bench) == 1)
    }

    @Test func `a stop does not wait for a store that cannot record, and the next start sends once more`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let receiver = Receiver(answer(200))
        let first = sender(bench, receiver)
        try bench.refusing("UPDATE ON notifications") {
            try first.start()
            #expect(waitUntil { bench.logged("cannot be recorded") == 1 })
            first.stop()
        }
        let second = sender(bench, receiver)
        try second.start()
        #expect(waitUntil { status(bench) == "sent" })
        second.stop()
        let ids = receiver.got.withLock { $0.map { $0.header("webhook-id") } }
        #expect(ids.count == 2 && ids[0] == ids[1])
    }

    @Test func `a caller's address must be public, the operator's need not`() throws {
        for (configured, denies) in [(nil, true), (url, false), ("https://other.example/", true)] {
            let bench = try Bench()
            _ = try ended(bench)
            let receiver = Receiver(answer(200))
            let sender = sender(bench, receiver, configured: configured)
            try sender.start()
            #expect(waitUntil { status(bench) == "sent" })
            sender.stop()
            let request = try #require(receiver.got.withLock { $0.first })
            #expect(request.denyPrivateAddresses == denies && request.usesEnvironmentProxy == !denies && request.alwaysDenyLinkLocal)
            #expect(request.connectTimeout == .seconds(5) && request.totalTimeout == .seconds(15) && request.maxResponseBytes == 4096)
        }
    }

    @Test func `a run's end is posted to its callback, signed by the rules of Standard Webhooks`() throws {
        let bench = try Bench()
        let id = try ended(bench)
        let receiver = Receiver(answer(200))
        let sender = sender(bench, receiver)
        try sender.start()
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        let request = try #require(receiver.got.withLock { $0.first })
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
        let receiver = Receiver(answer(204))
        let sender = sender(bench, receiver, isSensitive: true)
        try sender.start()
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        let text = receiver.got.withLock { String(decoding: $0.first?.body ?? [], as: UTF8.self) }
        #expect(!text.contains("hush") && text.contains("run_status"))
    }

    @Test func `a decision is told with its status`() throws {
        let bench = try Bench()
        let id = try bench.call(try bench.endpoint("a") { $0.approvalRequired = true }, callback: url)
        _ = bench.store.commit(.decide(Decide(approval: id, decision: .deny, by: "ann", via: .link, reason: "no", at: start)))
        let receiver = Receiver(answer(200))
        let sender = sender(bench, receiver)
        try sender.start()
        #expect(waitUntil { status(bench) == "sent" })
        sender.stop()
        let message = try parseJSON(String(decoding: receiver.got.withLock { $0[0].body ?? [] }, as: UTF8.self))
        #expect(message["type"]?.string == "approval.denied")
        #expect(message["data"]?["status"]?.string == "denied" && message["data"]?["reason"]?.string == "no")
        #expect(message["data"]?["approval_id"]?.string == keyring.uuid(.approval, id))
    }

    @Test func `a try that failed is repeated later with the same id until it succeeds`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let receiver = Receiver(answer(500), broken(.connect), answer(429), answer(200))
        let sender = sender(bench, receiver)
        try sender.start()
        for attempt in 1...4 {
            #expect(waitUntil { attempts(bench) == Int64(attempt) })
            #expect(receiver.count == attempt)
            if attempt == 4 { break }
            #expect(status(bench) == "pending")
            let pause = try next(bench) - bench.clock.clock.wall()
            let least = second << Int64(attempt - 1)
            #expect((least...(least + least / 5)).contains(pause), "attempt \(attempt): \(pause)")
            // Not a moment earlier.
            bench.clock.advance(by: pause - 1)
            sender.poke()
            bench.settle()
            #expect(receiver.count == attempt)
            bench.clock.advance(by: 1)
            sender.poke()
        }
        sender.stop()
        #expect(status(bench) == "sent")
        let ids = receiver.got.withLock { Set($0.map { $0.header("webhook-id") }) }
        #expect(ids.count == 1 && ids.first?.isEmpty == false)
        #expect(receiver.got.withLock { Set($0.map { $0.body ?? [] }) }.count == 1)
    }

    @Test func `a new start tries at once what an earlier life has put off`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let receiver = Receiver(answer(503, retryAfter: "3600"), answer(200))
        for count in 1...2 {
            let sender = sender(bench, receiver)
            try sender.start()
            #expect(waitUntil { attempts(bench) == Int64(count) })
            sender.stop()
        }
        #expect(receiver.count == 2 && status(bench) == "sent")
    }

    @Test(arguments: [400, 401, 404, 410, 301]) func `an answer that no repetition can cure ends it`(_ status: Int) throws {
        let bench = try Bench()
        _ = try ended(bench)
        let receiver = Receiver(answer(status))
        let sender = sender(bench, receiver)
        try sender.start()
        #expect(waitUntil { self.status(bench) == "dead" })
        sender.stop()
        #expect(receiver.count == 1)
        #expect(bench.log.takeAll(timeoutMicroseconds: 0)?.isEmpty == false)
        #expect(try bench.texts("SELECT last_answer FROM notifications") == ["\(status) answer"])
    }

    @Test func `Retry-After is heeded`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        let sender = sender(bench, Receiver(answer(503, retryAfter: "120")))
        try sender.start()
        #expect(waitUntil { attempts(bench) == 1 })
        sender.stop()
        #expect(try next(bench) == start + 120 * second)
    }

    @Test func `after three days and eight tries it is given up`() throws {
        let bench = try Bench()
        _ = try ended(bench)
        bench.clock.advance(by: 3 * 86_400 * second)
        let sender = sender(bench, Receiver(broken(.timeout)))
        try sender.start()
        for attempt in 1...8 {
            #expect(waitUntil { attempts(bench) == Int64(attempt) && status(bench) == (attempt < 8 ? "pending" : "dead") }, "\(attempt)")
            bench.clock.advance(by: 200 * second)
            sender.poke()
        }
        sender.stop()
    }

    @Test func `a burst of notifications is sent whole, each once`() throws {
        let bench = try Bench()
        let endpoint = try bench.endpoint("a")
        let receiver = Receiver(answer(200))
        let sender = sender(bench, receiver)
        try sender.start()
        for _ in 0..<300 {
            let id = try bench.call(endpoint, callback: url)
            _ = bench.store.commit(.cancelRun(id: id, at: start))
        }
        #expect(waitUntil(seconds: 20) { (try? bench.number("SELECT count(*) FROM notifications WHERE status = 'sent'")) == 300 })
        sender.stop()
        #expect(receiver.count == 300)
        #expect(receiver.got.withLock { Set($0.map { $0.header("webhook-id") }) }.count == 300)
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
