import Model
import SQLite
@testable import Store
import TestKit
import Testing

/// The log of deliveries: what is found in it, what is refused, and what goes when there is no room.
@Suite struct DeliveryLogTests {
    private func take(_ bench: Bench, at: Int64 = start, event: String, sender: String?, change: (inout DeliveryFacts) -> Void = { _ in }) {
        guard case .accept(var call) = accept(bench.endpoint, at: at, sender: sender ?? "none") else { return }
        var facts = facts(sender)
        facts.event = event
        change(&facts)
        call.delivery = facts
        #expect(bench.store.commit(.accept(call)).acceptedCall != nil)
    }

    private func search(_ bench: Bench, limit: Int = 50, below: Int64? = nil, _ set: (inout DeliverySearch) -> Void) throws -> [Int64] {
        var wanted = DeliverySearch()
        set(&wanted)
        return try bench.store.deliveries(wanted, below: below, limit: limit).items.map(\.id)
    }

    @Test func aRepeatRaisesTheCounterOfItsFirstDelivery() throws {
        let bench = try Bench()
        _ = try bench.call(sender: "d-1")
        #expect(bench.commit(accept(bench.endpoint, at: start + 5, sender: "d-1")) == "seen 1")
        #expect(bench.commit(ignored(bench.endpoint, at: start + 1, sender: "i-1")) == "ignored 2")
        #expect(bench.commit(ignored(bench.endpoint, at: start + 9, sender: "i-1")) == "ignored again 2")
        // Whatever the filter says now, the first arrival counts.
        #expect(bench.commit(accept(bench.endpoint, at: start + 11, sender: "i-1")) == "ignored again 2")
        let rows = try bench.store.deliveries(limit: 10).items
        #expect(rows.map(\.id) == [2, 1])
        #expect(rows.map(\.seen) == [3, 2])
        #expect(rows.map(\.lastSeenAt) == [start + 11, start + 5])
        #expect(rows.map(\.verdict) == [.ignored, .accepted])
        let tally = bench.store.deliveryTally
        #expect((tally.accepted, tally.ignored, tally.repeated, tally.rejected) == (1, 1, 3, 0))
    }

    @Test func eachFilterFindsWhatFits() throws {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        take(bench, event: "push", sender: "s-1") { $0.matchedSecret = 2 }
        take(bench, at: start + 10, event: "issues", sender: "s-2") { $0.source = "stripe" }
        _ = bench.store.commit(ignored(bench.endpoint, at: start + 20, sender: "s-3"))
        _ = bench.store.commit(ignored(other, at: start + 30, sender: "s-4"))
        #expect(try search(bench) { _ in } == [4, 3, 2, 1])
        #expect(try search(bench) { $0.endpoint = "b" } == [4])
        #expect(try search(bench) { $0.endpoint = "nobody" } == [])
        #expect(try search(bench) { $0.event = "issues" } == [2])
        #expect(try search(bench) { $0.source = "stripe" } == [2])
        #expect(try search(bench) { $0.verdict = .ignored } == [4, 3])
        #expect(try search(bench) { $0.senderID = "s-1" } == [1])
        #expect(try search(bench) { $0.since = start + 10 } == [4, 3, 2])
        #expect(try search(bench) { $0.until = start + 10 } == [1])
        #expect(try search(bench) { ($0.since, $0.until) = (start + 10, start + 30) } == [3, 2])
        #expect(try search(bench) { ($0.verdict, $0.endpoint, $0.event) = (.ignored, "a", "push") } == [3])
        #expect(try bench.store.delivery(1)?.matchedSecret == 2)
    }

    @Test func aSearchEndsAfterSoManyRowsAndSaysWhereToGoOn() throws {
        let bench = try Bench()
        for index in 0..<30 { take(bench, event: index == 0 ? "rare" : "push", sender: "s-\(index)") }
        var wanted = DeliverySearch()
        wanted.event = "rare"
        var found: [Int64] = []
        var pages = 0
        var cursor: Int64?
        repeat {
            let page = try bench.store.deliveries(wanted, below: cursor, limit: 5, search: 10)
            found += page.items.map(\.id)
            cursor = page.next
            pages += 1
            // What comes in meanwhile moves nothing.
            take(bench, event: "rare", sender: "late-\(pages)")
        } while cursor != nil && pages < 20
        #expect(found == [1])
        #expect(pages == 3)
    }

