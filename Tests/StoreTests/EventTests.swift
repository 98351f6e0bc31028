import Crypto
import Model
import Store
import TestKit
import Testing

@Suite struct EventTests {
    @Test func `every change of state appends its event, in order`() throws {
        let bench = try Bench()
        let ask = GateVerdict.ask(timeoutMinutes: 10)
        _ = bench.store.commit([
            accept(1, ask), decide(1), .claim(run: 1, at: start), finish(1), accept(1), .cancelRun(id: 2, at: start), accept(1, ask),
            .expire(at: start + 10 * minute, limit: 5), accept(1), .claim(run: 4, at: start), .interruptRunning(at: start, retry: []),
            .deleteEndpoint(name: "a", force: false, at: start),
        ])
        #expect(
            try bench.events() == [
                "endpoint_created 1 -", "approval_pending 1 -", "approval_decided 1 approved", "run_started 1 -", "run_finished 1 succeeded", "run_queued 2 -",
                "run_cancelled 2 -", "approval_pending 3 -", "approval_expired 3 -", "run_queued 4 -", "run_started 4 -", "run_interrupted 4 -",
                "endpoint_deleted 0 -",
            ])
    }

    @Test func `changes are told after a sequence, in pieces, without gap or repeat`() throws {
        let bench = try Bench()
        for _ in 0..<30 { _ = try bench.call() }
        var seen: [Int64] = []
        while case let piece = try bench.store.changes(after: seen.last ?? 0, limit: 7), !piece.isEmpty {
            #expect(piece.count <= 7)
            seen += piece.map(\.sequence)
        }
        #expect(seen == Array(1...31))
        #expect(try bench.store.changes(after: 31).isEmpty)
        #expect(try bench.store.changes(after: 30).first?.endpoint == bench.endpoint)
    }

    // MARK: Pages

    @Test func `a list's pages together are the whole list, newest first`() throws {
        let bench = try Bench()
        for index in 0..<25 { _ = try bench.call(.ask(timeoutMinutes: 5), sender: "d\(index)") }
        _ = bench.store.commit((1...25).map { decide($0) })
        for size in [1, 2, 7, 24, 25, 26] {
            #expect(try all(size) { try bench.store.approvals(below: $0, limit: size) } id: { $0.id } == (1...25).reversed())
            #expect(try all(size) { try bench.store.runs(below: $0, limit: size) } id: { $0.id } == (1...25).reversed())
            #expect(try all(size) { try bench.store.deliveries(below: $0, limit: size) } id: { $0.id } == (1...25).reversed())
        }
    }

    private func all<Item>(
        _ size: Int, _ page: (Int64?) throws -> Page<Item>, id: (Item) -> Int64
    ) throws -> [Int64] {
        var numbers: [Int64] = []
        var cursor: Int64?
        repeat {
            let found = try page(cursor)
            #expect(found.items.count <= size)
            numbers += found.items.map(id)
            cursor = found.next
        } while cursor != nil
        return numbers
    }

    @Test func `lists are narrowed by status and endpoint`() throws {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        let ask = GateVerdict.ask(timeoutMinutes: 5)
        _ = bench.store.commit([accept(1, ask), accept(other, ask), accept(1, ask), decide(1), decide(2, .deny)])
        #expect(try bench.store.approvals(status: .pending, limit: 9).items.map(\.id) == [3])
        #expect(try bench.store.approvals(status: .denied, limit: 9).items.map(\.id) == [2])
        #expect(try bench.store.approvals(decidedOnly: true, limit: 9).items.map(\.id) == [2, 1])
        #expect(try bench.store.approvals(endpoint: "a", limit: 9).items.map(\.id) == [3, 1])
        #expect(try bench.store.approvals(status: .pending, endpoint: "b", limit: 9).items.isEmpty)
        #expect(try bench.store.runs(status: .queued, endpoint: "a", limit: 9).items.map(\.id) == [1])
        #expect(try bench.store.runs(status: .failed, limit: 9).items.isEmpty)
    }

    // MARK: Access

    @Test func `a key is revoked once`() throws {
        let bench = try Bench()
        #expect(bench.commit(.createKey(label: "ci", hash: sha256("k"), prefix: "sl_k", at: start)) == "created 1")
        #expect(bench.commit(.revokeKey(id: 1, at: start + 1)) == "done")
        #expect(bench.commit(.revokeKey(id: 1, at: start + 2)) == "not found")
        #expect(bench.commit(.revokeKey(id: 8, at: start)) == "not found")
        #expect(try bench.store.apiKeys().map(\.revokedAt) == [start + 1])
    }

    @Test func `a login is redeemed once and in time`() throws {
        let bench = try Bench()
        _ = bench.store.commit([.createLogin(hash: sha256("1"), expiresAt: 100), .createLogin(hash: sha256("2"), expiresAt: 100)])
        func redeem(_ login: String, at: Int64) -> String {
            bench.commit(.redeemLogin(login: sha256(login), session: sha256("s" + login), at: at, sessionExpiresAt: 500))
        }
        #expect(redeem("1", at: 99) == "done")
        #expect(redeem("1", at: 99) == "not found")
        #expect(redeem("2", at: 100) == "not found", "its time is over")
        #expect(redeem("3", at: 1) == "not found")
        #expect(try bench.store.hasSession(sha256("s1"), at: 499))
        #expect(try !bench.store.hasSession(sha256("s1"), at: 500))
        #expect(try !bench.store.hasSession(sha256("s2"), at: 1))
        #expect(bench.commit(.deleteSession(hash: sha256("s1"))) == "changed 1")
        #expect(try !bench.store.hasSession(sha256("s1"), at: 1))
    }

    @Test func `a meta value is replaced`() throws {
        let bench = try Bench()
        _ = bench.store.commit([.setMeta(key: "k", value: "1"), .setMeta(key: "k", value: "2")])
        #expect(try bench.store.meta("k") == "2")
        #expect(try bench.store.meta("none") == nil)
    }
}
