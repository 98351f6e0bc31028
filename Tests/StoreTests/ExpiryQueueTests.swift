import Crypto
import Model
import SQLite
@testable import Store
import TestKit
import Testing

@Suite struct ExpiryQueueTests {
    /// Many close together, some far apart, some with a shorter time than those before.
    @Test(arguments: [1, 7, 500]) func `what waits ends on time, whatever the order it came in`(limit: Int) throws {
        var random = SplitMix64(seed: fuzzSeed(standard: 0xE1))
        let bench = try Bench()
        var model: [Int64: Int64] = [:]
        var now = start
        var ended = 0
        for _ in 0..<60 {
            var commands: [Command] = []
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                let minutes = Int.random(in: 0..<5, using: &random) == 0 ? 1 : 3
                commands.append(accept(bench.endpoint, at: now, .ask(timeoutMinutes: minutes)))
                now += Int64.random(in: 0..<300_000, using: &random)
            }
            for outcome in bench.store.commit(commands) {
                let id = try #require(outcome.acceptedCall)
                model[id] = try bench.number("SELECT expires_at FROM approvals WHERE id = \(id)")
            }
            for id in model.keys.sorted() where Int.random(in: 0..<10, using: &random) == 0 && model[id] ?? 0 > now {
                #expect(bench.commit(decide(id, .deny, at: now)) == "decided denied")
                model[id] = nil
            }
            if Int.random(in: 0..<10, using: &random) == 0 { try bench.reopen() }
            now += Int64.random(in: 0..<20_000_000, using: &random)
            var next: Int64?
            repeat {
                guard case .expired(let count, let following) = bench.store.commit(.expire(at: now, limit: limit)) else {
                    Issue.record("cannot expire")
                    return
                }
                #expect(count <= limit)
                ended += count
                next = following
            } while next.map { $0 <= now } == true
            model = model.filter { $0.value > now }
            #expect(try bench.number("SELECT count(*) FROM pending_approvals") == Int64(model.count))
            // With few steps it may be too early, never too late.
            if limit == 500 { #expect(next == model.values.min()) } else { #expect((next ?? .max) <= model.values.min() ?? .max) }
        }
        #expect(ended > 100)
    }

    @Test func `a flood takes little memory`() throws {
        let bench = try Bench()
        var queue = try bench.store.read { try ExpiryQueue($0) }
        for id in 0..<100_000 { queue.add(Int64(id), expiry: start + Int64(id) * 25) }
        var stretches = 0
        var ids: Int64 = 0
        while let stretch = queue.next(at: .max) {
            stretches += 1
            ids += stretch.last - stretch.first + 1
            #expect(stretch.expiry == start + stretch.first * 25)
        }
        #expect(stretches == 100)
        #expect(ids == 100_000)
    }

    @Test func `decided ones are passed over, a bounded number a time`() throws {
        let bench = try Bench()
        for index in 0..<10 { _ = try bench.call(at: start + Int64(index) * minute, .ask(timeoutMinutes: 1)) }
        #expect(bench.commit(.expire(at: start, limit: 100)) == "expired 0 next \(start + minute)")
        for id in 1...8 { #expect(bench.commit(decide(Int64(id), .deny, at: start + 20)) == "decided denied") }
        // Five entries are looked at, and what comes next is due at once.
        #expect(bench.commit(.expire(at: start + 20 * minute, limit: 5)) == "expired 0 next \(start + 6 * minute)")
        #expect(bench.commit(.expire(at: start + 20 * minute, limit: 5)) == "expired 2 next -")
        try bench.reopen()
        #expect(bench.commit(.expire(at: start + 20 * minute, limit: 5)) == "expired 0 next -")
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
