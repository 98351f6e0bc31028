internal import SQLite

/// When pending approvals end, the earliest first: a heap in the writer's memory (16 bytes an approval). An index by time on disk would cost each
/// approval two page writes and be asked once a minute.
///
/// An approval that is decided stays until its time has come; whoever takes it out looks whether it still waits.
struct ExpiryQueue {
    private struct Entry {
        let expiry: Int64
        let approval: Int64
    }

    private var entries: [Entry] = []

    init(_ connection: Connection) throws(DatabaseError) {
        // Oldest first, so nearly in the order of the heap.
        let rows = try connection.prepare("SELECT expires_at, id FROM pending_approvals ORDER BY id")
        try rows.forEach { row throws(DatabaseError) in add(row.integer(1), expiry: row.integer(0)) }
    }

    var earliest: Int64? { entries.first?.expiry }
    var earliestApproval: Int64? { entries.first?.approval }

    mutating func add(_ approval: Int64, expiry: Int64) {
        entries.append(Entry(expiry: expiry, approval: approval))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].expiry < entries[parent].expiry else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first one out whose time has come.
    mutating func next(at: Int64) -> Int64? {
        guard let first = entries.first, first.expiry <= at else { return nil }
        removeFirst()
        return first.approval
    }

    mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < entries.count else { return }
            if child + 1 < entries.count, entries[child + 1].expiry < entries[child].expiry { child += 1 }
            guard entries[child].expiry < entries[parent].expiry else { return }
            entries.swapAt(child, parent)
            parent = child
        }
    }
}
