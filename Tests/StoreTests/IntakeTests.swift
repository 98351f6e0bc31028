import Crypto
import Model
import Store
import TestKit
import Testing

@Suite struct IntakeTests {
    @Test func `a delivery id is accepted once for an endpoint and its repeats are counted`() throws {
        let bench = try Bench()
        #expect(bench.commit(accept(bench.endpoint, sender: "d1")) == "accepted 1")
        #expect(bench.commit(accept(bench.endpoint, at: start + 7, sender: "d1")) == "seen 1")
        #expect(bench.commit(accept(bench.endpoint, at: start + 9, sender: "d1", body: "another body")) == "seen 1")
        let delivery = try #require(try bench.store.delivery(1))
        #expect(delivery.seen == 3 && delivery.lastSeenAt == start + 9 && delivery.receivedAt == start && delivery.call == 1)
        #expect(try bench.number("SELECT count(*) FROM runs") == 1)
    }

    @Test func `the same delivery id at two endpoints makes two calls`() throws {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        #expect(bench.commit(accept(bench.endpoint, sender: "d1")) == "accepted 1")
        #expect(bench.commit(accept(other, sender: "d1")) == "accepted 2")
    }

    @Test func `deliveries without an id are all different`() throws {
        let bench = try Bench()
        guard case .accept(var command) = accept(bench.endpoint) else { return }
        command.delivery = facts(nil)
        #expect(bench.commit(.accept(command)) == "accepted 1")
        #expect(bench.commit(.accept(command)) == "accepted 2")
    }

    @Test func `a repeat of a gated delivery answers with the first one's expiry`() throws {
        let bench = try Bench()
        _ = bench.commit(accept(bench.endpoint, .ask(timeoutMinutes: 30), sender: "d1"))
        guard case .accepted(let again) = bench.store.commit(accept(bench.endpoint, at: start + minute, .run, sender: "d1")) else {
            Issue.record("not accepted")
            return
        }
        #expect(again.isDuplicate && again.call == 1 && again.delivery == 1)
        #expect(again.timeoutMinutes == 30 && again.expiresAt == start + 30 * minute)
        #expect(try bench.number("SELECT count(*) FROM runs") == 0)
    }

    @Test func `an idempotency key is accepted once, and only for the same call`() throws {
        let bench = try Bench()
        #expect(bench.commit(accept(bench.endpoint, key: "k", body: "x")) == "accepted 1")
        #expect(bench.commit(accept(bench.endpoint, at: start + 5, key: "k", body: "x")) == "seen 1")
        #expect(bench.commit(accept(bench.endpoint, key: "k", body: "y")) == "key reused")
        let other = try #require(bench.store.commit(put("b")).endpointID)
        #expect(bench.commit(accept(other, key: "k", body: "y")) == "accepted 2")
    }

    @Test func `an ignored delivery is remembered, makes no call, and its repeat is known whatever the filter says then`() throws {
        let bench = try Bench()
        #expect(bench.commit(ignored(bench.endpoint, sender: "d1")) == "ignored 1")
        #expect(bench.commit(ignored(bench.endpoint, sender: "d1")) == "ignored again 1")
        #expect(bench.commit(accept(bench.endpoint, sender: "d1")) == "ignored again 1")
        #expect(try bench.number("SELECT count(*) FROM calls") == 0)
        #expect(try bench.store.body(ofDelivery: 1) == [1, 2, 3])
        #expect(try bench.store.delivery(1)?.seen == 3)
    }

    @Test func `a rejected delivery does not burn its id`() throws {
        let bench = try Bench()
        let rejected = RejectDelivery(endpoint: bench.endpoint, at: start, status: 401, reason: "no", peer: "p", senderID: "d1")
        #expect(bench.commit(.rejectDelivery(rejected)) == "done")
        #expect(bench.commit(accept(bench.endpoint, sender: "d1")) == "accepted 1")
        #expect(try bench.store.rejections(limit: 10).items.map(\.senderID) == ["d1"])
    }

    @Test func `only the newest 10,000 rejections are kept`() throws {
        let bench = try Bench()
        let rejected = RejectDelivery(endpoint: bench.endpoint, at: start, status: 401, reason: "no", peer: "p", senderID: nil)
        _ = bench.store.commit(Array(repeating: .rejectDelivery(rejected), count: 10_200))
        #expect(try bench.number("SELECT count(*) FROM rejected_deliveries") == 10_000)
        #expect(try bench.number("SELECT max(id) FROM rejected_deliveries") == 10_200)
    }

    @Test func `max_pending counts what waits at that endpoint and nothing else`() throws {
        let bench = try Bench()
        let ask = GateVerdict.ask(timeoutMinutes: 30)
        let other = try #require(bench.store.commit(put("b")).endpointID)
        #expect(bench.commit(accept(other, ask, maxPending: 2)) == "accepted 1")
        #expect(bench.commit(accept(bench.endpoint, ask, maxPending: 2)) == "accepted 2")
        #expect(bench.commit(accept(bench.endpoint, ask, maxPending: 2)) == "accepted 3")
        #expect(bench.commit(accept(bench.endpoint, ask, sender: "d", maxPending: 2)) == "too many pending: 2")
        #expect(bench.commit(accept(bench.endpoint, .run, maxPending: 2)) == "accepted 4")
        _ = bench.commit(decide(2, .deny))
        #expect(bench.commit(accept(bench.endpoint, ask, sender: "d", maxPending: 2)) == "accepted 5")
    }

    @Test func `stdin and the raw body are kept apart, byte for byte`() throws {
        let bench = try Bench()
        guard case .accept(var command) = accept(bench.endpoint, sender: "d", body: "{\"a\":1}\u{0}é") else { return }
        command.delivery?.rawBody = [0xFF, 0, 0x80]
        _ = bench.commit(.accept(command))
        #expect(try bench.store.frozenCall(1)?.stdin == command.stdin)
        #expect(try bench.store.body(ofDelivery: 1) == [0xFF, 0, 0x80])
    }

    @Test func `a frozen call comes back as it went in`() throws {
        let bench = try Bench()
        let id = try bench.call(.ask(timeoutMinutes: 5), sender: "d9", body: "in")
        let call = try #require(try bench.store.frozenCall(id))
        #expect(call.spec.argv == ["true"] && call.specHash == plainSpec.sha256 && call.wasGated && call.requestedAt == start)
        #expect(call.origin == CallOrigin(source: .webhook, requestedBy: "test", event: "push", deliveryID: "d9"))
        #expect(call.digest == callDigest(spec: call.specHash, stdin: sha256("in"), origin: call.origin).hex)
        #expect(try bench.store.approval(id)?.digest == call.digest)
        #expect(try bench.store.frozenCall(77) == nil)
    }

    @Test func `a thousand threads' worth of repeats make one call`() throws {
        let bench = try Bench()
        let labels = inParallel(40) { [store = bench.store, endpoint = bench.endpoint] _ in
            (0..<25).map { _ in store.commit(accept(endpoint, sender: "once")).label }
        }.flatMap(\.self)
        #expect(labels.filter { $0 == "accepted 1" }.count == 1)
        #expect(labels.filter { $0 == "seen 1" }.count == 999)
        #expect(try bench.number("SELECT seen FROM deliveries") == 1000)
    }
}
