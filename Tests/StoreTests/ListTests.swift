import Model
import SQLite
@testable import Store
import Testing

@Suite struct ListTests {
    /// 40 calls at `a`, every other one gated and every fourth of those denied, and one at `b` before them all.
    private func history() throws -> Bench {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        _ = bench.commit(accept(other, .ask(timeoutMinutes: 5), sender: "first"))
        _ = bench.commit(decide(1))
        for index in 0..<40 {
            let id = try bench.call(index % 2 == 0 ? .ask(timeoutMinutes: 5) : .run, sender: "d\(index)")
            if index % 8 == 0 { _ = bench.commit(decide(id, .deny)) }
        }
        return bench
    }

    /// Follows the cursors to the end; returns the numbers and how many pages it took.
    private func all<Item>(_ number: KeyPath<Item, Int64>, _ page: (Int64?) throws -> Page<Item>) throws -> (numbers: [Int64], pages: Int) {
        var found: [Int64] = []
        var pages = 0
        var cursor: Int64?
        repeat {
            let next = try page(cursor)
            found += next.items.map { $0[keyPath: number] }
            pages += 1
            cursor = next.next
        } while cursor != nil && pages < 1000
        return (found, pages)
    }

    @Test(arguments: [1, 3, 7, 100], [1, 2, 50]) func `a search in pieces finds what one search finds`(search: Int, limit: Int) throws {
        let bench = try history()
        let store = bench.store
        for endpoint in ["a", "b"] {
            for status in [nil, ApprovalStatus.denied, .approved] {
                let pieces = try all(\.id) { try store.approvals(status: status, endpoint: endpoint, below: $0, limit: limit, search: search) }
                #expect(pieces.numbers == (try store.approvals(status: status, endpoint: endpoint, limit: 99).items.map(\.id)))
            }
            let runs = try all(\.id) { try store.runs(status: .queued, endpoint: endpoint, below: $0, limit: limit, search: search) }
            #expect(runs.numbers == (try store.runs(status: .queued, endpoint: endpoint, limit: 99).items.map(\.id)))
            let deliveries = try all(\.id) { try store.deliveries(DeliverySearch(endpoint: endpoint), below: $0, limit: limit, search: search) }
            #expect(deliveries.numbers == (try store.deliveries(DeliverySearch(endpoint: endpoint), limit: 99).items.map(\.id)))
        }
        #expect(try store.approvals(endpoint: "b", limit: 9).items.map(\.id) == [1])
        #expect(try store.approvals(status: .denied, limit: 9).items.count == 5)
    }

    @Test func `a search ends after its rows, with where to go on`() throws {
        let bench = try history()
        let page = try bench.store.deliveries(DeliverySearch(endpoint: "b"), limit: 5, search: 10)
        #expect(page.items.isEmpty && page.next == 32, "41 deliveries: 32 to 41 were looked at")
        #expect(try bench.store.deliveries(DeliverySearch(endpoint: "b"), below: 11, limit: 5, search: 10).items.map(\.id) == [1])
    }

    @Test func `an endpoint that never was gives an empty list at once, one that is gone keeps its history`() throws {
        let bench = try history()
        #expect(try bench.store.runs(endpoint: "none", limit: 5, search: 1).next == nil)
        #expect(try bench.store.approvals(endpoint: "none", limit: 5, search: 1).next == nil)
        #expect(try bench.store.deliveries(DeliverySearch(endpoint: "none"), limit: 5, search: 1).next == nil)
        _ = bench.commit(.deleteEndpoint(name: "b", force: true, at: start))
        _ = bench.commit(put("b"))
        #expect(try bench.store.approvals(endpoint: "b", limit: 9).items.map(\.id) == [1])
    }

    @Test func `a search walks the table from its newest row, without sorting it`() throws {
        let bench = try history()
        let plans = try bench.store.read { connection in
            try ["approvals", "runs", "deliveries"].map { table in
                try connection.prepare("EXPLAIN QUERY PLAN SELECT id FROM \(table) WHERE id < 9 ORDER BY id DESC LIMIT 1 OFFSET 5")
                    .map { $0.text(3) }
            }
        }
        for plan in plans { #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)") }
    }
}
