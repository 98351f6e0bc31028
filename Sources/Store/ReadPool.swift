internal import SQLite
internal import Synchronization

/// Read-only connections, lent to one thread at a time and kept for the next.
final class ReadPool: Sendable {
    private struct Idle: ~Copyable {
        var connections: [Connection] = []
        var isClosed = false
    }

    private let path: String
    private let idle = Mutex(Idle())
    private static let kept = 4

    init(path: String) { self.path = path }

    func read<Value>(_ body: (Connection) throws -> Value) throws -> Value {
        let connection = try take()
        defer { give(connection) }
        try connection.execute("BEGIN")
        defer { try? connection.execute("COMMIT") }
        return try body(connection)
    }

    private func take() throws -> Connection {
        let handed: UncheckedBox? = idle.withLock { $0.connections.popLast().map(UncheckedBox.init) }
        if let handed { return handed.connection }
        let made = try Connection(path: path, mode: .readOnly)
        try made.execute("PRAGMA cache_size = -2048; PRAGMA query_only = ON")
        return made
    }

    private func give(_ connection: Connection) {
        let box = UncheckedBox(connection)
        idle.withLock { state in
            if !state.isClosed, state.connections.count < Self.kept { state.connections.append(box.connection) }
        }
    }

    func close() {
        idle.withLock { state in
            state.isClosed = true
            state.connections.removeAll()
        }
    }

    /// Carries a connection across the lock's border. Unchecked, and sound: a connection leaves `idle` under the lock before it is used,
    /// and only the thread that took it touches it until it is put back.
    private struct UncheckedBox: @unchecked Sendable {
        let connection: Connection
        init(_ connection: Connection) { self.connection = connection }
    }
}
