internal import Store

/// What one lane of the store has to send, as far as it is known here: a window that moves on by the numbers of the rows.
final class Lane {
    let name: String
    /// Read and not begun, by number. The first is the head.
    private(set) var rows: [NotificationRow] = []
    /// All rows up to this number are in `rows`, in `open`, or behind us.
    private(set) var passed: Int64 = 0
    /// Whether the store may have more behind `passed`.
    private(set) var mayHaveMore = true
    /// Begun and not yet recorded as ended, or stepped aside.
    var open: Set<Int64> = []
    /// When a message that failed may be tried again, by the monotonic clock.
    var notBefore: [Int64: Int64] = [:]
    /// Where the head waits, and the number under which it does.
    var target: Target?
    var head: Int64?

    init(_ name: String) { self.name = name }

    var isIdle: Bool { head == nil && rows.isEmpty && open.isEmpty && !mayHaveMore }

    /// Something was added; or something with an old number is to be sent.
    func renew(from revived: Int64?) {
        mayHaveMore = true
        guard let revived, revived <= passed else { return }
        passed = revived - 1
        rows.removeAll { $0.id >= revived }
    }

    /// Reads on if nothing is left in memory.
    func fill(_ source: OutboxSource, limit: Int) throws {
        while rows.isEmpty, mayHaveMore {
            let page = try source.rows(name, passed, limit)
            mayHaveMore = page.count == limit
            if let last = page.last { passed = last.id }
            rows = page.filter { !open.contains($0.id) }
        }
    }

    /// Forgets what was read, but for its head's number: too much is in memory.
    func release() {
        guard let first = rows.first else { return }
        passed = first.id - 1
        mayHaveMore = true
        rows.removeAll()
    }

    func takeFirst() -> NotificationRow? { rows.isEmpty ? nil : rows.removeFirst() }

    /// A message that failed goes back to its place.
    func putBack(_ row: NotificationRow) {
        open.remove(row.id)
        guard row.id <= passed else {
            mayHaveMore = true
            return
        }
        rows.insert(row, at: rows.firstIndex { $0.id > row.id } ?? rows.count)
    }
}

/// Where the rows are read.
struct OutboxSource {
    /// What a lane has to send behind a number, in its order, at most so many.
    var rows: (_ lane: String, _ after: Int64, _ limit: Int) throws -> [NotificationRow]
    var row: (Int64) throws -> NotificationRow?
}
