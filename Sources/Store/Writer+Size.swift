internal import SQLite

/// A walk through a table from its oldest row on, a few rows a time. Kept in memory: a start begins again.
struct Walk {
    /// The newest row that was looked at.
    var position: Int64 = 0
    /// The oldest row that had to stay; the next walk begins with it.
    var firstStaying: Int64?
    var isAtEnd = false

    /// Ready for the next walk.
    func restarted() -> Walk { Walk(position: firstStaying.map { $0 - 1 } ?? position) }
}

/// Several walks that make one search for what may go.
struct RoomSearch {
    var walks: [Walk]
    /// What this search has deleted.
    var found = 0
    /// The last search came to its end and found nothing.
    var isExhausted = false

    init(tables: Int) { walks = Array(repeating: Walk(), count: tables) }

    mutating func restartAtEnd() {
        guard walks.allSatisfy(\.isAtEnd) else { return }
        isExhausted = found == 0
        found = 0
        walks = walks.map { $0.restarted() }
    }
}

struct ShrinkProgress {
    var bodies = RoomSearch(tables: 2)
    var rows = RoomSearch(tables: 3)
}

/// Retention by size: while the database holds more than it may, the oldest of what is settled goes.
///
/// First bodies: they are most of the space, and without them a repeat is still known and the history still tells who decided what. When
/// there are none left, whole calls and deliveries. What is pending, queued or running stays, whatever the size.
extension Writer {
    /// So many rows of a table are looked at for one batch, so that no commit waits long for it.
    private static let looked = 1000

    /// Answers how many rows are gone; 1 while the search goes on; 0 when it is small enough, or when nothing more may go.
    func shrink(to limit: Int64, batch: Int, at: Int64) throws(DatabaseError) -> Outcome {
        guard try connection.usedBytes() > limit else { return .changed(count: 0) }
        let bodies = try stripBodies(batch)
        if bodies > 0 { return .changed(count: bodies) }
        guard shrinking.bodies.isExhausted else { return .changed(count: 1) }
        let rows = try dropRows(batch) + (try pruneRejections(before: at, limit: batch))
        if rows > 0 { return .changed(count: rows) }
        return .changed(count: shrinking.rows.isExhausted ? 0 : 1)
    }

    private func stripBodies(_ batch: Int) throws(DatabaseError) -> Int {
        var search = shrinking.bodies
        // The newest stays: the next number counts from it.
        let delete = "DELETE FROM bodies WHERE id = ? AND id < (SELECT max(id) FROM bodies)"
        let deleteBody = { (writer: Writer, row: Row) throws(DatabaseError) -> Int in try writer.run(delete) { $0.bind(1, row.body) } }
        var deleted = try walk(
            "SELECT id, body_id, body_id IS NULL, \(Self.isSettled("calls.id"))", "calls", &search.walks[0], batch, deleteBody)
        deleted += try walk(
            "SELECT id, body_id, body_id IS NULL, call_id IS NULL OR \(Self.isSettled("call_id"))", "deliveries", &search.walks[1], batch,
            deleteBody)
        search.found += deleted
        search.restartAtEnd()
        shrinking.bodies = search
        return deleted
    }

    private func dropRows(_ batch: Int) throws(DatabaseError) -> Int {
        var search = shrinking.rows
        let calls = try walk(
            "SELECT id, NULL, 0, id < (SELECT max(id) FROM calls) AND \(Self.isSettled("calls.id"))", "calls", &search.walks[0], batch
        ) { writer, row throws(DatabaseError) in
            try writer.deleteCall(row.id)
            return 1
        }
        // The writer's memory may name specs that went with them.
        if calls > 0 { forgetSpecs() }
        let deliveries = try walk(
            """
            SELECT id, NULL, 0, id < (SELECT max(id) FROM deliveries)
              AND (call_id IS NULL OR NOT EXISTS (SELECT 1 FROM calls c WHERE c.id = call_id))
            """, "deliveries", &search.walks[1], batch
        ) { writer, row throws(DatabaseError) in try writer.deleteDelivery(row.id) }
        let events = try walk(
            """
            SELECT id, NULL, 0, id < (SELECT max(id) FROM events)
              AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.event_id = events.id AND n.status IN ('pending', 'waiting'))
            """, "events", &search.walks[2], batch
        ) { writer, row throws(DatabaseError) in try writer.run("DELETE FROM events WHERE id = ?") { $0.bind(1, row.id) } }
        search.found += calls + deliveries + events
        search.restartAtEnd()
        shrinking.rows = search
        return calls + deliveries + events
    }

    private struct Row {
        let id: Int64
        let body: Int64?
    }

    /// Looks at the next rows and deletes what may go. `columns` give number, body, whether the row is of no interest, and whether it may go.
    private func walk(
        _ columns: String, _ table: StaticString, _ walk: inout Walk, _ limit: Int,
        _ delete: (Writer, Row) throws(DatabaseError) -> Int
    ) throws(DatabaseError) -> Int {
        let statement = try connection.prepare("\(columns) FROM \(table) WHERE id > ?1 ORDER BY id LIMIT ?2")
        statement.bind(1, walk.position)
        statement.bind(2, Int64(Self.looked))
        let rows = try statement.map { (Row(id: $0.integer(0), body: $0.optionalInteger(1)), isPassed: $0.bool(2), mayGo: $0.bool(3)) }
        var deleted = 0
        for (row, isPassed, mayGo) in rows {
            if deleted >= limit {
                walk.isAtEnd = false
                return deleted
            }
            walk.position = row.id
            if isPassed { continue }
            if mayGo { deleted += try delete(self, row) } else if walk.firstStaying == nil { walk.firstStaying = row.id }
        }
        walk.isAtEnd = rows.count < Self.looked
        return deleted
    }

    /// A condition in SQL: the call of this number, if there is one, has come to its end, and everybody who asked was told.
    private static func isSettled(_ call: String) -> String {
        """
        NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = \(call) AND a.decided_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = \(call) AND r.finished_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.call_id = \(call) AND n.status IN ('pending', 'waiting'))
        """
    }
}

extension Connection {
    /// Pages that hold something; those that are free are used again before the file grows.
    func usedBytes() throws(DatabaseError) -> Int64 {
        let pages = try integer("PRAGMA page_count") ?? 0
        let free = try integer("PRAGMA freelist_count") ?? 0
        return (pages - free) * (try integer("PRAGMA page_size") ?? 4096)
    }
}

extension Store {
    /// What `retention_size` is compared with.
    package func usedBytes() throws -> Int64 { try read { try $0.usedBytes() } }
}
