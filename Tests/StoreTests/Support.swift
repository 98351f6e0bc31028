import Crypto
import Model
import Posix
import SQLite
@testable import Store
import TestKit
import Testing

let minute: Int64 = 60_000_000
/// The instant at which most tests begin, in microseconds since 1970.
let start: Int64 = 1_760_000_000_000_000

/// A store in a folder of its own, with one endpoint, `a`.
final class Bench {
    let folder: TemporaryDirectory
    private(set) var store: Store
    let endpoint: Int64

    private let idsInMemory: Int

    init(idsInMemory: Int = 32_768) throws {
        self.idsInMemory = idsInMemory
        folder = try TemporaryDirectory()
        store = try Store(path: folder.file("sluice.db"), idsInMemory: idsInMemory)
        endpoint = try #require(store.commit(put("a")).endpointID)
    }

    deinit { store.close() }

    var path: String { folder.file("sluice.db") }

    func reopen() throws {
        store.close()
        store = try Store(path: path, idsInMemory: idsInMemory)
    }

    func commit(_ command: Command) -> String { store.commit(command).label }

    /// Takes a call in; returns its number.
    func call(
        at: Int64 = start, _ gate: GateVerdict = .run, sender: String? = nil, key: String? = nil, body: String = "",
        callback: String? = nil
    ) throws -> Int64 {
        let outcome = store.commit(accept(endpoint, at: at, gate, sender: sender, key: key, body: body, callback: callback))
        return try #require(outcome.acceptedCall)
    }

    func number(_ sql: String) throws -> Int64 { try store.read { try $0.integer(sql) ?? -1 } }

    func events() throws -> [String] { try store.changes(after: 0).map { "\($0.kind) \($0.subject ?? 0) \($0.data ?? "-")" } }

    /// Runs `body` while the writer waits inside a completion, so that all that is submitted meanwhile shares the next transaction.
    func whileWriterWaits(_ body: () -> Void) {
        let reached = Mailbox<Bool>()
        let released = Mailbox<Bool>()
        store.submit(.setMeta(key: "pause", value: "")) { _ in
            reached.append(true)
            _ = released.takeOne()
        }
        _ = reached.takeOne()
        body()
        released.append(true)
    }
}

// MARK: Commands

func put(_ name: String, settings: String = "{}", new: Bool = false, origin: EndpointOrigin = .file) -> Command {
    .putEndpoint(PutEndpoint(origin: origin, name: name, settings: settings, overrides: "{}", mustBeNew: new, at: start))
}

let plainSpec = EncodedSpec(
    json: CallSpec(
        endpoint: "a", revision: 1, command: "true", argv: ["true"], arguments: [], argumentEnvironment: [], environment: [],
        workingDirectory: "/", timeoutSeconds: 60, scripts: []
    ).json)

func accept(
    _ endpoint: Int64, revision: Int64 = 1, at: Int64 = start, _ gate: GateVerdict = .run, sender: String? = nil, key: String? = nil,
    body: String = "", callback: String? = nil, maxPending: Int? = nil, fireTime: Int64? = nil
) -> Command {
    let stdin = Array(body.utf8)
    let origin = CallOrigin(source: sender == nil ? .api : .webhook, requestedBy: "test", event: "push", deliveryID: sender)
    return .accept(
        AcceptCall(
            endpoint: endpoint, revision: revision, at: at, origin: origin, spec: plainSpec, stdin: stdin,
            digest: callDigest(spec: plainSpec.sha256, stdin: sha256(stdin), origin: origin), gate: gate,
            delivery: sender.map { facts($0) }, idempotencyKey: key, callbackURL: callback, maxPending: maxPending, fireTime: fireTime))
}

func facts(_ sender: String?) -> DeliveryFacts {
    DeliveryFacts(senderID: sender, event: "push", source: "github", peer: "192.0.2.1", headers: "", rawBody: nil)
}

func ignored(_ endpoint: Int64, at: Int64 = start, sender: String?) -> Command {
    .ignoreDelivery(IgnoreDelivery(endpoint: endpoint, at: at, delivery: facts(sender), body: [1, 2, 3]))
}

func decide(_ approval: Int64, _ decision: Decision = .approve, at: Int64 = start, stale: String? = nil) -> Command {
    .decide(Decide(approval: approval, decision: decision, by: "ann", via: .api, staleReason: stale, at: at))
}

