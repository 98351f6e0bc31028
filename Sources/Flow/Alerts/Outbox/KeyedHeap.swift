/// A binary heap: the entry with the smallest key first, and of equal ones any.
struct KeyedHeap<Value> {
    private var entries: [(key: Int64, value: Value)] = []

    var first: (key: Int64, value: Value)? { entries.first }
    var count: Int { entries.count }

    mutating func insert(_ key: Int64, _ value: Value) {
        entries.append((key, value))
        var child = entries.count - 1
        while child > 0, entries[child].key < entries[(child - 1) / 2].key {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    @discardableResult
    mutating func removeFirst() -> (key: Int64, value: Value)? {
        guard let last = entries.popLast() else { return nil }
        guard let first = entries.first else { return last }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child].key < entries[least].key { least = child }
            guard least != parent else { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}

/// First in, first out.
struct Line<Item> {
    private var items: [Item] = []
    private var start = 0

    var isEmpty: Bool { start == items.count }

    mutating func append(_ item: Item) { items.append(item) }

    mutating func removeFirst() -> Item? {
        guard !isEmpty else { return nil }
        defer {
            start += 1
            if start == items.count || start > 1024 {
                items.removeFirst(start)
                start = 0
            }
        }
        return items[start]
    }
}
