import Crypto
import Model
import Posix
import Store
import TestKit
import Testing

@Suite struct EndpointTests {
    @Test func `a revision is counted only when something differs`() throws {
        let bench = try Bench()
        #expect(bench.commit(put("a")) == "endpoint 1 revision 1")
        #expect(bench.commit(put("a", settings: #"{"timeout":5}"#)) == "endpoint 1 revision 2")
        #expect(bench.commit(put("a", settings: #"{"timeout":5}"#)) == "endpoint 1 revision 2")
        #expect(bench.commit(put("a", settings: #"{"timeout":5}"#, origin: .api)) == "endpoint 1 revision 3")
        #expect(bench.commit(put("b")) == "endpoint 2 revision 1")
        #expect(try bench.store.endpoints().map { "\($0.name) \($0.revision) \($0.origin)" } == ["a 3 api", "b 1 file"])
    }

    @Test func `an endpoint that must be new is refused when the name is taken`() throws {
        let bench = try Bench()
        #expect(bench.commit(put("a", settings: #"{"timeout":5}"#, new: true)) == "conflict exists")
        #expect(try bench.store.endpoints().first?.settings == "{}")
        _ = bench.commit(.deleteEndpoint(name: "a", force: false, at: start))
        #expect(bench.commit(put("a", new: true)) == "endpoint 2 revision 1")
    }

    @Test func `settings made from a revision that has passed are refused, so that no change is lost`() throws {
        let bench = try Bench()
        func put(_ settings: String, over revision: Int64, of id: Int64 = 1) -> String {
            bench.commit(
                .putEndpoint(
                    PutEndpoint(
                        origin: .api, name: "a", settings: settings, overrides: "{}", mustBeNew: false,
                        expected: EndpointVersion(id: id, revision: revision), at: start)))
        }
        #expect(put(#"{"approval_required":true}"#, over: 1) == "endpoint 1 revision 2")
        #expect(put(#"{"timeout":61}"#, over: 1) == "conflict changed")
        #expect(try bench.store.endpoint(named: "a")?.settings == #"{"approval_required":true}"#)
        _ = bench.commit(.deleteEndpoint(name: "a", force: true, at: start))
        #expect(put("{}", over: 2) == "not found", "what was deleted does not come back by a change")
        _ = bench.commit(StoreTests.put("a"))
        #expect(put(#"{"timeout":61}"#, over: 1) == "conflict changed", "a successor of the same name is another endpoint")
    }

    @Test func `an endpoint with open work is deleted only by force, and its work with it`() throws {
        let bench = try Bench()
        for gate in [GateVerdict.ask(timeoutMinutes: 5), .run, .run] { _ = try bench.call(gate, callback: "http://x/") }
        _ = bench.commit(.claim(run: 2, at: start))
        #expect(bench.commit(.deleteEndpoint(name: "a", force: false, at: start)) == "conflict 1 pending approvals and 2 open runs")
        #expect(try bench.store.endpoints().count == 1)
        #expect(bench.commit(.deleteEndpoint(name: "a", force: true, at: start)) == "done")
        #expect(try bench.store.endpoints().isEmpty)
        #expect(try bench.store.approval(1)?.status == .cancelled)
        #expect(try bench.store.run(3)?.status == .cancelled)
        #expect(try bench.store.run(2)?.status == .running, "what runs ends by itself")
        #expect(bench.commit(finish(2)) == "done")
        #expect(bench.commit(.deleteEndpoint(name: "a", force: true, at: start)) == "not found")
        #expect(try bench.store.dueNotifications(at: start, limit: 9).compactMap(\.call).sorted() == [1, 2, 3])
    }

    @Test func `an endpoint whose work is done is deleted without force and its history stays`() throws {
        let bench = try Bench()
        let id = try bench.call()
        _ = bench.store.commit([.claim(run: id, at: start), finish(id)])
        #expect(bench.commit(.deleteEndpoint(name: "a", force: false, at: start)) == "done")
        #expect(try bench.store.run(id)?.endpoint == "a")
    }

