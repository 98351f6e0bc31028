import Model
import Store
import TestKit
import Testing

@Suite struct OutboxTests {
    private let url = "https://example.com/outcome"
    private let ask = GateVerdict.ask(timeoutMinutes: 10)

    @Test func `each end of a call with a callback leaves a notification, in the transaction of its event`() throws {
        let bench = try Bench()
        _ = try bench.call(ask, callback: url)
        _ = try bench.call(ask, callback: url)
        _ = try bench.call(ask, callback: url)
        _ = try bench.call(.run, callback: url)
        _ = try bench.call(ask)
        #expect(try bench.store.dueNotifications(at: .max, limit: 99).isEmpty, "nothing has ended yet")
        _ = bench.store.commit([decide(1), decide(2, .deny), .expire(at: start + 10 * minute, limit: 9)])
        _ = bench.store.commit([.claim(run: 4, at: start), finish(4), .claim(run: 1, at: start)])
        _ = bench.commit(.interruptRunning(at: start, retry: []))
        let told = try bench.store.dueNotifications(at: .max, limit: 99).map { "\($0.call ?? 0) \($0.event?.kind ?? "-") \($0.event?.data ?? "-")" }
        #expect(
            Set(told) == [
                "1 approval_decided approved", "2 approval_decided denied", "3 approval_expired -", "4 run_finished succeeded",
                "1 run_interrupted -",
            ])
        #expect(told.count == 5)
    }

    @Test func `a command that changes nothing leaves no notification`() throws {
        let bench = try Bench()
        let id = try bench.call(ask, callback: url)
        _ = bench.store.commit([decide(id, .deny), decide(id, .deny), .cancelApproval(id: id, by: "", at: start)])
        #expect(try bench.number("SELECT count(*) FROM notifications") == 1)
    }

    @Test func `a notification is settled once, and a retry comes back when it said`() throws {
        let bench = try Bench()
        let id = try bench.call(ask, callback: url)
        _ = bench.commit(decide(id, .deny))
        let row = try #require(try bench.store.dueNotifications(at: start, limit: 9).first)
        #expect(row.destination == url && row.attempts == 0 && row.createdAt == start)
        func settle(_ result: SettleNotification.Result) -> String {
            bench.commit(.settleNotification(SettleNotification(id: row.id, result: result, answer: "503", at: start)))
        }
        #expect(settle(.retry(at: start + minute)) == "changed 1")
        #expect(try bench.store.dueNotifications(at: start + minute - 1, limit: 9).isEmpty)
        #expect(try bench.store.nextNotificationAt(after: start) == start + minute)
        #expect(try bench.store.dueNotifications(at: start + minute, limit: 9).map(\.attempts) == [1])
        #expect(settle(.sent) == "changed 1")
        #expect(settle(.retry(at: 0)) == "changed 0")
        #expect(settle(.dead) == "changed 0")
        #expect(try bench.store.dueNotifications(at: .max, limit: 9).isEmpty)
        #expect(try bench.store.nextNotificationAt(after: 0) == nil)
        #expect(try bench.store.read { try $0.text("SELECT status FROM notifications") } == "sent")
    }
}

@Suite struct PruneTests {
    private let ask = GateVerdict.ask(timeoutMinutes: 10)
    private let day: Int64 = 86_400_000_000
    private func prune(_ bench: Bench, at: Int64, batch: Int = 500) -> String {
        bench.commit(.prune(Retention(microseconds: 30 * day, batch: batch), at: at))
    }

    /// One call for each way to be open or ended, all asked for at `start`.
    private func history() throws -> Bench {
        let bench = try Bench()
        _ = try bench.call(.ask(timeoutMinutes: 525_600))  // 1 pending
        _ = try bench.call(.run)  // 2 queued
        _ = try bench.call(.run)  // 3 running
        _ = try bench.call(.run, sender: "d4", body: "four")  // 4 finished
        _ = try bench.call(ask)  // 5 denied
        _ = try bench.call(ask)  // 6 expired
        _ = try bench.call(.run, callback: "http://x/")  // 7 finished, still to be told
        _ = try bench.call(.run)  // 8 cancelled
        _ = bench.store.commit([.claim(run: 3, at: start), .claim(run: 4, at: start), finish(4, output: "out"), decide(5, .deny)])
        _ = bench.store.commit([.expire(at: start + 10 * minute, limit: 9), .claim(run: 7, at: start), finish(7)])
        _ = bench.commit(.cancelRun(id: 8, at: start))
        return bench
    }

