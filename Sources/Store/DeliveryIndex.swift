internal import Crypto
internal import SQLite

/// Finds the first delivery with a sender's id, for ever within retention, without a scattered page write for each delivery.
///
/// Senders' ids are random, so each insert into an index over them dirties a page of its own, twice with the write-ahead log. Instead the
/// newest ids are held in memory (128 bits of a hash, and the delivery's number) and moved to the table `delivery_hashes` in bulk and in
/// order, where neighbours share pages. A mark says up to which delivery that has happened; a start reads the deliveries behind it
/// again, so a crash in the middle of a move costs nothing.
final class DeliveryIndex {
    /// What is to be moved, and the delivery that the mark then stands at.
    struct Move: Sendable, Equatable {
        let ids: [Key: Int64]
        let through: Int64

        /// In the order of the table.
        var entries: [DeliveryHash] {
            ids.map { DeliveryHash(hash: $0.key.first, delivery: $0.value) }.sorted { $0.hash < $1.hash }
        }
    }

    /// The first half of SHA-256 over the endpoint's number and the sender's id.
    struct Key: Hashable, Sendable {
        let first: Int64
        let second: Int64

        init(_ endpoint: Int64, _ sender: String) {
            var hash = SHA256()
            withUnsafeBytes(of: endpoint.littleEndian) { hash.update($0) }
            hash.update(sender)
            (first, second) = hash.digest().withUnsafeBytes {
                ($0.loadUnaligned(as: Int64.self), $0.loadUnaligned(fromByteOffset: 8, as: Int64.self))
            }
        }
    }

    static let markKey = "delivery_hashes_through"

    private let connection: Connection
    /// So many ids are held in memory before they are moved.
    private let generation: Int
    private var young: [Key: Int64] = [:]
    /// What is being moved; still looked up here until the move is done.
    private var moving: [Key: Int64] = [:]
    private var added: [(key: Key, before: Int64?)] = []
    /// The mark, and where it will stand after the move.
    private var through: Int64
    private var movingThrough: Int64 = 0
    /// Deliveries behind the mark that went: their ids are not to get into the table. The second are those of this transaction.
    private var gone: Set<Int64> = []
    private var goneLately: [Int64] = []
    /// The newest delivery that was added, and the newest that is committed.
    private var newest: Int64
    private var committedNewest: Int64
    private var isMoving = false
    /// Nil until it has been built; every id is then looked for in the table.
    private var filter: DeliveryFilter?

    /// Reads the deliveries behind the mark. Behind `catchUp` they are few.
    convenience init(_ connection: Connection, generation: Int) throws(DatabaseError) {
        try self.init(unread: connection, generation: generation)
        _ = try load(limit: .max)
    }

    private init(unread connection: Connection, generation: Int) throws(DatabaseError) {
        self.connection = connection
        self.generation = generation
        newest = Int64(try connection.text("SELECT value FROM meta WHERE key = '\(Self.markKey)'") ?? "0") ?? 0
        committedNewest = newest
        through = newest
    }

    // MARK: Catching up

    /// Moves the deliveries behind the mark when they are far more than memory is meant for, as after an upgrade, whose table is empty.
    /// - Parameters:
    ///   - ordinary: so many may be left to `init`.
    ///   - stretch: so many are moved at a time.
    static func catchUp(
        _ connection: Connection, ordinary: Int = 131_072, stretch: Int = 1_000_000, progress: StartProgress = StartProgress()
    ) throws(DatabaseError) {
        let index = try DeliveryIndex(unread: connection, generation: .max)
        let first = max(index.newest, (try connection.integer("SELECT min(id) FROM deliveries") ?? 1) - 1)
        let last = try connection.integer("SELECT max(id) FROM deliveries") ?? 0
        guard last - first > ordinary else { return }
        // By their numbers, of which a few may be unused: counting would read them all.
        let tell = { progress.reached("\(max(0, index.newest - first)) of \(last - first) deliveries") }
        tell()
        while try index.load(limit: stretch, passing: tell) > 0 { try index.moveAtOnce(passing: tell) }
    }

    /// Between two looks at how far it has come.
    private static let lookEvery = 8192

    /// Reads deliveries behind the newest one that is known. Returns how many there were.
    private func load(limit: Int, passing: () -> Void = {}) throws(DatabaseError) -> Int {
        let behind = try connection.prepare("SELECT id, endpoint_id, sender_id FROM deliveries WHERE id > ? ORDER BY id LIMIT ?")
        behind.bind(1, newest)
        behind.bind(2, Int64(limit))
        var count = 0
        try behind.forEach { row throws(DatabaseError) in
            newest = row.integer(0)
            if !row.isNull(2) { young[Key(row.integer(1), row.text(2))] = newest }
            count += 1
            if count % Self.lookEvery == 0 { passing() }
        }
        committedNewest = newest
        return count
    }

