/// Which of many is due first: a heap of four branches over due times and indices. 16 bytes an entry.
struct FireHeap: Sendable {
    struct Entry: Sendable {
        /// Microseconds since 1970.
        var due: Int64
        var index: UInt32
    }

    private var entries: [Entry]

    /// Takes the entries in any order; linear time.
    init(_ entries: [Entry]) {
        self.entries = entries
        guard entries.count > 1 else { return }
        for position in stride(from: (entries.count - 2) / 4, through: 0, by: -1) { sink(position) }
    }

    var isEmpty: Bool { entries.isEmpty }
    var first: Entry? { entries.first }

    mutating func removeFirst() {
        let last = entries.removeLast()
        guard !entries.isEmpty else { return }
        entries[0] = last
        sink(0)
    }

    /// Gives the first entry another time.
    mutating func replaceFirst(due: Int64) {
        entries[0].due = due
        sink(0)
    }

    mutating func insert(_ entry: Entry) {
        var position = entries.count
        entries.append(entry)
        while position > 0 {
            let parent = (position - 1) / 4
            guard entries[parent].due > entry.due else { break }
            entries[position] = entries[parent]
            position = parent
        }
        entries[position] = entry
    }

    private mutating func sink(_ start: Int) {
        var position = start
        let moved = entries[position]
        while true {
            let firstChild = position * 4 + 1
            guard firstChild < entries.count else { break }
            var least = firstChild
            for child in firstChild..<min(firstChild + 4, entries.count) where entries[child].due < entries[least].due { least = child }
            guard entries[least].due < moved.due else { break }
            entries[position] = entries[least]
            position = least
        }
        entries[position] = moved
    }
}
