package import Model
internal import Posix
package import SQLite
internal import Synchronization

/// The seam to storage: `commit` changes through one writer, `read` looks at local SQLite, `changes` tells what happened since.
///
/// Commands that wait while the last transaction was syncing go into the next one together (group commit). A completion is called on the
/// writer's thread, after the sync; it must not block.
package final class Store: Sendable {
    typealias Completion = @Sendable (Outcome) -> Void
    private struct Submission: Sendable {
        let command: Command
        let weight: Int
        let completion: Completion
    }

    private let path: String
    private let idsInMemory: Int
    private let progress: StartProgress
    private let inbox = Mailbox<Submission>()
    private let stopped = Mailbox<Bool>()
    private let readers: ReadPool
    private let listeners = Mutex<[@Sendable (CommitNotice) -> Void]>([])
    private let frame: @Sendable (() -> Void) -> Void
    private let syncs = Atomic<Int>(0)
    private let committed = Atomic<Int>(0)
    private let pending = Atomic<Int>(0)
    private let deliveries = Mutex(DeliveryTally())
    private let upkeep = Mutex<Upkeep?>(nil)

    /// At most this many commands share a transaction, so that the first of them is not kept waiting.
    private static let batchLimit = 1024

    /// Opens or creates the database, migrates it and starts the writer's thread.
    /// - Parameters:
    ///   - idsInMemory: so many of the newest delivery ids stay in memory before they are moved to their table in bulk.
    ///   - progress: is told, for the operator, what is done to a database of an earlier version, before that begins and while it lasts.
    ///   - frame: calls the completions of a transaction, all at once, and can gather what they bring about.
    /// - Throws: `StoreError` with a text for the operator.
    package init(
        path: String, idsInMemory: Int = 32_768, progress: @escaping @Sendable (String) -> Void = { _ in },
        frame: @escaping @Sendable (() -> Void) -> Void = { $0() }
    ) throws(StoreError) {
        self.path = path
        self.idsInMemory = idsInMemory
        self.frame = frame
        self.progress = StartProgress(tell: progress)
        do {
            let connection = try Connection(path: path, mode: .readWrite)
            try Self.configure(connection)
            try Schema.migrate(connection, progress: self.progress)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("cannot open the database \(path): \(error)")
        }
        readers = ReadPool(path: path)
        let opened = Mailbox<StoreError?>()
        do {
            let upkeep = Upkeep(path: path) { [self] in commit($0) }
            _ = try startThread(name: "sluice-writer") { [self] in serve(upkeep, opened: opened) }
        } catch {
            throw StoreError("cannot start the writer's thread: \(error)")
        }
        if let failure = opened.takeOne() ?? nil { throw failure }
    }

    /// Durability is a promise (a 202 is sent after the sync), so the setting is read back instead of trusted.
    static func configure(_ connection: Connection) throws {
        try connection.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -8192;
            PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;
            """)
        guard try connection.text("PRAGMA journal_mode") == "wal" else {
            throw StoreError("the file system does not support SQLite's write-ahead log")
        }
        guard try connection.integer("PRAGMA synchronous") == 2 else {
            throw StoreError("SQLite did not accept synchronous=FULL, without which nothing would be durable")
        }
    }

    // MARK: Writing

    /// Hands a command to the writer. The completion gets the outcome once it is on disk.
    package func submit(_ command: Command, _ completion: @escaping @Sendable (Outcome) -> Void = { _ in }) {
        let weight = command.weight
        pending.add(weight, ordering: .relaxed)
        if !inbox.append(Submission(command: command, weight: weight, completion: completion)) {
            pending.subtract(weight, ordering: .relaxed)
            completion(.unavailable("Sluice is stopping"))
        }
    }

    /// Hands several commands to the writer at once, so that it does not begin with the first of them alone.
    package func submit(_ commands: [(command: Command, completion: @Sendable (Outcome) -> Void)]) {
        let submissions = commands.map { Submission(command: $0.command, weight: $0.command.weight, completion: $0.completion) }
        let weight = submissions.reduce(0) { $0 + $1.weight }
        pending.add(weight, ordering: .relaxed)
        if !inbox.append(contentsOf: submissions) {
            pending.subtract(weight, ordering: .relaxed)
            for submission in submissions { submission.completion(.unavailable("Sluice is stopping")) }
        }
    }

    /// The same, waiting for the outcome. Never on an event loop or the writer's thread.
    package func commit(_ command: Command) -> Outcome {
        let answer = Mailbox<Outcome>()
        submit(command) { answer.append($0) }
        return answer.takeOne() ?? .unavailable("no answer")
    }

    /// Several at once, in order; they may share a transaction.
    package func commit(_ commands: [Command]) -> [Outcome] {
        let answers = commands.map { command in
            let answer = Mailbox<Outcome>()
            submit(command) { answer.append($0) }
            return answer
        }
        return answers.map { $0.takeOne() ?? .unavailable("no answer") }
    }

    /// Commands that wait for the writer; what sheds load looks here.
    package var backlog: Int { inbox.count }
    /// Bytes of bodies that wait for the writer or are being written; what sheds load looks here too.
    package var pendingBytes: Int { pending.load(ordering: .relaxed) }
    /// Transactions synced, and commands committed in them, since the start.
    package var counters: (syncs: Int, commands: Int) { (syncs.load(ordering: .relaxed), committed.load(ordering: .relaxed)) }

    /// What became of the deliveries that came since the start.
    package var deliveryTally: DeliveryTally { deliveries.withLock { $0 } }

    /// Calls `listener` on the writer's thread after each transaction that has something to tell.
    package func onCommit(_ listener: @escaping @Sendable (CommitNotice) -> Void) {
        listeners.withLock { $0.append(listener) }
    }

    /// The writer's thread. Its connection is closed before it says that it has stopped.
    private func serve(_ upkeep: Upkeep, opened: Mailbox<StoreError?>) {
        defer { stopped.close() }
        do {
            let connection = try Connection(path: path, mode: .readWrite)
            try Self.configure(connection)
            connection.countWALPages()
            try DeliveryIndex.catchUp(connection, progress: progress)
            progress.finished()
            let writer = try Writer(connection: connection, idsInMemory: idsInMemory)
            try upkeep.start()
            self.upkeep.withLock { $0 = upkeep }
            upkeep.buildFilter()
            opened.append(nil)
            takeCommands(writer, upkeep)
        } catch {
            opened.append(StoreError("cannot open the database \(path): \(error)"))
        }
    }

    private func takeCommands(_ writer: Writer, _ upkeep: Upkeep) {
        while let waiting = inbox.takeAll() {
            var rest = waiting[...]
            while !rest.isEmpty {
                let batch = rest.prefix(Self.batchLimit)
                rest = rest.dropFirst(Self.batchLimit)
                let outcomes = writer.commit(batch.map(\.command))
                syncs.wrappingAdd(1, ordering: .relaxed)
                committed.wrappingAdd(batch.count, ordering: .relaxed)
                let tally = writer.takeTally()
                deliveries.withLock { $0.add(tally) }
                frame {
                    for (submission, outcome) in zip(batch, outcomes) { submission.completion(outcome) }
                }
                pending.subtract(batch.reduce(0) { $0 + $1.weight }, ordering: .relaxed)
                ring(writer.takeNotice())
                maintain(writer, upkeep)
            }
        }
    }

    /// Past these many pages (of 4 KiB) the log is copied into the database, first beside the writer; past the second bound, which only
    /// a slow disk reaches, by the writer itself, so that the log cannot grow without end.
    private static let checkpointPages = 4000
    private static let patiencePages = 65_536

    private func maintain(_ writer: Writer, _ upkeep: Upkeep) {
        if let move = writer.takeMove() {
            // Before the move, whose ids the writer then adds itself.
            if writer.deliveryIndex.wantsFilter { upkeep.buildFilter() }
            upkeep.move(move)
        }
        let pages = writer.connection.walPages
        guard pages >= Self.checkpointPages else { return }
        if upkeep.takeCheckpointed() || pages >= Self.patiencePages {
            _ = try? writer.connection.integer("PRAGMA wal_checkpoint(PASSIVE)")
        } else {
            upkeep.checkpoint()
        }
    }

    private func ring(_ notice: CommitNotice) {
        guard !notice.isEmpty else { return }
        for listener in listeners.withLock({ $0 }) { listener(notice) }
    }

    /// Commits what waits and ends the writer's thread. Later commands get `.unavailable`. Twice is fine.
    package func close() {
        // The upkeep first: what it has begun may still commit.
        upkeep.withLock { upkeep in
            defer { upkeep = nil }
            return upkeep
        }?.stop()
        inbox.close()
        _ = stopped.takeOne()
        readers.close()
    }

    // MARK: Reading

    /// Runs `body` with a read-only connection, inside one read transaction: all its statements see the same moment.
    package func read<Value>(_ body: (Connection) throws -> Value) throws -> Value { try readers.read(body) }

    /// Events behind `sequence`, oldest first.
    package func changes(after sequence: Int64, limit: Int = 1000) throws -> [Event] {
        try read { connection in
            let statement = try connection.prepare(
                "SELECT id, at, kind, endpoint_id, subject_id, data FROM events WHERE id > ? ORDER BY id LIMIT ?")
            statement.bind(1, sequence)
            statement.bind(2, Int64(limit))
            return try statement.map {
                Event(
                    sequence: $0.integer(0), at: $0.integer(1), kind: $0.text(2), endpoint: $0.optionalInteger(3),
                    subject: $0.optionalInteger(4), data: $0.optionalText(5))
            }
        }
    }
}

/// A fact, appended in the transaction of the change that it tells.
package struct Event: Sendable, Equatable {
    package let sequence: Int64
    package let at: Int64
    package let kind: String
    package let endpoint: Int64?
    package let subject: Int64?
    package let data: String?

    package init(sequence: Int64, at: Int64, kind: String, endpoint: Int64?, subject: Int64?, data: String?) {
        self.sequence = sequence
        self.at = at
        self.kind = kind
        self.endpoint = endpoint
        self.subject = subject
        self.data = data
    }
}