    private func calls(_ bench: Bench) throws -> [Int64] {
        try bench.store.read { try $0.prepare("SELECT id FROM calls ORDER BY id").map { $0.integer(0) } }
    }

    @Test func `what is open or still to be told stays, what ended long ago goes with all that belongs to it`() throws {
        let bench = try history()
        _ = try bench.call(at: start + 60 * day)  // 9
        #expect(prune(bench, at: start + 30 * day) == "changed 0", "nothing is older than the retention")
        #expect(prune(bench, at: start + 61 * day).hasPrefix("changed"))
        #expect(try calls(bench) == [1, 2, 3, 7, 9])
        #expect(try bench.number("SELECT count(*) FROM run_outputs") == 0)
        #expect(try bench.number("SELECT count(*) FROM bodies WHERE id NOT IN (SELECT max(id) FROM bodies)") == 0)
        #expect(try bench.store.read { try $0.integer("SELECT count(*) FROM pragma_foreign_key_check") } == 0)
        #expect(bench.commit(decide(1)) == "decided approved")
        #expect(bench.commit(finish(3)) == "done")
    }

    @Test func `a notification that waits can still be told after its event has grown old`() throws {
        let bench = try history()
        _ = try bench.call(at: start + 60 * day)
        _ = prune(bench, at: start + 61 * day)
        #expect(try bench.store.dueNotifications(at: .max, limit: 9).map(\.call) == [7])
    }

    @Test func `a call counts as old from its end, not from its beginning`() throws {
        let bench = try Bench()
        let id = try bench.call(.ask(timeoutMinutes: 100_000))
        let decided = start + 40 * day
        _ = bench.store.commit([decide(id, at: decided), .claim(run: id, at: decided), finish(id, at: decided + day)])
        let denied = try bench.call(.ask(timeoutMinutes: 100_000))
        _ = bench.commit(decide(denied, .deny, at: decided))
        _ = try bench.call(at: decided)
        _ = prune(bench, at: decided + day)
        #expect(try calls(bench) == [1, 2, 3])
        _ = prune(bench, at: decided + 31 * day + 1)
        #expect(try bench.store.approval(denied) == nil)
        #expect(try bench.store.run(id) == nil)
    }

    @Test func `numbers are never used again, even after everything was pruned`() throws {
        let bench = try Bench()
        for index in 0..<5 {
            let id = try bench.call(sender: "d\(index)", body: "body", callback: "http://x/")
            _ = bench.store.commit([.claim(run: id, at: start), finish(id)])
        }
        // The newest call, which stays, has no notification that would keep the numbers of notifications going.
        _ = bench.commit(.cancelRun(id: try bench.call(), at: start))
        let events = try bench.number("SELECT max(id) FROM events")
        let notifications = try bench.store.dueNotifications(at: .max, limit: 99).map(\.id)
        for id in notifications {
            _ = bench.commit(.settleNotification(SettleNotification(id: id, result: .sent, answer: "", at: start)))
        }
        for _ in 0..<3 { _ = prune(bench, at: start + 99 * day) }
        #expect(try bench.number("SELECT count(*) FROM calls") <= 1)
        try bench.reopen()
        let next = try bench.call(at: start + 99 * day, sender: "d0", body: "x", callback: "http://x/")
        #expect(next == 7, "neither a number nor a delivery id of the past stands in the way")
        #expect(try bench.store.deliveries(limit: 9).items.first?.id == 6)
        #expect(try bench.number("SELECT max(id) FROM events") > events)
        _ = bench.store.commit([.claim(run: next, at: start), finish(next, at: start + 99 * day)])
        let told = try bench.store.dueNotifications(at: .max, limit: 9).map(\.id)
        #expect(told.count == 1 && Set(told).isDisjoint(with: notifications))
    }