    @Test func `an approval tells that its endpoint has changed or gone since`() throws {
        let bench = try Bench()
        let id = try bench.call(.ask(timeoutMinutes: 5))
        #expect(try bench.store.approval(id)?.endpointChanged == false)
        _ = bench.commit(put("a", settings: #"{"timeout":5}"#))
        #expect(try bench.store.approval(id)?.endpointChanged == true)
    }

    @Test func `a call that was frozen under settings that have passed is refused, and a repeat is none`() throws {
        let bench = try Bench()
        _ = try bench.call(sender: "d")
        _ = bench.commit(put("a", settings: #"{"approval_required":true}"#))
        #expect(bench.commit(accept(1, revision: 1)) == "conflict changed")
        #expect(bench.commit(accept(1, revision: 1, sender: "d")) == "seen 1")
        #expect(bench.commit(accept(1, revision: 2, .ask(timeoutMinutes: 5))) == "accepted 2")
        // All of one batch: the change holds for the calls behind it.
        #expect(
            bench.store.commit([accept(1, revision: 2), put("a"), accept(1, revision: 2), accept(1, revision: 3)]).map(\.label) == [
                "accepted 3", "endpoint 1 revision 3", "conflict changed", "accepted 4",
            ])
        _ = bench.commit(.deleteEndpoint(name: "a", force: true, at: start))
        #expect(bench.commit(accept(1, revision: 3)) == "conflict changed")
        try bench.reopen()
        #expect(bench.commit(accept(1, revision: 3)) == "conflict changed")
        #expect(try bench.number("SELECT count(*) FROM calls") == 4)
    }

    @Test func `a change that was rolled back refuses no call`() throws {
        let bench = try Bench()
        let key = Command.createKey(label: "ci", hash: sha256("key"), prefix: "sl_", at: start)
        _ = bench.commit(key)
        let answers = Mailbox<String>()
        bench.whileWriterWaits {
            // The key fails the whole batch, and each command is then tried alone.
            for command in [put("a", settings: #"{"timeout":5}"#), accept(1, revision: 2), key, accept(1, revision: 1)] {
                bench.store.submit(command) { answers.append($0.label) }
            }
        }
        _ = bench.commit(.setMeta(key: "end", value: ""))
        #expect(answers.takeAll() == ["endpoint 1 revision 2", "accepted 1", "unavailable", "conflict changed"])
    }

    // MARK: Schedules

    @Test func `the mark of the schedules goes back only when it is told to`() throws {
        let bench = try Bench()
        _ = bench.commit(.markSchedules(through: 100, mayGoBack: false))
        _ = bench.commit(.markSchedules(through: 50, mayGoBack: false))
        #expect(try bench.store.scheduleMark() == ScheduleMark(through: 100, call: 0))
        _ = bench.commit(accept(bench.endpoint, key: "schedule@2026-01-01T00:00:00Z", fireTime: 90))
        _ = bench.commit(.markSchedules(through: 120, mayGoBack: false))
        #expect(try bench.store.scheduleMark() == ScheduleMark(through: 120, call: 1))
        _ = bench.commit(.markSchedules(through: 10, mayGoBack: true))
        #expect(try bench.store.scheduleMark()?.through == 10)
    }

    @Test func `a fire that is submitted again is the same call, though its text may differ by then`() throws {
        let bench = try Bench()
        #expect(bench.commit(accept(bench.endpoint, key: "schedule@x", body: "1", fireTime: 7)) == "accepted 1")
        #expect(bench.commit(accept(bench.endpoint, key: "schedule@x", body: "2", fireTime: 7)) == "seen 1")
        #expect(try bench.number("SELECT count(*) FROM runs") == 1)
    }

    @Test func `a schedule is paused and resumed by its name`() throws {
        let bench = try Bench()
        let nightly = ScheduleReference(endpoint: bench.endpoint, name: "nightly")
        _ = bench.commit(.pauseSchedule(nightly, paused: true, reason: "why not", at: 999))
        #expect(try bench.store.scheduleStates().map { "\($0.schedule.name) \($0.isPaused) \($0.reason ?? "")" } == ["nightly true why not"])
        _ = bench.commit(.pauseSchedule(nightly, paused: false, reason: nil, at: 1000))
        #expect(try bench.store.scheduleStates().map(\.isPaused) == [false])
        #expect(try bench.events().suffix(2) == ["schedule_paused 0 why not", "schedule_resumed 0 -"])
    }

    // MARK: Notices

    @Test func `listeners hear of what a commit brought about, after it is there to be read`() throws {
        let bench = try Bench()
        let notices = Mailbox<String>()
        // So that nobody hears of what came before.
        _ = bench.commit(.setMeta(key: "x", value: ""))
        bench.store.onCommit { [store = bench.store] notice in
            let queued = notice.queuedRuns.map(\.id)
            let visible = queued.allSatisfy { id in (try? store.run(id))?.status == .queued }
            notices.append("queued \(queued) \(visible) expiry \(notice.earliestExpiry ?? 0) finished \(notice.finishedRuns)")
        }
        _ = bench.commit(accept(bench.endpoint))
        _ = bench.commit(accept(bench.endpoint, .ask(timeoutMinutes: 1)))
        _ = bench.commit(accept(bench.endpoint, sender: "d"))
        _ = bench.commit(accept(bench.endpoint, sender: "d"))
        _ = bench.commit(.cancelRun(id: 1, at: start))
        bench.store.close()
        #expect(
            notices.takeAll() == [
                "queued [1] true expiry 0 finished []", "queued [] true expiry \(start + minute) finished []",
                "queued [3] true expiry 0 finished []", "queued [] true expiry 0 finished [1]",
            ])
    }
}
