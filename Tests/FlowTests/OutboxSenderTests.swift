@testable import Alerts
@testable import Curl
import Model
import Posix
import Store
import Synchronization
import TestKit
import Testing

/// Rules of the outbox, with answers made up and a clock that the test moves.
@Suite struct OutboxSenderTests {
    private let url = "https://hooks.example/services/T0000000/B0000000/secretsecret"

    /// Gives these answers in turn, the last one for ever, and keeps what it was asked.
    private final class Script: Sendable {
        let got = Mutex<[OutgoingRequest]>([])
        private let answers: Mutex<[TransferOutcome]>
        init(_ answers: [TransferOutcome]) { self.answers = Mutex(answers) }
        var count: Int { got.withLock { $0.count } }
        var bodies: [String] { got.withLock { $0.map { String(decoding: $0.body ?? [], as: UTF8.self) } } }
        func take(_ request: OutgoingRequest) -> TransferOutcome {
            got.withLock { $0.append(request) }
            return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
    }

    private func running(_ bench: Bench, _ sender: OutboxSender, _ body: () throws -> Void) throws {
        try sender.start()
        defer { sender.stop() }
        try body()
    }

    private func attempts(_ bench: Bench) -> Int64 { (try? bench.number("SELECT sum(attempts) FROM notifications")) ?? -1 }
    private func answers(_ bench: Bench) throws -> [String] { try bench.texts("SELECT last_answer FROM notifications ORDER BY id") }

    // MARK: What answers mean

