import Crypto
import Foundation
import Synchronization
import Posix
import Model
import SQLite
@testable import Store
import TestKit
import Testing

/// Where a delivery id is found again: in memory, on its way to the table, in the table, or behind a restart.
@Suite struct DeliveryIdTests {
    private func moved(_ bench: Bench) -> Int64 { (try? bench.number("SELECT count(*) FROM delivery_hashes")) ?? 0 }

    @Test(arguments: [1, 7, 100, 10_000]) func `an id is known for ever, wherever it is held`(_ idsInMemory: Int) throws {
        let bench = try Bench(idsInMemory: idsInMemory)
        let commands = (1...250).map { accept(bench.endpoint, sender: "d\($0)") }
        for piece in 0..<25 { _ = bench.store.commit(Array(commands[piece * 10..<piece * 10 + 10])) }
        let seen = (1...250).map { "seen \($0)" }
        #expect(bench.store.commit(commands).map(\.label) == seen)
        if idsInMemory <= 100 { #expect(waitUntil { moved(bench) >= 100 }) }
        #expect(bench.store.commit(commands).map(\.label) == seen)
        for _ in 0..<3 {
            try bench.reopen()
            #expect(bench.store.commit(commands).map(\.label) == seen)
        }
        #expect(try bench.number("SELECT count(*) FROM calls") == 250)
    }

    @Test func `an id at another endpoint is another id after the move too`() throws {
        let bench = try Bench(idsInMemory: 1)
        let other = try #require(bench.store.commit(put("b")).endpointID)
        #expect(bench.commit(accept(bench.endpoint, sender: "d")) == "accepted 1")
        #expect(waitUntil { moved(bench) == 1 })
        #expect(bench.commit(accept(other, sender: "d")) == "accepted 2")
        #expect(bench.commit(accept(bench.endpoint, sender: "d")) == "seen 1")
        #expect(bench.commit(accept(other, sender: "d")) == "seen 2")
    }

    @Test func `a pruned delivery's id is new again, and then known again`() throws {
        let bench = try Bench(idsInMemory: 1)
        let month: Int64 = 30 * 86_400_000_000
        _ = bench.store.commit([
            accept(bench.endpoint, sender: "old"), .cancelRun(id: 1, at: start), accept(bench.endpoint, at: start + 2 * month, sender: "x"),
        ])
        #expect(waitUntil { moved(bench) == 2 })
        _ = bench.commit(.prune(Retention(microseconds: month), at: start + 2 * month))
        #expect(bench.commit(accept(bench.endpoint, at: start + 2 * month, sender: "old")) == "accepted 3")
        #expect(bench.commit(accept(bench.endpoint, at: start + 2 * month, sender: "old")) == "seen 3")
        #expect(waitUntil { moved(bench) == 2 })
        try bench.reopen()
        #expect(bench.commit(accept(bench.endpoint, at: start + 2 * month, sender: "old")) == "seen 3")
    }

    @Test func `deliveries that go before their ids are moved leave nothing in the table`() throws {
        let bench = try Bench(idsInMemory: 5)
        let month: Int64 = 30 * 86_400_000_000
        for index in 1...3 { _ = bench.store.commit(ignored(bench.endpoint, sender: "old \(index)")) }
        _ = bench.store.commit(ignored(bench.endpoint, at: start + 2 * month, sender: "new"))
        #expect(bench.commit(.prune(Retention(microseconds: month), at: start + 2 * month)) == "changed 3")
        for index in 1...8 { _ = bench.store.commit(ignored(bench.endpoint, at: start + 2 * month, sender: "later \(index)")) }
        #expect(waitUntil { moved(bench) >= 2 })
        let gone = "SELECT count(*) FROM delivery_hashes WHERE delivery_id NOT IN (SELECT id FROM deliveries)"
        #expect(waitUntil { (try? bench.number("SELECT value FROM meta WHERE key = '\(DeliveryIndex.markKey)'")) ?? 0 > 4 })
        #expect(try bench.number(gone) == 0)
        #expect(bench.commit(ignored(bench.endpoint, at: start + 2 * month, sender: "old 1")) == "ignored 13")
        #expect(bench.commit(ignored(bench.endpoint, at: start + 2 * month, sender: "new")) == "ignored again 4")
    }

    @Test func `an id whose transaction was rolled back is not known, in memory or the mark of what was moved`() throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Schema.migrate(connection)
        let index = try DeliveryIndex(connection, generation: 2)
        func key(_ sender: String) -> DeliveryIndex.Key { DeliveryIndex.Key(1, sender) }
        index.add(key("a"), delivery: 1)
        #expect(index.committed() == nil)
        index.add(key("b"), delivery: 2)
        index.add(key("c"), delivery: 3)
        index.rolledBack()
        #expect(try index.find(key("a"), 1, "a") == 1)
        #expect(try index.find(key("b"), 1, "b") == nil)
        // Number 2 is given again, to another id.
        index.add(key("d"), delivery: 2)
        #expect(index.committed() == .init(ids: [key("a"): 1, key("d"): 2], through: 2))
        // While that moves, a further generation fills; a transaction after it fails; then the first move ends.
        index.add(key("e"), delivery: 3)
        index.add(key("f"), delivery: 4)
        #expect(index.committed() == nil)
        index.add(key("g"), delivery: 5)
        index.rolledBack()
        index.finished()
        #expect(index.committed() == .init(ids: [key("e"): 3, key("f"): 4], through: 4), "5 belongs to a delivery that is still to come")
    }

