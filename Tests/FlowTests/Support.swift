import Crypto
import Model
import Posix
import SQLite
import Store
import TestKit
import Testing
import TimeZones
import Triggers

let second: Int64 = 1_000_000
let minute: Int64 = 60 * second
/// 2025-10-09T08:53:20Z, in microseconds since 1970.
let start: Int64 = 1_760_000_000 * second

/// Microseconds since 1970 of an RFC 3339 text.
func instant(_ text: String) throws -> Int64 { try #require(Timestamp(rfc3339: text)).seconds * second }

func compiled(
    _ command: String, id: Int64 = 1, revision: Int64 = 1, directory: String = "/srv/config", secrets: [String: String] = [:],
    _ change: (inout EndpointSettings) -> Void = { _ in }
) throws -> CompiledEndpoint {
    var settings = EndpointSettings()
    settings.name = "e\(id)"
    settings.command = command
    change(&settings)
    return try CompiledEndpoint(Endpoint(id: id, revision: revision, origin: .file, settings: settings), directory: directory) {
        secrets[$0].map { Array($0.utf8) }
    }
}

extension CompiledEndpoint {
    /// A call by API, frozen, with its spec read back.
    func frozen(
        _ body: String = "", query: [(String, String)] = [], at now: Int64 = start, mayNameCallback: Bool = false
    ) throws -> (call: AcceptCall, spec: CallSpec) {
        let call = try Array(body.utf8).withUnsafeBytes { bytes in
            try freezeCall(
                body: bytes, query: query, requestedBy: "ci", idempotencyKey: nil, mayNameCallback: mayNameCallback, gate: .run, at: now)
        }
        return (call, try #require(CallSpec(json: String(decoding: call.spec.json, as: UTF8.self))))
    }
}

/// A store in a folder of its own, and a clock that the test moves.
final class Bench: Sendable {
    let folder: TemporaryDirectory
    let store: Store
    let clock: TestClock
    let log = Mailbox<String>()

    init(at wall: Int64 = start, frame: @escaping @Sendable (() -> Void) -> Void = { $0() }) throws {
        folder = try TemporaryDirectory()
        store = try Store(path: folder.file("sluice.db"), frame: frame)
        clock = TestClock(wall: wall)
    }

    deinit { store.close() }

    /// An endpoint that stands in the store too.
    func endpoint(
        _ name: String, _ command: String = "true", _ change: (inout EndpointSettings) -> Void = { _ in }
    ) throws -> CompiledEndpoint {
        let put = PutEndpoint(origin: .file, name: name, settings: "{}", overrides: "{}", mustBeNew: false, at: start)
        guard case .endpoint(let id, _) = store.commit(.putEndpoint(put)) else { throw StoreError("no endpoint") }
        return try compiled(command, id: id, directory: folder.path) {
            $0.name = name
            change(&$0)
        }
    }

    /// Returns when everything that was submitted before is committed and told.
    func settle() { for _ in 0..<2 { _ = store.commit(.setMeta(key: "settled", value: "")) } }

    /// Makes the store refuse `action` (`INSERT ON calls`, say), as a full disk does, for as long as `body` runs.
    func refusing(_ action: String, as name: String = "refusal", _ body: () throws -> Void) throws {
        let intruder = try Connection(path: folder.file("sluice.db"), mode: .readWrite)
        try intruder.execute("CREATE TRIGGER \(name) BEFORE \(action) BEGIN SELECT raise(ABORT, 'the disk is full'); END")
        defer { try? intruder.execute("DROP TRIGGER \(name)") }
        try body()
    }

    /// Changes rows behind the program's back.
    func damage(_ sql: String) throws { try Connection(path: folder.file("sluice.db"), mode: .readWrite).execute(sql) }

    /// Lines of the log so far that contain `text`; takes them all out.
    func logged(_ text: String) -> Int { (log.takeAll(timeoutMicroseconds: 0) ?? []).count { $0.contains(text) } }

    func texts(_ sql: String) throws -> [String] { try store.read { try $0.prepare(sql).map { $0.text(0) } } }
    func number(_ sql: String) throws -> Int64 { try store.read { try $0.integer(sql) ?? -1 } }
}