    @Test func aRedeliveryIsALinkedDeliveryWithoutAnId() throws {
        let bench = try Bench()
        take(bench, event: "push", sender: "s-1")
        take(bench, event: "push", sender: nil) { $0.redeliveryOf = 1 }
        take(bench, event: "push", sender: nil) { $0.redeliveryOf = 1 }
        #expect(try bench.store.redeliveries(of: 1) == [2, 3])
        #expect(try bench.store.redeliveries(of: 2) == [])
        #expect(try bench.store.delivery(3)?.redeliveryOf == 1)
        #expect(try bench.store.delivery(3)?.senderID == nil)
    }

    @Test func headersAreKeptWithTheDelivery() throws {
        let bench = try Bench()
        let text = "Content-Type: application/json\n" + String(repeating: "x", count: 5000) + ": y\n"
        take(bench, event: "push", sender: "s-1") { $0.headers = text }
        #expect(try bench.store.headers(ofDelivery: 1) == text)
        #expect(try bench.store.headers(ofDelivery: 2) == nil)
    }

    @Test func deliveriesOfTheSchemaBeforeAreStillRead() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("sluice.db")
        do {
            let connection = try Connection(path: path, mode: .readWrite)
            for migration in Schema.migrations.prefix(2) { try connection.execute(migration) }
            try connection.execute(
                """
                PRAGMA user_version = 2;
                INSERT INTO endpoints (id, name, origin, revision, settings, created_at, updated_at) VALUES (1, 'a', 'file', 1, '{}', 1, 1);
                INSERT INTO bodies VALUES (1, x'6162');
                INSERT INTO deliveries VALUES (1, 1, 'old-1', 'push', 'github', 5, 'ignored', NULL, 1, '192.0.2.1', 'content-type: a/b
                ', 2, 6);
                """)
        }
        let store = try Store(path: path)
        defer { store.close() }
        let record = try #require(try store.delivery(1))
        #expect(record.senderID == "old-1" && record.seen == 2 && record.size == 2 && record.verdict == .ignored)
        #expect(record.matchedSecret == nil && record.redeliveryOf == nil && record.verifyMicroseconds == nil)
        #expect(try store.headers(ofDelivery: 1) == "content-type: a/b\n")
        #expect(store.commit(ignored(1, at: 9, sender: "old-1")).label == "ignored again 1")
    }

    // MARK: Refused attempts

    private func reject(_ bench: Bench, _ endpoint: Int64, _ count: Int) {
        let commands = (0..<count).map {
            Command.rejectDelivery(
                RejectDelivery(endpoint: endpoint, at: start + Int64($0), status: 401, reason: "no", peer: "192.0.2.1", senderID: "r-\($0)"))
        }
        _ = bench.store.commit(commands)
    }

    @Test func refusedAttemptsAreCappedForEachEndpointAlsoOverRestarts() throws {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        reject(bench, other, 3)
        reject(bench, bench.endpoint, 10_150)
        #expect(try bench.store.rejections(endpoint: "a", limit: 1).items.first?.senderID == "r-10149")
        func kept() throws -> Int64 { try bench.number("SELECT count(*) FROM rejected_deliveries WHERE endpoint_id = \(bench.endpoint)") }
        #expect(try kept() <= 10_100)
        // A few attempts a life, many lives: without a look at the start the record would grow with each of them.
        for _ in 0..<5 {
            try bench.reopen()
            reject(bench, bench.endpoint, 40)
            #expect(try kept() < 10_100)
        }
        #expect(try bench.store.rejections(endpoint: "b", limit: 10).items.count == 3)
        #expect(try bench.store.rejections(limit: 1).items.first?.reason == "no")
        #expect(try bench.store.rejection(1)?.endpoint == "b")
    }

    // MARK: Size

    private func shrink(_ bench: Bench, to limit: Int64, batch: Int = 50) throws -> Int {
        var turns = 0
        while case .changed(let count) = bench.store.commit(.shrink(limit: limit, batch: batch, at: start + 1_000_000)), count > 0, turns < 1000 {
            turns += 1
            #expect(count <= batch * 5, "a batch is small")
        }
        return turns
    }

    @Test func bodiesOfSettledCallsGoOldestFirstUntilItFits() throws {
        let bench = try Bench()
        let body = String(repeating: "b", count: 20_000)
        let open = try bench.call(.ask(timeoutMinutes: 60), sender: "open", body: body)
        let queued = try bench.call(sender: "queued", body: body)
        for index in 0..<200 {
            let call = try bench.call(sender: "s-\(index)", body: body)
            _ = bench.commit(.claim(run: call, at: start))
            _ = bench.commit(finish(call))
        }
        #expect(try shrink(bench, to: 1 << 40) == 0, "there is room")
        let limit: Int64 = 2 << 20
        #expect(try bench.store.usedBytes() > limit)
        #expect(try shrink(bench, to: limit) > 1)
        #expect(try bench.store.usedBytes() <= limit)
        // What is open keeps its body, and so do the newest.
        for call in [open, queued] { #expect(try bench.store.stdin(ofCall: call, limit: 1 << 20).count == 20_000) }
        #expect(try bench.store.delivery(202)?.size == 20_000)
        #expect(try bench.store.body(ofDelivery: 202)?.count == 20_000)
        #expect(try bench.store.delivery(3)?.size == nil)
        #expect(try bench.store.body(ofDelivery: 3) == nil)
        // The rows stay: a repeat is still known.
        #expect(try bench.number("SELECT count(*) FROM deliveries") == 202)
        #expect(bench.commit(accept(bench.endpoint, sender: "s-0", body: body)) == "seen 3")
        let kept = try bench.store.deliveries(limit: 500).items.filter { $0.size != nil }.map(\.id)
        #expect(kept == (0..<Int64(kept.count - 2)).map { 202 - $0 } + [2, 1], "the newest and the open ones: \(kept)")
    }

    @Test func withoutBodiesWholeRowsGoButNeverWhatIsOpen() throws {
        let bench = try Bench()
        let open = try bench.call(.ask(timeoutMinutes: 60), sender: "open", body: "x")
        for index in 0..<300 {
            take(bench, event: "push", sender: "s-\(index)") { $0.headers = "a: " + String(repeating: "h", count: 3000) + "\n" }
            let call = Int64(index + 2)
            _ = bench.commit(.claim(run: call, at: start))
            _ = bench.commit(finish(call))
        }
        _ = try shrink(bench, to: 700_000)
        #expect(try bench.store.usedBytes() <= 700_000)
        #expect(try bench.store.approval(open)?.status == .pending)
        #expect(try bench.number("SELECT count(*) FROM deliveries") < 301)
        #expect(try bench.number("SELECT count(*) FROM deliveries WHERE sender_id = 's-299'") == 1, "the newest stays")
        // Nothing more may go, however small the limit.
        _ = try shrink(bench, to: 1)
        #expect(try bench.store.approval(open)?.status == .pending)
        #expect(try bench.store.stdin(ofCall: open, limit: 10) == Array("x".utf8))
    }

    @Test func anApprovalSaysThatItsBodyIsGone() throws {
        let bench = try Bench()
        let first = try bench.call(.ask(timeoutMinutes: 60), sender: "s-1", body: String(repeating: "x", count: 9000))
        #expect(bench.commit(decide(first, .deny)) == "decided denied")
        _ = try bench.call(.ask(timeoutMinutes: 60), sender: "s-2", body: "y")
        #expect(try bench.store.approval(first)?.isBodyGone == false)
        _ = bench.store.commit(.shrink(limit: 1, batch: 50, at: start))
        let after = try #require(try bench.store.approval(first))
        #expect(after.isBodyGone && after.stdinSize == 0)
        #expect(try bench.store.approval(first + 1)?.isBodyGone == false)
    }
}