    private func moveAtOnce(passing: () -> Void) throws(DatabaseError) {
        let move = Move(ids: young, through: newest)
        let entries = move.entries
        try connection.transaction { () throws(DatabaseError) in
            for start in stride(from: 0, to: entries.count, by: Self.lookEvery) {
                try insert(Array(entries[start..<min(start + Self.lookEvery, entries.count)]))
                passing()
            }
            try finish(through: move.through)
        }
        young = [:]
        through = move.through
        // Nobody else copies the log so early, and each stretch touches most of the table.
        _ = try? connection.integer("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// The number of the first delivery with this id, if it is known.
    func find(_ key: Key, _ endpoint: Int64, _ sender: String) throws(DatabaseError) -> Int64? {
        if let id = young[key] ?? moving[key] { return id }
        if let filter, !filter.mayContain(key.first) { return nil }
        // Half of the key stands there; the delivery says whether it is the one. Of two, the older one's call is beyond the retention.
        let statement = try connection.prepare(
            """
            SELECT d.id FROM delivery_hashes h JOIN deliveries d ON d.id = h.delivery_id
            WHERE h.hash = ? AND d.endpoint_id = ? AND d.sender_id = ? ORDER BY h.delivery_id DESC LIMIT 1
            """)
        statement.bind(1, key.first)
        statement.bind(2, endpoint)
        statement.bind(3, sender)
        return try statement.first { $0.integer(0) }
    }

    func add(_ key: Key, delivery: Int64) {
        added.append((key, young.updateValue(delivery, forKey: key)))
        newest = delivery
    }

    /// The transaction is on disk. Returns what is to be moved to the table now, once a generation is full.
    func committed() -> Move? {
        added.removeAll(keepingCapacity: true)
        goneLately.removeAll(keepingCapacity: true)
        committedNewest = newest
        guard !isMoving, young.count >= generation else { return nil }
        moving = young
        young = [:]
        young.reserveCapacity(generation)
        isMoving = true
        movingThrough = newest
        return Move(ids: moving, through: newest)
    }

    /// The transaction did not happen.
    func rolledBack() {
        for (key, before) in added.reversed() { young[key] = before }
        added.removeAll(keepingCapacity: true)
        gone.subtract(goneLately)
        goneLately.removeAll(keepingCapacity: true)
        // The numbers are given again: a move through them would leave out the deliveries that get them.
        newest = committedNewest
    }

    /// Also when there is one that has become too full: it serves until the next one is there.
    var wantsFilter: Bool { filter.map { $0.count > $0.capacity } ?? true }

    /// A part of a move. Doing it twice is harmless. Deliveries that went meanwhile are left out: nobody would come to delete their rows.
    func insert(_ entries: [DeliveryHash]) throws(DatabaseError) {
        let statement = try connection.prepare(
            "INSERT INTO delivery_hashes (hash, delivery_id) VALUES (?, ?) ON CONFLICT DO NOTHING")
        for entry in entries where !gone.contains(entry.delivery) {
            statement.bind(1, entry.hash)
            statement.bind(2, entry.delivery)
            try statement.runFullyBound()
            if connection.changes > 0 { filter?.insert(entry.hash) }
        }
    }

    /// Takes a filter over all that the table holds now.
    func install(_ filter: DeliveryFilter) { self.filter = filter }

    /// The move is done: its ids are found in the table from here on.
    func finish(through: Int64) throws(DatabaseError) {
        let statement = try connection.prepare(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")
        statement.bind(1, Self.markKey)
        statement.bind(2, String(through))
        try statement.run()
    }

    /// After the commit of `finish`.
    func finished() {
        moving = [:]
        isMoving = false
        through = movingThrough
        gone = gone.filter { $0 > through }
    }

    /// The delivery goes.
    func remove(_ endpoint: Int64, _ sender: String, delivery: Int64) throws(DatabaseError) {
        if delivery > through, gone.insert(delivery).inserted { goneLately.append(delivery) }
        let statement = try connection.prepare("DELETE FROM delivery_hashes WHERE hash = ? AND delivery_id = ?")
        statement.bind(1, Key(endpoint, sender).first)
        statement.bind(2, delivery)
        try statement.run()
    }
}

/// A row of `delivery_hashes`.
package struct DeliveryHash: Sendable, Equatable {
    let hash: Int64
    let delivery: Int64
}

/// Carries a filter through a command.
package struct FilterBox: Sendable {
    let filter: DeliveryFilter
}
