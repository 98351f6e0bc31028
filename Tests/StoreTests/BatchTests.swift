import Crypto
import Model
import Posix
import SQLite
import Store
import TestKit
import Testing

@Suite struct BatchTests {
    @Test func `commands that wait for the writer share one sync`() throws {
        let bench = try Bench()
        let before = bench.store.counters
        let answers = Mailbox<String>()
        bench.whileWriterWaits {
            for _ in 0..<500 { bench.store.submit(accept(bench.endpoint)) { answers.append($0.label) } }
        }
        _ = bench.commit(.setMeta(key: "end", value: ""))
        let after = bench.store.counters
        // The store may do some upkeep of its own meanwhile.
        #expect((502...504).contains(after.commands - before.commands))
        #expect(after.syncs - before.syncs <= 5, "500 accepted calls in \(after.syncs - before.syncs) transactions")
        #expect(answers.takeAll() == (1...500).map { "accepted \($0)" })
    }

    @Test func `bytes that wait are counted until they are written`() throws {
        let bench = try Bench()
        let body = String(repeating: "x", count: 100_000)
        let seen = Mailbox<Int>()
        bench.whileWriterWaits {
            for _ in 0..<20 { bench.store.submit(accept(bench.endpoint, body: body)) { [store = bench.store] _ in seen.append(store.pendingBytes) } }
            #expect(bench.store.pendingBytes >= 2_000_000)
        }
        _ = bench.commit(.setMeta(key: "end", value: ""))
        #expect(try #require(seen.takeAll()).allSatisfy { $0 >= 100_000 }, "a batch counts while it is being written")
        #expect(waitUntil { bench.store.pendingBytes == 0 })
        #expect(try bench.store.stdin(ofCall: 1, limit: 10) == Array("xxxxxxxxxx".utf8))
        #expect(try bench.store.stdin(ofCall: 999, limit: 10).isEmpty)
    }

    @Test func `many threads get one outcome for each command, and far fewer syncs than commands`() throws {
        let bench = try Bench()
        let labels = inParallel(32) { [store = bench.store, endpoint = bench.endpoint] _ in
            (0..<30).map { _ in store.commit(accept(endpoint)).label }
        }.flatMap(\.self)
        #expect(Set(labels) == Set((1...960).map { "accepted \($0)" }))
        #expect(bench.store.counters.syncs < 600)
    }

