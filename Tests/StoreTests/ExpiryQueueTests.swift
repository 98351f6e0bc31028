import Crypto
import Model
import SQLite
@testable import Store
import TestKit
import Testing

@Suite struct ExpiryQueueTests {
    @Test func `what waits ends in the order of time, whatever the order it came in`() throws {
        var random = SplitMix64(seed: fuzzSeed(standard: 0xE1))
        let bench = try Bench()
        var queue = try bench.store.read { try ExpiryQueue($0) }
        var model: [Int64] = []
        for approval in 0..<5000 {
            let expiry = Int64.random(in: 0..<1000, using: &random)
            queue.add(Int64(approval), expiry: expiry)
            model.append(expiry)
            if approval % 3 == 0 {
                let earliest = model.min()
                #expect(queue.earliest == earliest)
                let at = Int64.random(in: 0..<1000, using: &random)
                let taken = queue.next(at: at)
                #expect((taken != nil) == (earliest.map { $0 <= at } ?? false))
                if taken != nil, let index = earliest.flatMap(model.firstIndex) { model.remove(at: index) }
            }
        }
        for expiry in model.sorted() {
            #expect(queue.earliest == expiry)
            #expect(queue.next(at: expiry - 1) == nil)
            #expect(queue.next(at: expiry) != nil)
        }
        #expect(queue.earliest == nil)
    }

    @Test func `decided ones are passed over, a bounded number a time`() throws {
        let bench = try Bench()
        for index in 0..<10 { _ = try bench.call(at: start + Int64(index), .ask(timeoutMinutes: 1)) }
        #expect(bench.commit(.expire(at: start, limit: 100)) == "expired 0 next \(start + minute)")
        for id in 1...8 { #expect(bench.commit(decide(Int64(id), .deny, at: start + 20)) == "decided denied") }
        // Five are looked at: all of them are decided, and what comes next is due at once.
        #expect(bench.commit(.expire(at: start + 2 * minute, limit: 5)) == "expired 0 next \(start + minute + 5)")
        #expect(bench.commit(.expire(at: start + 2 * minute, limit: 5)) == "expired 2 next -")
        try bench.reopen()
        #expect(bench.commit(.expire(at: start + 2 * minute, limit: 5)) == "expired 0 next -")
    }

    @Test func `a transaction that fails leaves nothing out and nothing behind`() throws {
        let bench = try Bench()
        let key = Command.createKey(label: "ci", hash: sha256("key"), prefix: "sl_", at: start)
        _ = bench.commit(key)
        #expect(bench.commit(.expire(at: start, limit: 100)) == "expired 0 next -")
        _ = try bench.call(.ask(timeoutMinutes: 2))
        // One of the batch fails, so each is done alone: the expiry among them too.
        bench.whileWriterWaits {
            bench.store.submit(accept(bench.endpoint, .ask(timeoutMinutes: 1)))
            bench.store.submit(.expire(at: start + minute, limit: 100))
            bench.store.submit(key)
        }
        #expect(bench.commit(.expire(at: start + minute, limit: 100)) == "expired 0 next \(start + 2 * minute)")
        #expect(try bench.number("SELECT count(*) FROM approvals WHERE status = 'expired'") == 1)
        #expect(bench.commit(.expire(at: start + 2 * minute, limit: 100)) == "expired 1 next -")
        #expect(try bench.number("SELECT count(*) FROM pending_approvals") == 0)
    }
}
