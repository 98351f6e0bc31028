internal import Posix
internal import SQLite
internal import Synchronization

/// Work beside the writer, on a thread of its own, so that no commit waits for it: copying the write-ahead log into the database, and
/// moving delivery ids to their table.
final class Upkeep: Sendable {
    private enum Job: Sendable {
        case checkpoint
        case move(DeliveryIndex.Move)
        case filter
    }

    private let path: String
    private let submit: @Sendable (Command) -> Outcome
    private let jobs = Mailbox<Job>()
    private let isCheckpointing = Atomic<Bool>(false)
    private let hasCheckpointed = Atomic<Bool>(false)
    private let thread = Mutex<ThreadHandle?>(nil)

    private static let chunk = 256

    init(path: String, submit: @escaping @Sendable (Command) -> Outcome) {
        self.path = path
        self.submit = submit
    }

    func start() throws(SystemError) {
        let handle = try startThread(name: "sluice-upkeep") { [self] in serve() }
        thread.withLock { $0 = handle }
    }

    func stop() {
        jobs.close()
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }

    /// Asks for a checkpoint, unless one is under way.
    func checkpoint() {
        if isCheckpointing.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged {
            jobs.append(.checkpoint)
        }
    }

    /// True once after a checkpoint: what came in meanwhile is little, and the writer's own checkpoint of it lets the log start anew.
    func takeCheckpointed() -> Bool { hasCheckpointed.exchange(false, ordering: .acquiringAndReleasing) }

    func move(_ move: DeliveryIndex.Move) { jobs.append(.move(move)) }

    /// Asks for a filter over the moved ids. Jobs run one after another, so nothing is moved while it is built.
    func buildFilter() { jobs.append(.filter) }

    private func serve() {
        guard let connection = try? Connection(path: path, mode: .readWrite) else { return }
        try? connection.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -1024")
        while let job = jobs.takeOne() {
            switch job {
            case .checkpoint:
                // PASSIVE (sqlite.org/pragma.html#pragma_wal_checkpoint) waits for nobody and nobody waits for it.
                _ = try? connection.integer("PRAGMA wal_checkpoint(PASSIVE)")
                hasCheckpointed.store(true, ordering: .releasing)
                isCheckpointing.store(false, ordering: .releasing)
            case .move(let move): moveIDs(move, connection)
            case .filter: buildFilter(connection)
            }
        }
    }

    private func buildFilter(_ connection: Connection) {
        guard let count = try? connection.integer("SELECT count(*) FROM delivery_ids"),
            let rows = try? connection.prepare("SELECT endpoint_id, sender_id FROM delivery_ids")
        else { return }
        var filter = DeliveryFilter(capacity: Int(count) * 2)
        let isWhole: Void? = try? rows.forEach { row throws(DatabaseError) in
            let key = DeliveryIndex.Key(row.integer(0), row.text(1))
            filter.insert(key.first, key.second)
        }
        if isWhole != nil { _ = submit(.installFilter(FilterBox(filter: filter))) }
    }

    /// Reads the ids in key order and hands them to the writer in small parts. A part that fails ends the move; the ids stay in memory
    /// and the next start moves them.
    private func moveIDs(_ move: DeliveryIndex.Move, _ connection: Connection) {
        guard
            let rows = try? connection.prepare(
                """
                SELECT endpoint_id, sender_id, id FROM deliveries WHERE id > ? AND id <= ? AND sender_id IS NOT NULL
                ORDER BY endpoint_id, sender_id
                """)
        else { return }
        rows.bind(1, move.after)
        rows.bind(2, move.through)
        guard let keys = try? rows.map({ DeliveryKey(endpoint: $0.integer(0), sender: $0.text(1), delivery: $0.integer(2)) }) else { return }
        var start = 0
        while start < keys.count {
            let end = min(start + Self.chunk, keys.count)
            guard case .done = submit(.moveDeliveryIDs(Array(keys[start..<end]))) else { return }
            start = end
        }
        _ = submit(.finishMove(through: move.through))
    }
}
