internal import Posix
internal import SQLite
internal import Synchronization

/// Work beside the writer, so that no commit waits for it: copying the write-ahead log into the database, and, on a thread of its own
/// since it takes long, moving delivery ids to their table.
final class Upkeep: Sendable {
    private enum Job: Sendable {
        case move(DeliveryIndex.Move)
        case filter
    }

    private let path: String
    private let submit: @Sendable (Command) -> Outcome
    /// Before a move that failed is tried again, in microseconds.
    private let pause: Int64
    private let jobs = Mailbox<Job>()
    private let checkpoints = Mailbox<Bool>()
    private let closing = Mailbox<Never>()
    private let isCheckpointing = Atomic<Bool>(false)
    private let hasCheckpointed = Atomic<Bool>(false)
    private let threads = Mutex<[ThreadHandle]>([])

    private static let chunk = 256
    /// While a checkpoint copies, the log grows. It is done when a pass had at most so many pages to copy, or after so many passes.
    private static let restPages = 500
    private static let passLimit = 8

    init(path: String, pause: Int64 = 1_000_000, submit: @escaping @Sendable (Command) -> Outcome) {
        self.path = path
        self.pause = pause
        self.submit = submit
    }

    func start() throws(SystemError) {
        for (name, body) in [("sluice-upkeep", serve), ("sluice-copy", copyLog)] {
            let handle = try startThread(name: name) { body() }
            threads.withLock { $0.append(handle) }
        }
    }

    func stop() {
        closing.close()
        jobs.close()
        checkpoints.close()
        let handles = threads.withLock { handles in
            defer { handles = [] }
            return handles
        }
        for handle in handles { handle.join() }
    }

    /// Asks for a checkpoint, unless one is under way.
    func checkpoint() {
        if isCheckpointing.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged {
            checkpoints.append(true)
        }
    }

    /// True once after a checkpoint: what came in meanwhile is little, and the writer's own checkpoint of it lets the log start anew.
    func takeCheckpointed() -> Bool { hasCheckpointed.exchange(false, ordering: .acquiringAndReleasing) }

    func move(_ move: DeliveryIndex.Move) { jobs.append(.move(move)) }

    /// Asks for a filter over the moved ids. Jobs run one after another, so nothing is moved while it is built.
    func buildFilter() { jobs.append(.filter) }

    private func connect() -> Connection? {
        guard let connection = try? Connection(path: path, mode: .readWrite) else { return nil }
        try? connection.execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -1024")
        return connection
    }

    private func copyLog() {
        var connection: Connection?
        while checkpoints.takeOne() != nil {
            // Without one (no descriptor is free, say) the writer copies all, as it else does with what is left; the next time may do better.
            if connection == nil { connection = connect() }
            // PASSIVE (sqlite.org/pragma.html#pragma_wal_checkpoint) waits for nobody and nobody waits for it.
            let checkpoint = try? connection?.prepare("PRAGMA wal_checkpoint(PASSIVE)")
            var copied: Int64 = 0
            for _ in 0..<Self.passLimit {
                // Third column: pages of the log that are in the database; they begin anew with the log.
                let through = (try? checkpoint?.first { $0.integer(2) }) ?? nil
                guard let through, through - copied > Self.restPages else { break }
                copied = through
            }
            hasCheckpointed.store(true, ordering: .releasing)
            isCheckpointing.store(false, ordering: .releasing)
            _ = submit(.finishCheckpoint)
        }
    }

    private func serve() {
        while let job = jobs.takeOne() {
            let isDone: Bool
            switch job {
            case .move(let move): isDone = moveIDs(move)
            case .filter: isDone = buildFilter()
            }
            if !isDone, pauseUnlessClosing() { jobs.append(job) }
        }
    }

    /// False when there is no connection: no descriptor is free, say.
    private func buildFilter() -> Bool {
        guard let connection = connect() else { return false }
        guard let count = try? connection.integer("SELECT count(*) FROM delivery_hashes"),
            let rows = try? connection.prepare("SELECT hash FROM delivery_hashes")
        else { return true }
        var filter = DeliveryFilter(capacity: Int(count) * 2)
        let isWhole: Void? = try? rows.forEach { row throws(DatabaseError) in
            filter.insert(row.integer(0))
        }
        if isWhole != nil { _ = submit(.installFilter(FilterBox(filter: filter))) }
        return true
    }

    /// False at once when the store is closing, true after the pause.
    private func pauseUnlessClosing() -> Bool { closing.takeAll(timeoutMicroseconds: pause) != nil }

    /// Hands the ids to the writer in small parts. False when a part failed: the ids stay in memory, and all is to be done again, which
    /// is harmless.
    private func moveIDs(_ move: DeliveryIndex.Move) -> Bool {
        let entries = move.entries
        var start = 0
        while start < entries.count {
            let end = min(start + Self.chunk, entries.count)
            guard case .done = submit(.moveDeliveryIDs(Array(entries[start..<end]))) else { return false }
            start = end
        }
        guard case .done = submit(.finishMove(through: move.through)) else { return false }
        return true
    }
}
