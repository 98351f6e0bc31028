internal import SQLite

/// Finds the first delivery with a sender's id, for ever within retention, without a scattered page write for each delivery.
///
/// Senders' ids are random, so each insert into an index over them dirties a page of its own, twice with the write-ahead log. Instead the
/// newest ids are held in memory (128 bits of a hash seeded for each process, and the delivery's number) and moved to the table
/// `delivery_ids` in bulk and in key order, where neighbours share pages. A mark says up to which delivery that has happened; a start
/// reads the deliveries behind it again, so a crash in the middle of a move costs nothing.
final class DeliveryIndex {
    /// Deliveries to be moved, `after` excluded and `through` included.
    struct Move: Sendable, Equatable {
        let after: Int64
        let through: Int64
    }

    struct Key: Hashable {
        let endpoint: Int64
        let first: Int
        let second: Int

        init(_ endpoint: Int64, _ sender: String) {
            self.endpoint = endpoint
            first = sender.hashValue
            var hasher = Hasher()
            hasher.combine(0x5eed)
            hasher.combine(sender)
            second = hasher.finalize()
        }
    }

    static let markKey = "delivery_ids_through"

    private let connection: Connection
    /// So many ids are held in memory before they are moved.
    private let generation: Int
    private var young: [Key: Int64] = [:]
    /// What is being moved; still looked up here until the move is done.
    private var moving: [Key: Int64] = [:]
    private var added: [Key] = []
    private var mark: Int64
    /// The newest delivery that was added, and the newest that is committed.
    private var newest: Int64
    private var committedNewest: Int64
    private var move: Move?
    /// Nil until it has been built, and again when it is full; every id is then looked for in the table.
    private var filter: DeliveryFilter?

    init(_ connection: Connection, generation: Int) throws(DatabaseError) {
        self.connection = connection
        self.generation = generation
        mark = Int64(try connection.text("SELECT value FROM meta WHERE key = '\(Self.markKey)'") ?? "0") ?? 0
        newest = mark
        committedNewest = mark
        let behind = try connection.prepare("SELECT id, endpoint_id, sender_id FROM deliveries WHERE id > ? ORDER BY id")
        behind.bind(1, mark)
        try behind.forEach { row throws(DatabaseError) in
            newest = row.integer(0)
            if !row.isNull(2) { young[Key(row.integer(1), row.text(2))] = newest }
        }
        committedNewest = newest
    }

    /// The number of the first delivery with this id, if it is (or was) known.
    func find(_ endpoint: Int64, _ sender: String) throws(DatabaseError) -> Int64? {
        let key = Key(endpoint, sender)
        if let id = young[key] ?? moving[key] { return id }
        if let filter, !filter.mayContain(key.first, key.second) { return nil }
        let statement = try connection.prepare("SELECT delivery_id FROM delivery_ids WHERE endpoint_id = ? AND sender_id = ?")
        statement.bind(1, endpoint)
        statement.bind(2, sender)
        return try statement.first { $0.integer(0) }
    }

    func add(_ endpoint: Int64, _ sender: String, delivery: Int64) {
        let key = Key(endpoint, sender)
        young[key] = delivery
        newest = delivery
        added.append(key)
    }

    /// The transaction is on disk. Returns what is to be moved to the table now, once a generation is full.
    func committed() -> Move? {
        added.removeAll(keepingCapacity: true)
        committedNewest = newest
        guard move == nil, young.count >= generation else { return nil }
        moving = young
        young = [:]
        young.reserveCapacity(generation)
        move = Move(after: mark, through: newest)
        return move
    }

    /// The transaction did not happen.
    func rolledBack() {
        for key in added { young[key] = nil }
        added.removeAll(keepingCapacity: true)
        // The numbers are given again: a move through them would leave out the deliveries that get them.
        newest = committedNewest
    }

    var wantsFilter: Bool { filter == nil }

    /// A part of a move. Doing it twice is harmless; a newer delivery under an id whose first one was pruned takes its place.
    func insert(_ rows: [DeliveryKey]) throws(DatabaseError) {
        let statement = try connection.prepare(
            """
            INSERT INTO delivery_ids (endpoint_id, sender_id, delivery_id) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET delivery_id = max(delivery_id, excluded.delivery_id)
            """)
        for row in rows {
            statement.bind(1, row.endpoint)
            statement.bind(2, row.sender)
            statement.bind(3, row.delivery)
            try statement.run()
            let key = Key(row.endpoint, row.sender)
            filter?.insert(key.first, key.second)
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
    func finished(through: Int64) {
        mark = through
        moving = [:]
        move = nil
        if let known = filter, known.count > known.capacity { filter = nil }
    }
}

/// A row of `delivery_ids`.
package struct DeliveryKey: Sendable {
    let endpoint: Int64
    let sender: String
    let delivery: Int64
}

/// Carries a filter through a command.
package struct FilterBox: Sendable {
    let filter: DeliveryFilter
}