    @Test func `a prune takes no more than its batch`() throws {
        let bench = try Bench()
        for _ in 0..<25 { _ = try bench.call() }
        _ = bench.store.commit((1...25).map { .cancelRun(id: $0, at: start) })
        // Calls, and events of as many.
        #expect(prune(bench, at: start + 31 * day, batch: 10) == "changed 20")
        #expect(try calls(bench) == Array(11...25))
        #expect(prune(bench, at: start + 31 * day, batch: 10) == "changed 20")
        #expect(prune(bench, at: start + 31 * day, batch: 10) == "changed 14")
        #expect(try calls(bench) == [25])
    }

    @Test func `events count as work that is left, when nothing else is due`() throws {
        let bench = try Bench()
        for _ in 0..<25 { _ = bench.commit(.pauseSchedule(ScheduleReference(endpoint: 1, name: ""), paused: true, reason: nil, at: start)) }
        #expect(prune(bench, at: start + 31 * day, batch: 10) == "changed 10")
        #expect(prune(bench, at: start + 31 * day, batch: 10) == "changed 10")
        #expect(prune(bench, at: start + 31 * day, batch: 10) == "changed 5")
    }

    @Test func `a stored command goes with the last call that used it, and is stored again for the next`() throws {
        let bench = try Bench()
        for _ in 0..<300 { _ = bench.commit(.cancelRun(id: try bench.call(), at: start)) }
        #expect(try bench.number("SELECT count(*) FROM specs") == 3, "300 calls in stretches of 128")
        // The newest, and one that waits in the middle, keep theirs.
        let waiting = try bench.call(.ask(timeoutMinutes: 525_600))
        for _ in 0..<200 { _ = bench.commit(.cancelRun(id: try bench.call(), at: start)) }
        for _ in 0..<3 { _ = prune(bench, at: start + 31 * day) }
        #expect(try calls(bench) == [waiting, 501])
        #expect(try bench.number("SELECT count(*) FROM specs") == 2)
        #expect(try bench.store.approval(waiting)?.spec.argv == ["true"])
        let next = try bench.call(at: start + 31 * day)
        #expect(try bench.store.frozenCall(next)?.spec.argv == ["true"])
        #expect(try bench.number("SELECT count(*) FROM calls WHERE spec_id NOT IN (SELECT id FROM specs)") == 0)
    }

    @Test func `refused attempts go with their time, and a flood of them at one endpoint is trimmed`() throws {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        func reject(_ endpoint: Int64, _ count: Int) {
            let refused = Command.rejectDelivery(
                RejectDelivery(endpoint: endpoint, at: start, status: 401, reason: "no", peer: "p", senderID: nil))
            _ = bench.store.commit([Command](repeating: refused, count: count))
        }
        // Never at a number that a hundred divides: two endpoints take turns.
        for _ in 0..<110 {
            reject(other, 1)
            reject(1, 98)
            reject(other, 1)
        }
        #expect(try bench.number("SELECT count(*) FROM rejected_deliveries WHERE endpoint_id = 1") < 10_100)
        #expect(try bench.number("SELECT count(*) FROM rejected_deliveries WHERE endpoint_id = \(other)") == 220)
        _ = prune(bench, at: start + 31 * day, batch: 50_000)
        #expect(try bench.number("SELECT count(*) FROM rejected_deliveries") == 1)
    }

    @Test func `a delivery that comes again after its call is gone is a new one`() throws {
        let bench = try Bench()
        let id = try bench.call(ask, sender: "d")
        _ = bench.commit(decide(id, .deny))
        _ = try bench.call(at: start + 40 * day)
        // Seen again lately, so that the delivery stays when its call goes.
        #expect(bench.commit(accept(1, at: start + 20 * day, ask, sender: "d")) == "seen 1")
        _ = prune(bench, at: start + 40 * day)
        #expect(try calls(bench) == [2])
        #expect(try bench.store.delivery(1)?.call == nil)
        #expect(bench.commit(accept(1, at: start + 40 * day, ask, sender: "d")) == "accepted 3")
        #expect(bench.commit(accept(1, at: start + 40 * day, ask, sender: "d")) == "seen 3")
    }
}