    @Test func `a command that fails by an error of its own spoils no other in its transaction`() throws {
        let bench = try Bench()
        // A key's hash is there once; again, the schema refuses it by an error, not by a conflict.
        let key = Command.createKey(label: "ci", hash: sha256("key"), prefix: "sl_", at: start)
        _ = bench.commit(key)
        let answers = Mailbox<String>()
        bench.whileWriterWaits {
            for index in 0..<40 {
                bench.store.submit(index % 10 == 3 ? key : accept(bench.endpoint, sender: "d\(index)")) { answers.append($0.label) }
            }
        }
        _ = bench.commit(.setMeta(key: "end", value: ""))
        let labels = try #require(answers.takeAll())
        for (index, label) in labels.enumerated() { #expect((label == "unavailable") == (index % 10 == 3), "\(index): \(label)") }
        let accepted = labels.filter { $0.hasPrefix("accepted") }
        #expect(accepted == (1...36).map { "accepted \($0)" }, "a failed command leaves no gap and no half of a call")
        #expect(try bench.number("SELECT count(*) FROM calls") == 36)
        #expect(try bench.number("SELECT count(*) FROM runs") == 36)
        #expect(try bench.number("SELECT count(*) FROM deliveries") == 36)
        #expect(try bench.number("SELECT count(*) FROM events WHERE kind = 'run_queued'") == 36)
    }

    /// A store that keeps anything of a transaction on the writer's stack, such as one more frame around a closure, overflows it here.
    @Test func `20,000 transactions of one command leave the writer's stack as it was`() throws {
        let bench = try Bench()
        let store = bench.store
        let before = store.counters.syncs
        let ended = Mailbox<Bool>()
        // Each is submitted when the one before is committed, so that none shares a transaction.
        @Sendable func next(_ left: Int) {
            guard left > 0 else { return ended.close() }
            store.submit(.setMeta(key: "n", value: "")) { _ in next(left - 1) }
        }
        next(20_000)
        _ = ended.takeAll(timeoutMicroseconds: 60_000_000)
        #expect(store.counters.syncs - before >= 19_999)
    }

    @Test func `a transaction that was rolled back rings for nothing`() throws {
        let bench = try Bench()
        let rung = Mailbox<Int64>()
        bench.store.onCommit { notice in for run in notice.queuedRuns { rung.append(run.id) } }
        let key = Command.createKey(label: "ci", hash: sha256("key"), prefix: "sl_", at: start)
        _ = bench.commit(key)
        bench.whileWriterWaits {
            for command in [accept(bench.endpoint), key] { bench.store.submit(command) }
        }
        bench.store.close()
        #expect(rung.takeAll(timeoutMicroseconds: 0) == [1])
    }

    @Test func `the same key twice is refused and the store goes on`() throws {
        let bench = try Bench()
        let hash = sha256("key")
        let key = Command.createKey(label: "ci", hash: hash, prefix: "sl_", at: start)
        #expect(bench.store.commit([key, key, accept(bench.endpoint)]).map(\.label) == ["created 1", "unavailable", "accepted 1"])
        #expect(try bench.store.apiKeys().map(\.hash) == [hash])
    }

    @Test func `outcomes come back in the order of the commands`() throws {
        let bench = try Bench()
        let commands: [Command] = [
            accept(bench.endpoint, sender: "x"), accept(bench.endpoint, sender: "x"), .claim(run: 1, at: start), .claim(run: 2, at: start),
            decide(1), put("b"),
        ]
        #expect(
            bench.store.commit(commands).map(\.label) == ["accepted 1", "seen 1", "done", "not found", "not found", "endpoint 2 revision 1"])
    }

    @Test func `a reader sees one moment while the writer goes on`() throws {
        let bench = try Bench()
        _ = try bench.call()
        try bench.store.read { connection in
            let before = try connection.integer("SELECT count(*) FROM calls")
            for _ in 0..<20 { _ = try bench.call() }
            #expect(try connection.integer("SELECT count(*) FROM calls") == before)
        }
        #expect(try bench.number("SELECT count(*) FROM calls") == 21)
    }

    @Test func `readers on many threads and a writer do not disturb each other`() throws {
        let bench = try Bench()
        let store = bench.store
        let endpoint = bench.endpoint
        let failures = inParallel(12) { index -> String? in
            do {
                for _ in 0..<40 {
                    if index < 3 {
                        guard store.commit(accept(endpoint, .ask(timeoutMinutes: 5))).acceptedCall != nil else { return "not accepted" }
                    } else {
                        let page = try store.approvals(status: .pending, limit: 20)
                        guard page.items.map(\.id) == page.items.map(\.id).sorted(by: >) else { return "out of order" }
                    }
                }
                return nil
            } catch {
                return "\(error)"
            }
        }.compactMap(\.self)
        #expect(failures.isEmpty)
        #expect(try bench.number("SELECT count(*) FROM approvals") == 120)
    }

    @Test func `no read leaves a statement behind that would hold the log`() throws {
        let bench = try Bench()
        for _ in 0..<50 { _ = try bench.call(.ask(timeoutMinutes: 5), sender: nil, body: "body") }
        _ = try bench.store.approvals(limit: 3)
        _ = try bench.store.runs(limit: 3)
        _ = try bench.store.approval(1)
        _ = try bench.store.frozenCall(1)
        _ = try bench.store.output(ofRun: 1)
        _ = try? bench.store.read { connection in
            try connection.prepare("SELECT id FROM calls").forEach { _ throws(DatabaseError) in
                throw DatabaseError(code: 1, message: "given up in the middle")
            }
        }
        // A checkpoint answers busy = 1 while a reader stands in its way.
        let checkpoint = try Connection(path: bench.path, mode: .readWrite)
        #expect(try checkpoint.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0)
        #expect(try bench.call() == 51)
    }
}
