internal import SQLite

extension Store {
    /// The first `limit` bytes of what a call's command gets on stdin; none for a call that is not known.
    package func stdin(ofCall id: Int64, limit: Int) throws -> [UInt8] {
        try read { connection in
            let statement = try connection.prepare(
                "SELECT substr(b.bytes, 1, ?2) FROM calls c JOIN bodies b ON b.id = c.body_id WHERE c.id = ?1")
            statement.bind(1, id)
            statement.bind(2, Int64(limit))
            return try statement.first { $0.blob(0) } ?? []
        }
    }
}
