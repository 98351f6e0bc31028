import Model
import SQLite
@testable import Store
import TestKit
import Testing

@Suite struct FireChainTests {
    private func key(_ schedule: String, _ time: Int64) -> String { FireKey(schedule: schedule, time: time * 1_000_000).text }

    private func fire(_ bench: Bench, _ schedule: String, _ time: Int64) -> Outcome {
        var command = FireSchedule(
            schedule: ScheduleReference(endpoint: bench.endpoint, name: schedule), overlap: .allow, pending: .all, at: time * 1_000_000)
        if case .accept(let call) = accept(bench.endpoint, key: key(schedule, time), fireTime: time * 1_000_000) { command.calls = [call] }
        return bench.store.commit(.fire(command))
    }

    @Test func `the calls of a schedule are found newest first among those of others`() throws {
        let bench = try Bench()
        for time in Int64(1)...30 {
            _ = fire(bench, "a", time)
            if time % 3 == 0 { _ = fire(bench, "b", time) }
            _ = fire(bench, "", time)
        }
        // A fire that was made before is not made again, and does not bend the chain.
        _ = fire(bench, "a", 12)
        func times(_ name: String, _ limit: Int) throws -> [Int64] {
            try bench.store.firedCalls(of: ScheduleReference(endpoint: bench.endpoint, name: name), limit: limit).map { $0.fireTime / 1_000_000 }
        }
        #expect(try times("a", 5) == [30, 29, 28, 27, 26])
        #expect(try times("b", 100) == [30, 27, 24, 21, 18, 15, 12, 9, 6, 3])
        #expect(try times("", 2) == [30, 29])
        #expect(try times("c", 2) == [])
        try bench.reopen()
        #expect(try times("a", 100).count == 30)
    }

    @Test func `a database of before keeps its fires and their order`() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("old.db")
        do {
            let old = try Connection(path: path, mode: .readWrite)
            try old.execute("PRAGMA journal_mode = WAL")
            for migration in Schema.migrations.prefix(2) { try old.execute(migration) }
            try old.execute(
                """
                PRAGMA user_version = 2;
                INSERT INTO endpoints (id, name, origin, revision, settings, created_at, updated_at) VALUES (1, 'a', 'file', 1, '{}', 0, 0);
                """)
            let keys = [
                "schedule@2026-01-01T00:00:00Z", "schedule:x@y@2026-01-01T00:00:00Z", "key:schedule", "schedule:x@y@2026-01-01T00:01:00Z",
                "schedule@2026-01-01T00:01:00Z", "schedule:z@2026-01-01T00:01:00Z",
            ]
            for (index, key) in keys.enumerated() {
                try old.execute(
                    """
                    INSERT INTO calls (id, endpoint_id, source, requested_by, requested_at, spec_id, digest, idempotency_key)
                    VALUES (\(index + 1), 1, 'schedule', 'x', 0, 1, x'00', '\(key)')
                    """)
            }
        }
        let store = try Store(path: path)
        defer { store.close() }
        func calls(_ name: String) throws -> [Int64] { try store.firedCalls(of: ScheduleReference(endpoint: 1, name: name), limit: 10).map(\.call) }
        #expect(try calls("x@y") == [4, 2])
        #expect(try calls("") == [5, 1])
        #expect(try calls("z") == [6])
        let minute: Int64 = 1_767_225_600
        #expect(try store.fired(ScheduleReference(endpoint: 1, name: "x@y"), among: [minute, minute + 60, minute + 120].map { $0 * 1_000_000 })
            == [minute * 1_000_000, (minute + 60) * 1_000_000])
    }

    @Test(arguments: ["", "daily", "a:b", "x@y", "Z", "1Z:2"]) func `a key tells its schedule and its time`(name: String) {
        let key = FireKey(schedule: name, time: 1_767_225_661_000_000)
        #expect(FireKey(key.text) == key)
        #expect(FireKey.isFire(key.text))
        #expect(FireKey("key:" + key.text) == nil)
    }
}
