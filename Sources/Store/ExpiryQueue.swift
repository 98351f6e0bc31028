internal import SQLite

/// When pending approvals end, the earliest first: a heap in the writer's memory. An index by time on disk would cost each approval two page
/// writes and be asked once a minute.
///
/// Approvals that come one after another and end within a second share an entry, so that a flood of them takes next to no memory. An
/// entry knows when its first one ends, or ended before it was decided; the table of pending approvals says which of them wait.
struct ExpiryQueue {
    struct Stretch: Equatable {
        /// Nobody of it ends before.
        var expiry: Int64
        var first: Int64
        var last: Int64
    }

    private var heap: [Stretch] = []
    /// The newest, which may still grow.
    private var open: Stretch?

    private static let span: Int64 = 1_000_000
    private static let length: Int64 = 1000

    init(_ connection: Connection) throws(DatabaseError) {
        let rows = try connection.prepare("SELECT expires_at, id FROM pending_approvals ORDER BY id")
        try rows.forEach { row throws(DatabaseError) in add(row.integer(1), expiry: row.integer(0)) }
    }

    /// An approval whose number is above all before it.
    mutating func add(_ approval: Int64, expiry: Int64) {
        if var stretch = open, abs(expiry - stretch.expiry) <= Self.span, approval - stretch.first < Self.length {
            stretch.last = approval
            stretch.expiry = min(stretch.expiry, expiry)
            open = stretch
            return
        }
        if let stretch = open { put(stretch) }
        open = Stretch(expiry: expiry, first: approval, last: approval)
    }

    var earliest: Int64? {
        guard let open else { return heap.first?.expiry }
        return min(open.expiry, heap.first?.expiry ?? .max)
    }

    /// Takes the earliest out, when its time has come.
    mutating func next(at: Int64) -> Stretch? {
        guard let earliest, earliest <= at else { return nil }
        if let stretch = open, stretch.expiry == earliest {
            open = nil
            return stretch
        }
        let stretch = heap[0]
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].expiry < heap[child].expiry { child += 1 }
            guard heap[child].expiry < heap[parent].expiry else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return stretch
    }

    /// Puts one back, with the time of those that are left of it.
    mutating func put(_ stretch: Stretch) {
        heap.append(stretch)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].expiry < heap[parent].expiry else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }
}