    @Test(arguments: [
        (200, "ok", "sent", 1), (204, "", "sent", 1), (202, "accepted", "sent", 1), (400, "invalid_payload", "dead", 2), (400, "invalid_blocks", "dead", 2),
        (400, "no_text", "dead", 1), (403, "action_prohibited", "dead", 1), (404, "no_service", "dead", 1),
        (410, "channel_is_archived", "dead", 1), (302, "", "dead", 1), (429, "", "pending", 1), (500, "rollup_error", "pending", 1),
    ])
    func `Slack's answers mean what its table says`(_ status: Int, _ body: String, _ expected: String, _ tries: Int) throws {
        let bench = try Bench()
        let script = Script([answer(status, body)])
        bench.queue(url, channel: "slack", data: #"{"text":"plain","blocks":[{"type":"divider"}]}"#)
        try running(bench, bench.outbox(answers: { script.take($0) })) {
            #expect(
                waitUntil {
                    // The pace is a second.
                    if tries == 2, script.count == 1 { bench.clock.advance(by: second) }
                    return attempts(bench) == Int64(tries) && bench.statuses() == [expected]
                })
        }
        #expect(script.count == tries)
        if tries == 2 { #expect(script.bodies.last == #"{"text":"plain"}"#) }
        #expect(try answers(bench) == [body.isEmpty ? "\(status)" : "\(status) \(body)"])
    }

    @Test func `a message that Slack takes as plain text is sent, with the same id`() throws {
        let bench = try Bench()
        let script = Script([answer(400, "invalid_blocks"), answer(200, "ok")])
        bench.queue(url, channel: "slack", data: #"{"text":"plain","blocks":[]}"#)
        let sender = bench.outbox(answers: { script.take($0) })
        try running(bench, sender) {
            #expect(waitUntil { attempts(bench) == 1 })
            bench.clock.advance(by: second)
            sender.poke()
            #expect(waitUntil { bench.statuses() == ["sent"] })
        }
        #expect(script.got.withLock { $0.count == 2 && $0[0].headers == $0[1].headers })
    }

    @Test(arguments: [
        (TransferOutcome.mail(MailReply(code: 250, text: "250 Ok")), "sent", "250 Ok"),
        (.mail(MailReply(code: 451, text: "451 later")), "failed", "451 later"),
        (.mail(MailReply(code: 550, text: "550 nobody")), "refused", "550 nobody"),
        (.mail(MailReply(code: 535, text: "535 no")), "refused", "535 no"),
        (.failure(CurlError(.loginDenied, "no way to log in")), "refused", "no way to log in"),
        (.failure(CurlError(.tlsMissing, "no TLS")), "failed", "no TLS"), (.failure(CurlError(.certificate, "expired")), "failed", "expired"),
        (.failure(CurlError(.deniedAddress, "private")), "refused", "private"), (.failure(CurlError(.timeout, "late")), "failed", "late"),
    ])
    func `mail and failures are told apart`(_ outcome: TransferOutcome, _ expected: String, _ text: String) {
        let verdict = Verdict(outcome, kind: .email, hiding: ["secret"], at: start)
        let name =
            switch verdict.result {
            case .sent: "sent"
            case .refused: "refused"
            case .failed: "failed"
            case .wantsPlainText: "plain"
            }
        #expect(name == expected && verdict.answer == text)
    }

    @Test func `an answer is kept in one short line without secrets`() {
        let long = String(repeating: "ab", count: 3000)
        #expect(shownAnswer(Array("a\u{1B}[31m\r\n b\u{202E}c\u{2028}d ".utf8), wasCut: false, hiding: []) == "a [31m bc d")
        #expect(shownAnswer(Array(long.utf8), wasCut: true, hiding: []).count == 200)
        #expect(shownAnswer(Array("token abcdefgh!".utf8), wasCut: false, hiding: ["abcdefgh", "abcd"]) == "token [hidden]!")
        #expect(shownAnswer(Array("say abcdef".utf8), wasCut: true, hiding: ["abcdefgh"]) == "say")
        #expect(shownAnswer([0xFF, 0xC3], wasCut: false, hiding: []) == "\u{FFFD}\u{FFFD}")
    }

    @Test func `nothing of a destination's address comes back in its answer`() throws {
        let bench = try Bench()
        let script = Script([answer(404, "no route for /services/T0000000/B0000000/secretsecret, try \(url) or secretsecret")])
        bench.queue(url)
        try running(bench, bench.outbox(answers: { script.take($0) })) { #expect(waitUntil { bench.statuses() == ["dead"] }) }
        #expect(try answers(bench) == ["404 no route for [hidden], try [hidden] or [hidden]"])
        #expect(bench.log.takeAll(timeoutMicroseconds: 0)?.contains { $0.contains("secretsecret") } == false)
    }

    @Test(arguments: [
        ("0", 0), ("120", 120), ("999999999999999999999", 86_400), ("Thu, 09 Oct 2025 08:53:30 GMT", 10), ("Thursday, 09-Oct-25 08:54:20 GMT", 60),
        ("Thu Oct  9 08:53:25 2025", 5), ("Thu, 09 Oct 2025 08:00:00 GMT", 0), ("Fri, 10 Oct 2099 08:53:30 GMT", 86_400), ("soon", nil),
        ("-5", nil), ("1.5", nil), ("", nil), ("Thu, 32 Oct 2025 08:53:30 GMT", nil), ("Sun Nov  6 08:49:37 1994", 0),
    ] as [(String, Int64?)])
    func `Retry-After is read in all its forms`(_ text: String, _ seconds: Int64?) {
        #expect(retryAfter(text, at: start) == seconds.map { $0 * second })
    }

    // MARK: Holding back

    @Test func `Retry-After holds back all that goes to the destination, and nothing else`() throws {
        let bench = try Bench()
        let waits = Mutex(true)
        let other = "https://other.example/hook"
        let got = Mutex<[String]>([])
        let first = bench.queue(url, lane: "a")
        let sender = bench.outbox(answers: { request in
            got.withLock { $0.append(request.url) }
            guard request.url == self.url else { return answer(200) }
            return waits.withLock { $0 } ? answer(503, retryAfter: "100") : answer(200)
        })
        try running(bench, sender) {
            #expect(waitUntil { attempts(bench) == 1 })
            waits.withLock { $0 = false }
            bench.queue(url, lane: "b")
            bench.queue(other)
            #expect(waitUntil { bench.statuses() == ["pending", "pending", "sent"] })
            let due = try bench.number("SELECT due_at FROM notifications WHERE id = \(first)")
            #expect(due == start + 100 * second)
            bench.clock.advance(by: 99 * second)
            bench.queue(other)
            sender.poke()
            #expect(waitUntil { bench.count("sent") == 2 })
            #expect(got.withLock { $0.count { $0 == url } } == 1)
            bench.clock.advance(by: second)
            sender.poke()
            #expect(waitUntil { bench.count("sent") == 4 })
        }
    }

    /// Once the message keeps its place in order, and once it has stepped aside; the poke comes after the failure, or while the request runs.
    @Test(arguments: [1, 6], [true, false])
    func `what leads elsewhere now does not wait as the former destination asked`(_ failures: Int, _ pokesLate: Bool) throws {
        let bench = try Bench()
        let key = Mutex("a")
        let tries = Mutex(0)
        let sender = Mutex<OutboxSender?>(nil)
        let made = bench.outbox(PlainComposer(key: { _ in key.withLock { $0 } }), answers: { _ in
            let count = tries.withLock { tries in
                tries += 1
                return tries
            }
            if count > failures { return answer(200) }
            guard count == failures else { return answer(500) }
            if !pokesLate {
                key.withLock { $0 = "b" }
                sender.withLock { $0?.poke() }
            }
            return answer(503, retryAfter: "86400")
        })
        sender.withLock { $0 = made }
        defer { sender.withLock { $0 = nil } }
        for _ in 0..<2 { bench.queue(url) }
        try running(bench, made) {
            for attempt in 1...failures {
                #expect(waitUntil { tries.withLock { $0 } >= attempt && attempts(bench) >= attempt })
                if attempt < failures {
                    bench.clock.advance(by: 3 * second << Int64(attempt - 1))
                    made.poke()
                }
            }
            if pokesLate {
                #expect(bench.count("sent") == 0)
                key.withLock { $0 = "b" }
                made.poke()
            }
            #expect(waitUntil { bench.count("sent") == 2 })
        }
    }

    @Test func `Slack gets one message a second for each webhook`() throws {
        let bench = try Bench()
        let script = Script([answer(200, "ok")])
        for number in 0..<3 { bench.queue(url, lane: "\(number)", channel: "slack") }
        let sender = bench.outbox(answers: { script.take($0) })
        func toSlack() -> Int { script.got.withLock { $0.count { $0.url == url } } }
        try running(bench, sender) {
            for count in 1...3 {
                #expect(waitUntil { toSlack() == count && bench.count("sent") == Int64(2 * count - 1) })
                bench.clock.advance(by: second - 1)
                // Once this one is sent, a turn with that time is over.
                bench.queue("https://other.example/\(count)")
                #expect(waitUntil { bench.count("sent") == Int64(2 * count) })
                #expect(toSlack() == count)
                bench.clock.advance(by: 1)
                sender.poke()
            }
        }
    }

    @Test func `what cannot be written is dead with its reason, or waits where that can help`() throws {
        let bench = try Bench()
        let script = Script([answer(200)])
        for condition in ["impossible", "unwritable", "later"] { bench.queue(url, lane: condition, condition: condition) }
        bench.queue(url, lane: "fine")
        let sender = bench.outbox(answers: { script.take($0) })
        try running(bench, sender) { #expect(waitUntil { bench.statuses() == ["dead", "dead", "pending", "sent"] && attempts(bench) == 4 }) }
        #expect(try answers(bench).prefix(3) == ["there is no such channel", "there is nothing to say", "the file of secrets cannot be read"])
        #expect(script.count == 1)
        #expect(sender.counters.dead == [.webhook: 2] && sender.counters.retried == [.webhook: 1] && sender.counters.sent == [.webhook: 1])
    }

    @Test func `while the store takes no outcome, nothing more is sent, however often it is asked again`() throws {
        let bench = try Bench()
        let script = Script([answer(200)])
        let sender = bench.outbox(answers: { script.take($0) })
        try running(bench, sender) {
            try bench.refusing("UPDATE ON notifications") {
                bench.queue(url)
                #expect(waitUntil { bench.logged("cannot be recorded") > 0 })
                for number in 0..<5 {
                    bench.queue("https://other.example/\(number)")
                    bench.clock.advance(by: second)
                    sender.poke()
                    #expect(waitUntil { bench.logged("cannot be recorded") > 0 }, "asked again")
                }
                #expect(script.count == 1)
            }
            bench.clock.advance(by: second)
            sender.poke()
            #expect(waitUntil { bench.count("sent") == 6 })
        }
        #expect(script.count == 6)
    }

    @Test func `a dead message that somebody sends once more comes before those behind it`() throws {
        let bench = try Bench()
        let order = Mutex<[String]>([])
        let refuses = Mutex(true)
        let sender = bench.outbox(answers: { request in
            let id = request.headers.first { $0.name == "webhook-id" }?.value ?? ""
            order.withLock { $0.append(id) }
            if refuses.withLock({ $0 }) { return id == "id-1" ? answer(404) : answer(503, retryAfter: "10") }
            return answer(200)
        })
        for _ in 0..<3 { bench.queue(url) }
        try running(bench, sender) {
            #expect(waitUntil { bench.statuses() == ["dead", "pending", "pending"] && attempts(bench) == 2 })
            refuses.withLock { $0 = false }
            // Behind the sender, which is told before.
            let told = Mailbox<Bool>()
            bench.store.onCommit { if !$0.revivedNotifications.isEmpty { told.append(true) } }
            _ = bench.store.commit(.resendNotification(id: 1, at: start))
            #expect(told.takeOne(timeoutMicroseconds: 10_000_000) == [true])
            bench.clock.advance(by: 10 * second)
            sender.poke()
            #expect(waitUntil { bench.count("sent") == 3 })
        }
        #expect(order.withLock { $0 } == ["id-1", "id-2", "id-1", "id-2", "id-3"])
    }

    @Test func `a message that waits for its next try is tried when somebody wants it, and keeps its tries`() throws {
        let bench = try Bench()
        let refuses = Mutex(true)
        let sender = bench.outbox(answers: { _ in refuses.withLock { $0 } ? answer(503, retryAfter: "3600") : answer(200) })
        for _ in 0..<2 { bench.queue(url) }
        try running(bench, sender) {
            #expect(waitUntil { attempts(bench) == 1 })
            refuses.withLock { $0 = false }
            // No time passes.
            guard case .done = bench.store.commit(.resendNotification(id: 1, at: start)) else { throw TestFailure("refused") }
            #expect(waitUntil { bench.statuses() == ["sent", "sent"] })
            #expect(try bench.number("SELECT attempts FROM notifications WHERE id = 1") == 2)
            guard case .conflict = bench.store.commit(.resendNotification(id: 1, at: start)) else { throw TestFailure("a sent one is sent again") }
        }
    }

    @Test func `three days alone make nothing dead: it is tried eight times at least`() throws {
        let bench = try Bench()
        let script = Script([answer(500)])
        bench.queue(url)
        bench.clock.advance(by: 4 * 86_400 * second)
        let sender = bench.outbox(answers: { script.take($0) })
        try running(bench, sender) {
            for attempt in 1...8 {
                #expect(waitUntil { attempts(bench) == Int64(attempt) && bench.statuses() == [attempt < 8 ? "pending" : "dead"] }, "\(attempt)")
                bench.clock.advance(by: 200 * second)
                sender.poke()
            }
        }
        #expect(script.count == 8)
    }

    // MARK: The heartbeat

    @Test func `a shorter pace of the heartbeat holds at once`() throws {
        let bench = try Bench()
        let asked = Mutex(0)
        let every = Mutex(86_400)
        let sender = bench.outbox(
            beats: {
                var settings = HeartbeatSettings()
                settings.url = "https://watch.example/ping"
                settings.every = every.withLock { $0 }
                return settings
            }, answers: { request in
                if request.method == "GET" { asked.withLock { $0 += 1 } }
                return answer(200)
            })
        try running(bench, sender) {
            #expect(waitUntil { asked.withLock { $0 } == 1 })
            every.withLock { $0 = 30 }
            for count in 2...3 {
                bench.clock.advance(by: 30 * second)
                if count == 2 { sender.poke() } else { bench.queue(url) }
                #expect(waitUntil { asked.withLock { $0 } >= count })
            }
        }
    }

    @Test func `the heartbeat is asked for at its pace while the server is well, and its failures are said once`() throws {
        let bench = try Bench()
        let isWell = Mutex(true)
        let asked = Mutex(0)
        let status = Mutex(200)
        var settings = HeartbeatSettings()
        settings.url = "https://watch.example/ping"
        settings.every = 30
        let sender = bench.outbox(heartbeat: settings, isHealthy: { isWell.withLock { $0 } }, answers: { request in
            #expect(request.method == "GET" && request.url == "https://watch.example/ping")
            asked.withLock { $0 += 1 }
            return answer(status.withLock { $0 })
        })
        var log = 0
        func next(_ expected: Int) -> Bool {
            bench.clock.advance(by: 30 * second)
            sender.poke()
            return waitUntil { asked.withLock { $0 } == expected }
        }
        try running(bench, sender) {
            #expect(waitUntil { asked.withLock { $0 } == 1 })
            #expect(next(2))
            status.withLock { $0 = 500 }
            #expect(next(3) && next(4) && next(5))
            log += bench.logged("is not heard")
            status.withLock { $0 = 200 }
            #expect(next(6) && next(7))
            log += bench.logged("is not heard")
            isWell.withLock { $0 = false }
            bench.clock.advance(by: 60 * second)
            sender.poke()
            bench.queue("https://other.example/", condition: "impossible")
            #expect(waitUntil { bench.count("dead") == 1 })
            #expect(asked.withLock { $0 } == 7)
            isWell.withLock { $0 = true }
            #expect(next(8))
        }
        #expect(log == 1)
        #expect(bench.statuses() == ["dead"], "it leaves no row")
    }
}