func finish(_ run: Int64, at: Int64 = start, _ status: RunStatus = .succeeded, output: String = "") -> Command {
    .finish(
        run: run, result: RunResult(status: status, exitCode: status == .succeeded ? 0 : 1, durationMicroseconds: 5, output: Array(output.utf8)),
        at: at)
}

// MARK: Outcomes

extension Outcome {
    /// The outcome in a few words, to be compared.
    var label: String {
        switch self {
        case .done: "done"
        case .accepted(let call): "\(call.isDuplicate ? "seen" : "accepted") \(call.call)"
        case .keyReused: "key reused"
        case .tooManyPending(let limit): "too many pending: \(limit)"
        case .ignored(let delivery, let isDuplicate): "\(isDuplicate ? "ignored again" : "ignored") \(delivery)"
        case .decided(let status): "decided \(status)"
        case .conflict(let status): "conflict \(status)"
        case .notFound: "not found"
        case .expired(let count, let next): "expired \(count) next \(next.map { String($0) } ?? "-")"
        case .queued(let ids): "queued \(ids)"
        case .created(let id): "created \(id)"
        case .interrupted(let ids): "interrupted \(ids)"
        case .fired(let fates): "fired \(fates)"
        case .endpoint(let id, let revision): "endpoint \(id) revision \(revision)"
        case .changed(let count): "changed \(count)"
        case .unavailable: "unavailable"
        }
    }

    var acceptedCall: Int64? {
        if case .accepted(let call) = self { call.call } else { nil }
    }

    var endpointID: Int64? {
        if case .endpoint(let id, _) = self { id } else { nil }
    }
}

/// What `body` answers on each of so many threads that start together.
func inParallel<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
    let gate = Mailbox<Bool>()
    let results = Mailbox<Result>()
    let threads = (0..<count).compactMap { index in
        try? startThread(name: "test") {
            _ = gate.takeOne()
            results.append(body(index))
        }
    }
    for _ in threads { gate.append(true) }
    for thread in threads { thread.join() }
    return threads.isEmpty ? [] : results.takeAll() ?? []
}

extension Store {
    /// Notifications to be sent by `now`, the longest due first.
    func dueNotifications(at now: Int64, limit: Int) throws -> [NotificationRow] {
        var filter = NotificationFilter()
        filter.status = .pending
        return Array(try notifications(filter, limit: 1000).items.filter { $0.dueAt <= now }.sorted { ($0.dueAt, $0.id) < ($1.dueAt, $1.id) }.prefix(limit))
    }

    func nextNotificationAt(after now: Int64) throws -> Int64? {
        try dueNotifications(at: .max, limit: 1000).map(\.dueAt).filter { $0 > now }.min()
    }
}

// MARK: Databases of earlier programs

/// Three deliveries, of which two ids are in the table of that time, and two pending approvals.
func makeOlderDatabase(_ path: String) throws {
    let connection = try Connection(path: path, mode: .readWrite)
    for migration in Schema.migrations.prefix(6) { try connection.execute(migration) }
    try connection.execute(
        """
        PRAGMA user_version = 6; PRAGMA foreign_keys = OFF;
        INSERT INTO endpoints (id, name, origin, revision, settings, created_at, updated_at) VALUES (1, 'a', 'file', 1, '{}', 1, 1);
        INSERT INTO meta VALUES ('delivery_ids_through', '2');
        INSERT INTO delivery_ids VALUES (1, 'd1', 1), (1, 'd2', 2);
        INSERT INTO approvals (id, endpoint_id, status, requested_at, expires_at, timeout_mins)
        VALUES (1, 1, 'pending', 5, \(start + 9), 1), (2, 1, 'denied', 5, \(start + 5), 1), (3, 1, 'pending', 5, \(start + 7), 1);
        """)
    try addDeliveries(1...3, to: connection)
}

/// To endpoint 1, with ids `d1` and so on.
func addDeliveries(_ ids: ClosedRange<Int>, to connection: Connection) throws {
    for id in ids {
        try connection.execute(
            """
            INSERT INTO deliveries (id, endpoint_id, sender_id, event, source, received_at, verdict, peer, headers, last_seen_at)
            VALUES (\(id), 1, 'd\(id)', 'push', 'github', 5, 'ignored', '192.0.2.1', '', 6)
            """)
    }
}
