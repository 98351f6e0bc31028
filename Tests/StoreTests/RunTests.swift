import Model
import Store
import TestKit
import Testing

@Suite struct RunTests {
    @Test func `a run is claimed once and finished once`() throws {
        let bench = try Bench()
        let id = try bench.call()
        #expect(bench.commit(finish(id)) == "conflict queued")
        #expect(bench.commit(.claim(run: id, at: start + 1)) == "done")
        #expect(bench.commit(.claim(run: id, at: start + 2)) == "conflict running")
        #expect(bench.commit(.cancelRun(id: id, at: start)) == "conflict running")
        #expect(bench.commit(finish(id, at: start + 9, .failed, output: "oh\n")) == "done")
        #expect(bench.commit(finish(id)) == "conflict failed")
        #expect(bench.commit(.claim(run: id, at: start)) == "conflict failed")
        let run = try #require(try bench.store.run(id))
        #expect(run.status == .failed && run.exitCode == 1 && run.startedAt == start + 1 && run.finishedAt == start + 9)
        #expect(try bench.store.output(ofRun: id) == Array("oh\n".utf8))
    }

    @Test func `of fifty claims one wins`() throws {
        let bench = try Bench()
        let id = try bench.call()
        let labels = inParallel(50) { [store = bench.store] _ in store.commit(.claim(run: id, at: start)).label }
        #expect(labels.filter { $0 == "done" }.count == 1)
        #expect(try bench.number("SELECT attempts FROM runs") == 1)
    }

    @Test(arguments: [true, false])
    func `a claimed run can be put back, and counts as attempted only if it began`(_ began: Bool) throws {
        let bench = try Bench()
        let id = try bench.call()
        #expect(bench.commit(.unclaim(run: id, began: began, at: start)) == "conflict queued")
        #expect(bench.commit(.unclaim(run: 9, began: began, at: start)) == "not found")
        #expect(bench.commit(.claim(run: id, at: start)) == "done")
        #expect(bench.commit(.unclaim(run: id, began: began, at: start)) == "done")
        #expect(try bench.store.queuedRuns().map(\.id) == [id])
        #expect(try bench.store.run(id)?.startedAt == nil)
        #expect(try bench.number("SELECT attempts FROM runs") == (began ? 1 : 0))
        #expect(bench.commit(.claim(run: id, at: start)) == "done")
        #expect(bench.commit(finish(id)) == "done")
    }

    @Test func `a queued run can be cancelled and is then not claimed`() throws {
        let bench = try Bench()
        let id = try bench.call()
        #expect(bench.commit(.cancelRun(id: id, at: start)) == "done")
        #expect(bench.commit(.claim(run: id, at: start)) == "conflict cancelled")
        #expect(try bench.store.queuedRuns().isEmpty)
    }

    @Test func `commands for runs that do not exist are not found`() throws {
        let bench = try Bench()
        let commands: [Command] = [
            .claim(run: 9, at: start), finish(9), .cancelRun(id: 9, at: start), .refuseStale(run: 9, reason: "", at: start),
        ]
        #expect(bench.store.commit(commands).map(\.label) == Array(repeating: "not found", count: 4))
    }

    @Test func `a stale run is cancelled and its approval is stale`() throws {
        let bench = try Bench()
        let id = try bench.call(.ask(timeoutMinutes: 5))
        _ = bench.store.commit([decide(id), .claim(run: id, at: start)])
        #expect(bench.commit(.refuseStale(run: id, reason: "deploy.sh has changed", at: start)) == "done")
        #expect(try bench.store.run(id)?.status == .cancelled)
        #expect(try bench.store.run(id)?.error == "deploy.sh has changed")
        #expect(try bench.store.approval(id)?.status == .stale)
        #expect(bench.commit(.refuseStale(run: id, reason: "", at: start)) == "conflict cancelled")
    }

    @Test func `runs of a life that ended are interrupted, or queued again where that is allowed`() throws {
        let bench = try Bench()
        let other = try #require(bench.store.commit(put("b")).endpointID)
        _ = bench.store.commit([accept(bench.endpoint), accept(other), accept(bench.endpoint), accept(other)])
        _ = bench.store.commit([1, 2].map { .claim(run: $0, at: start) })
        try bench.reopen()
        #expect(try bench.store.runningRuns() == [1, 2])
        #expect(bench.commit(.interruptRunning(at: start + 1, retry: [other])) == "interrupted [1, 2]")
        #expect(try bench.store.runs(limit: 9).items.map(\.status) == [.queued, .queued, .queued, .interrupted])
        #expect(try bench.store.queuedRuns().map(\.id) == [2, 3, 4])
        #expect(try bench.store.runningRuns().isEmpty)
        #expect(bench.commit(.interruptRunning(at: start + 2, retry: [])) == "interrupted []")
        #expect(bench.commit(.claim(run: 1, at: start)) == "conflict interrupted")
        #expect(bench.commit(.claim(run: 2, at: start)) == "done")
        #expect(try bench.number("SELECT attempts FROM runs WHERE id = 2") == 2)
    }

    @Test func `open runs are counted by state`() throws {
        let bench = try Bench()
        for _ in 0..<5 { _ = try bench.call() }
        _ = bench.store.commit([.claim(run: 1, at: start), .claim(run: 2, at: start), finish(1)])
        let open = try bench.store.openRuns()
        #expect(open.queued == 3 && open.running == 1)
        #expect(try bench.store.runningRuns() == [2])
    }
}
