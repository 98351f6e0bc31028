internal import CSQLite

/// One SQLite connection. It belongs to the thread that opened it (not `Sendable`), keeps its prepared statements and is closed
/// with the last reference.
package final class Connection {
    package enum Mode: Sendable { case readWrite, readOnly }

    /// What is set for all connections, once, before the first.
    private static let prepared = sluice_sqlite_prepare()
    let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    /// Written by SQLite's hook after each commit, on this connection's thread.
    private let walFrames = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// - Throws: `DatabaseError` when the file cannot be opened.
    package init(path: String, mode: Mode) throws(DatabaseError) {
        _ = Self.prepared
        var opened: OpaquePointer?
        // NOMUTEX: one thread owns the connection, so SQLite need not lock it (sqlite.org/threadsafe.html).
        let access = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw DatabaseError(code: code, message: "\(message): \(path)")
        }
        handle = opened
        walFrames.initialize(to: 0)
        sqlite3_busy_timeout(handle, 10_000)
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
        walFrames.deallocate()
    }

    /// The statement for `sql`, prepared once and kept.
    package func prepare(_ sql: String) throws(DatabaseError) -> Statement {
        if let known = statements[sql] { return known }
        let made = try Statement(connection: self, sql: sql)
        statements[sql] = made
        return made
    }

    /// Runs one or several statements that answer no rows.
    package func execute(_ sql: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql: sql) }
    }

    /// The first column of the first row, for pragmas and counts.
    package func integer(_ sql: String) throws(DatabaseError) -> Int64? {
        let statement = try Statement(connection: self, sql: sql)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : nil
    }

    package func text(_ sql: String) throws(DatabaseError) -> String? {
        let statement = try Statement(connection: self, sql: sql)
        defer { statement.reset() }
        return try statement.step() ? statement.text(0) : nil
    }

    /// Keeps `walPages` up to date; replaces SQLite's own checkpointing (sqlite.org/c3ref/wal_hook.html).
    package func countWALPages() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                context?.assumingMemoryBound(to: Int32.self).pointee = pages
                return SQLITE_OK
            }, walFrames)
    }

    /// Pages in the write-ahead log after the last commit of this connection.
    package var walPages: Int { Int(walFrames.pointee) }

    /// Rows that the last statement inserted, changed or deleted.
    package var changes: Int { Int(sqlite3_changes64(handle)) }
    package var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }
    /// False while a transaction is open; SQLite ends one by itself after some errors (a full disk among them).
    package var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

    func error(_ code: Int32, sql: String?) -> DatabaseError {
        DatabaseError(code: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
    }
}
