internal import CSQLite

/// A prepared statement: bind, step, read, reset. Parameters and columns are counted as in SQLite's C interface, parameters from 1
/// and columns from 0. It belongs to its connection's thread.
package final class Statement {
    private let handle: OpaquePointer
    private unowned let connection: Connection
    package let sql: String

    init(connection: Connection, sql: String) throws(DatabaseError) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw connection.error(code, sql: sql) }
        handle = prepared
        self.connection = connection
        self.sql = sql
    }

    deinit {
        sqlite3_finalize(handle)
        scratch.deallocate()
    }

    /// Where bound texts stand until the next reset: cheaper than a copy of each that SQLite allocates and frees.
    private let scratch = UnsafeMutableRawPointer.allocate(byteCount: Statement.scratchSize, alignment: 1)
    private var used = 0
    private static let scratchSize = 1024

    // MARK: Binding

    package func bind(_ index: Int32, _ value: Int64?) {
        if let value { sqlite3_bind_int64(handle, index, value) } else { sqlite3_bind_null(handle, index) }
    }

    package func bind(_ index: Int32, _ value: Bool) { sqlite3_bind_int64(handle, index, value ? 1 : 0) }

    /// A text, copied, since a Swift string gives its bytes for a call only.
    package func bind(_ index: Int32, _ string: String?) {
        guard var string else {
            sqlite3_bind_null(handle, index)
            return
        }
        string.withUTF8 { bytes in
            if let source = bytes.baseAddress, bytes.count <= Self.scratchSize - used {
                let copy = scratch + used
                copy.copyMemory(from: source, byteCount: bytes.count)
                used += bytes.count
                sqlite3_bind_text64(
                    handle, index, copy.assumingMemoryBound(to: CChar.self), UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
                return
            }
            let start = UnsafeRawPointer(bytes.baseAddress ?? Self.empty).assumingMemoryBound(to: CChar.self)
            sqlite3_bind_text64(
                handle, index, start, UInt64(bytes.count), sluice_sqlite_transient(), UInt8(SQLITE_UTF8))
        }
    }

    /// A blob, copied.
    package func bind(_ index: Int32, _ blob: [UInt8]?) {
        guard let blob else {
            sqlite3_bind_null(handle, index)
            return
        }
        blob.withUnsafeBytes { bytes in
            _ = sqlite3_bind_blob64(
                handle, index, bytes.baseAddress ?? UnsafeRawPointer(Self.empty), UInt64(bytes.count), sluice_sqlite_transient())
        }
    }

    /// A non-null address for values of no bytes: SQLite reads a null pointer as NULL. Unsafe in name only: the pointer never changes, and
    /// nothing is read or written through it, since it always goes with a length of 0.
    private nonisolated(unsafe) static let empty = UnsafePointer<UInt8>(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

    // MARK: Stepping

    /// True when a row is there to be read.
    package func step() throws(DatabaseError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let failure = connection.error(code, sql: sql)
            reset()
            throw failure
        }
    }

    /// Steps to the end and resets: for statements that answer nothing.
    package func run() throws(DatabaseError) {
        while try step() {}
        reset()
    }

    /// The same for a statement whose parameters are all bound before each run: the old values are left until then.
    package func runFullyBound() throws(DatabaseError) {
        while try step() {}
        sqlite3_reset(handle)
        used = 0
    }

    /// Runs with a blob that is not copied; for a statement whose other parameters are bound.
    package func run(_ index: Int32, blob: [UInt8]) throws(DatabaseError) {
        let outcome = blob.withUnsafeBytes { bytes -> Result<Void, DatabaseError> in
            sqlite3_bind_blob64(handle, index, bytes.baseAddress ?? UnsafeRawPointer(Self.empty), UInt64(bytes.count), nil)
            return Result { () throws(DatabaseError) in
                while try step() {}
            }
        }
        reset()
        try outcome.get()
    }

    package func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        used = 0
    }

    /// Calls `row` for each row, and resets whatever happens.
    package func forEach(_ row: (Statement) throws(DatabaseError) -> Void) throws(DatabaseError) {
        defer { reset() }
        while try step() { try row(self) }
    }

    package func map<Value>(_ read: (Statement) throws(DatabaseError) -> Value) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        defer { reset() }
        while try step() { values.append(try read(self)) }
        return values
    }

    package func first<Value>(_ read: (Statement) throws(DatabaseError) -> Value) throws(DatabaseError) -> Value? {
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    // MARK: Reading

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    package func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
    package func bool(_ column: Int32) -> Bool { integer(column) != 0 }

    package func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    package func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    package func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
