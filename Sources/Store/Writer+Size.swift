internal import SQLite

/// How far the search for bodies of settled calls has come. Kept in memory: a start searches from the beginning again.
struct StripProgress {
    /// The newest call, and the newest delivery, that were looked at.
    var calls: Int64 = 0
    var deliveries: Int64 = 0
    /// Whether the search came by a body that had to stay; it is looked at again in the next search.
    var firstOpenCall: Int64?
    var firstOpenDelivery: Int64?
    /// Bodies that this search has deleted.
    var found = 0
}

/// Retention by size: while the database holds more than it may, the oldest of what is settled goes.
///
/// First bodies: they are most of the space, and without them a repeat is still known and the history still tells who decided what. When
/// there are none left, whole calls and deliveries. What is pending, queued or running stays, whatever the size.
extension Writer {
    /// So many rows are looked at for one batch, so that no commit waits long for it.
    private static let looked = 2000

    /// Answers how many rows are gone or were looked at: with more than none, there may be more to do.
    func shrink(to limit: Int64, batch: Int, at: Int64) throws(DatabaseError) -> Outcome {
        guard try connection.usedBytes() > limit else { return .changed(count: 0) }
        let (deleted, isOver) = try stripBodies(batch)
        if deleted > 0 { return .changed(count: deleted) }
        guard isOver else { return .changed(count: 1) }
        var count = try pruneCalls(before: at, limit: batch)
        count += try pruneDeliveries(before: at, limit: batch)
        count += try pruneRejections(before: at, limit: batch)
        count += try pruneEvents(before: at, limit: batch)
        return .changed(count: count)
    }

    /// - Returns: how many bodies went, and whether a whole search has found none.
    private func stripBodies(_ batch: Int) throws(DatabaseError) -> (deleted: Int, isOver: Bool) {
        var progress = stripping
        let calls = try strip(
            """
            SELECT id, body_id, \(Self.isSettled("calls.id")) FROM calls WHERE id > ?1 ORDER BY id LIMIT ?2
            """, from: &progress.calls, open: &progress.firstOpenCall, limit: batch)
        let deliveries = try strip(
            """
            SELECT id, body_id, call_id IS NULL OR \(Self.isSettled("call_id")) FROM deliveries WHERE id > ?1 ORDER BY id LIMIT ?2
            """, from: &progress.deliveries, open: &progress.firstOpenDelivery, limit: batch)
        let deleted = calls.deleted + deliveries.deleted
        progress.found += deleted
        stripping = progress
        guard calls.isAtEnd, deliveries.isAtEnd else { return (deleted, false) }
        // The next search begins at the first body that had to stay.
        stripping = StripProgress(
            calls: progress.firstOpenCall.map { $0 - 1 } ?? progress.calls,
            deliveries: progress.firstOpenDelivery.map { $0 - 1 } ?? progress.deliveries)
        return (deleted, progress.found == 0)
    }

    private func strip(
        _ sql: String, from position: inout Int64, open: inout Int64?, limit: Int
    ) throws(DatabaseError) -> (deleted: Int, isAtEnd: Bool) {
        let statement = try connection.prepare(sql)
        statement.bind(1, position)
        statement.bind(2, Int64(Self.looked))
        let rows = try statement.map { ($0.integer(0), $0.optionalInteger(1), $0.bool(2)) }
        var deleted = 0
        for (id, body, isSettled) in rows {
            if deleted >= limit { return (deleted, false) }
            position = id
            guard let body else { continue }
            guard isSettled else {
                if open == nil { open = id }
                continue
            }
            // The newest stays: the next number counts from it.
            deleted += try run("DELETE FROM bodies WHERE id = ? AND id < (SELECT max(id) FROM bodies)") { $0.bind(1, body) }
        }
        return (deleted, rows.count < Self.looked)
    }

    /// A condition in SQL: the call of this number, if there is one, has come to its end, and everybody who asked was told.
    private static func isSettled(_ call: String) -> String {
        """
        NOT EXISTS (SELECT 1 FROM approvals a WHERE a.id = \(call) AND a.decided_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = \(call) AND r.finished_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.call_id = \(call) AND n.status = 'pending')
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
