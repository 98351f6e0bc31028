/// A failed SQLite call: the extended result code (sqlite.org/rescode.html), its message and the SQL that was running.
/// Bound values are left out, since they may be secrets.
package struct DatabaseError: Error, Sendable, CustomStringConvertible {
    package let code: Int32
    package let message: String
    package let sql: String?

    package init(code: Int32, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    package var description: String {
        let statement = sql.map { " in \"\($0)\"" } ?? ""
        return "SQLite error \(code): \(message)\(statement)"
    }

    /// The primary code, without the extension in the upper bits.
    package var primaryCode: Int32 { code & 0xff }
}