    @Test func `a delivery whose going was rolled back is still moved, one that went is not`() throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Schema.migrate(connection)
        let index = try DeliveryIndex(connection, generation: 3)
        for id in 1...3 { index.add(DeliveryIndex.Key(1, "d\(id)"), delivery: Int64(id)) }
        let move = try #require(index.committed())
        try index.remove(1, "d1", delivery: 1)
        #expect(index.committed() == nil)
        try index.remove(1, "d2", delivery: 2)
        try index.remove(1, "d1", delivery: 1)
        index.rolledBack()
        try index.insert(move.entries)
        #expect(try connection.prepare("SELECT delivery_id FROM delivery_hashes ORDER BY 1").map { $0.integer(0) } == [2, 3])
    }

    /// Half of the key stands in the table, so two ids could share it.
    @Test func `two ids with one hash are two ids`() throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Schema.migrate(connection)
        try addDeliveries(1...2, to: connection)
        try DeliveryIndex.catchUp(connection, ordinary: 0)
        let index = try DeliveryIndex(connection, generation: 2)
        let (first, second) = (DeliveryIndex.Key(1, "d1"), DeliveryIndex.Key(1, "d2"))
        // Of a delivery that is not there, which hides nobody.
        try index.insert([DeliveryHash(hash: first.first, delivery: 3)])
        try index.insert([DeliveryHash(hash: first.first, delivery: 2), DeliveryHash(hash: second.first, delivery: 1)])
        #expect(try connection.integer("SELECT count(*) FROM delivery_hashes") == 5)
        #expect(try index.find(first, 1, "d1") == 1)
        #expect(try index.find(second, 1, "d2") == 2)
    }

    /// As after an upgrade, whose table is empty.
    @Test(arguments: [1, 3, 10, 100]) func `deliveries behind the mark are moved in stretches at a start`(stretch: Int) throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Schema.migrate(connection)
        try addDeliveries(1...20, to: connection)
        for _ in 0..<2 {
            try DeliveryIndex.catchUp(connection, ordinary: 19, stretch: stretch)
            let index = try DeliveryIndex(connection, generation: 1000)
            #expect(try connection.integer("SELECT count(*) FROM delivery_hashes") == 20)
            for id in 1...20 { #expect(try index.find(DeliveryIndex.Key(1, "d\(id)"), 1, "d\(id)") == Int64(id)) }
            #expect(try index.find(DeliveryIndex.Key(2, "d1"), 2, "d1") == nil)
        }
    }

    @Test func `ids of an older database are known behind the upgrade`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("sluice.db")
        try makeOlderDatabase(path)
        let store = try Store(path: path)
        defer { store.close() }
        for id in 1...3 { #expect(store.commit(ignored(1, sender: "d\(id)")).label == "ignored again \(id)") }
        #expect(store.commit(ignored(1, sender: "d4")).label == "ignored 4")
        #expect(try store.pendingApprovals() == 2)
        #expect(store.commit(.expire(at: start + 6, limit: 10)).label == "expired 0 next \(start + 7)")
        #expect(store.commit(.expire(at: start + 8, limit: 10)).label == "expired 1 next \(start + 9)")
    }

    @Test func `commands that fail in the middle of a batch leave no id behind`() throws {
        let bench = try Bench(idsInMemory: 3)
        let key = Command.createKey(label: "ci", hash: sha256("key"), prefix: "sl_", at: start)
        _ = bench.commit(key)
        for round in 0..<20 {
            bench.whileWriterWaits {
                for index in 0..<6 { bench.store.submit(index == 4 ? key : accept(bench.endpoint, sender: "d\(round) \(index)")) }
            }
        }
        try bench.reopen()
        for round in 0..<20 {
            for index in 0..<6 {
                let label = bench.commit(accept(bench.endpoint, sender: "d\(round) \(index)"))
                #expect(label.hasPrefix(index == 4 ? "accepted" : "seen"), "\(round) \(index): \(label)")
            }
        }
    }

    private func ids(_ count: Int64) -> [DeliveryIndex.Key: Int64] {
        Dictionary(uniqueKeysWithValues: (1...count).map { (DeliveryIndex.Key(1, "d\($0)"), $0) })
    }

    @Test(arguments: [0, 1, 2]) func `a move of which a part fails is done again until all of it is done`(failing: Int) throws {
        let folder = try TemporaryDirectory()
        let commands = Mailbox<String>()
        let count = Mutex(0)
        // Two parts and the end: one of them fails, twice.
        let upkeep = Upkeep(path: folder.file("none.db"), pause: 1000) { command in
            let (label, step) =
                switch command {
                case .moveDeliveryIDs(let entries): ("part of \(entries.count)", entries.count == 256 ? 0 : 1)
                default: ("end", 2)
                }
            commands.append(label)
            let fails = step == failing && count.withLock { count in
                count += 1
                return count <= 2
            }
            return fails ? .unavailable("full") : .done
        }
        try upkeep.start()
        defer { upkeep.stop() }
        upkeep.move(.init(ids: ids(300), through: 300))
        let once = ["part of 256", "part of 44", "end"]
        let expected = Array(once.prefix(failing + 1)) + Array(once.prefix(failing + 1)) + once
        var seen: [String] = []
        while seen.count < expected.count, let more = commands.takeAll(timeoutMicroseconds: 10_000_000), !more.isEmpty { seen += more }
        #expect(seen == expected)
    }

    @Test func `a filter waits for a connection that fails at first`() throws {
        let bench = try Bench()
        let folder = try TemporaryDirectory()
        let done = Mailbox<Bool>()
        let upkeep = Upkeep(path: folder.file("later/sluice.db"), pause: 1000) { command in
            if case .installFilter = command { done.append(true) }
            return .done
        }
        try upkeep.start()
        defer { upkeep.stop() }
        upkeep.buildFilter()
        #expect(done.takeAll(timeoutMicroseconds: 20_000) == [], "nothing can be opened there")
        try FileManager.default.createSymbolicLink(atPath: folder.file("later"), withDestinationPath: bench.folder.path)
        #expect(done.takeAll(timeoutMicroseconds: 10_000_000) == [true])
    }

    @Test func `a move that cannot be done does not keep the store from closing`() throws {
        let folder = try TemporaryDirectory()
        let tried = Mailbox<Bool>()
        let upkeep = Upkeep(path: folder.file("none.db"), pause: 60_000_000) { _ in
            tried.append(true)
            return .unavailable("full")
        }
        try upkeep.start()
        upkeep.move(.init(ids: ids(1), through: 1))
        _ = tried.takeOne()
        upkeep.stop()
        #expect(tried.takeAll(timeoutMicroseconds: 0) == [])
    }

    @Test func `a filter never misses an id that it holds`() {
        let seed = fuzzSeed(standard: 0xB100)
        var generator = SplitMix64(seed: seed)
        var filter = DeliveryFilter(capacity: 1000)
        let keys = (0..<20_000).map { _ in Int64(truncatingIfNeeded: generator.next()) }
        for key in keys { filter.insert(key) }
        #expect(keys.allSatisfy { filter.mayContain($0) })
        let others = (0..<20_000).filter { _ in filter.mayContain(Int64(truncatingIfNeeded: generator.next())) }
        #expect(others.count < 1000, "the filter answers maybe for nearly everything")
    }

    /// One delivery, remembered in memory only; a clean-up and a repeat share a transaction for which the disk has no room.
    @Test func `an id that a rolled back transaction gave to another delivery is the first one's again`() throws {
        let folder = try TemporaryDirectory()
        let connection = try Connection(path: folder.file("x.db"), mode: .readWrite)
        try Store.configure(connection)
        try Schema.migrate(connection)
        let writer = try Writer(connection: connection, idsInMemory: 32_768)
        let endpoint = try #require(writer.commit([put("a")])[0].endpointID)
        _ = writer.commit([accept(endpoint, sender: "d1"), .cancelRun(id: 1, at: start), accept(endpoint, at: start + 100, sender: "x")])
        #expect(writer.commit([accept(endpoint, sender: "d1")])[0].label == "seen 1")
        let pages = try connection.integer("PRAGMA page_count") ?? 0
        try connection.execute("PRAGMA max_page_count = \(pages)")
        let lost = writer.commit([
            .prune(Retention(microseconds: 50), at: start + 100), accept(endpoint, at: start + 100, sender: "d1"),
            .setMeta(key: "fat", value: String(repeating: "x", count: 200_000)),
        ])
        #expect(lost.map(\.label) == ["unavailable", "unavailable", "unavailable"])
        try connection.execute("PRAGMA max_page_count = 1000000")
        // Nothing happened: delivery 1 and call 1 are still there.
        #expect(try connection.integer("SELECT count(*) FROM deliveries d JOIN calls c ON c.id = d.call_id WHERE d.sender_id = 'd1'") == 1)
        #expect(writer.commit([accept(endpoint, at: start + 101, sender: "d1")])[0].label == "seen 1")
    }
}
