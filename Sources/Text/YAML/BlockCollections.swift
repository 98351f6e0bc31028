import Diagnostics

/// The first key of a block mapping, which had to be read to know that it is one.
struct FirstKey {
    var node: YAMLNode
    var offset: Int
}

extension Parser {
    /// Section 8.2.1; stands on the first `-`.
    mutating func blockSequence(_ opening: Opening) throws(YAMLError) -> YAMLNode {
        let column = opening.column
        let start = opening.anchor?.start ?? here()
        var items: [YAMLNode] = []
        anchors.count(bytes: 0)
        anchors.reach(depth: opening.depth + 1)
        while true {
            i += 1
            items.append(try blockNode(parent: column, place: .item, depth: opening.depth + 1))
            guard indent >= column else { break }
            if tabbed { throw tabFailure() }
            if indent > column { throw indentedTooFar(column, "the items of the list") }
            if isIndicator("-") { continue }
            // The keys of the mapping around it go on: its value was a list as far left as they are.
            if column == opening.parent { break }
            throw notAnItem()
        }
        return YAMLNode(.sequence(items), start: start, end: lastEnd)
    }

    private func notAnItem() -> YAMLError {
        if byte == UInt8(ascii: "-"), !isMarker(i) {
            return failure("an item of a list needs a space after its '-'")
        }
        return failure("expected an item of the list, which starts with '- '", hint: "check the indentation of this line")
    }

    /// Section 8.2.2; stands on the `:` behind the first key, or on `?` or `:` if there is none.
    mutating func blockMapping(_ opening: Opening, first: FirstKey?) throws(YAMLError) -> YAMLNode {
        let column = opening.column
        let depth = opening.depth + 1
        var entries = EntryList()
        let start = opening.anchor?.start ?? first?.node.start ?? here()
        anchors.count(bytes: 0)
        anchors.reach(depth: depth)
        var ready = first
        while true {
            if ready == nil, isIndicator("?") {
                try explicitEntry(column: column, depth: depth, into: &entries)
            } else {
                let offset = ready?.offset ?? i
                let key: YAMLNode
                if let ready { key = ready.node } else { key = try nextKey(column: column, depth: depth) }
                i += 1
                try add(key, offset: offset, to: &entries)
                entries.setValue(try blockNode(parent: column, place: .value, depth: depth))
            }
            ready = nil
            guard indent >= column else { break }
            if tabbed { throw tabFailure() }
            if indent > column { throw indentedTooFar(column, "the keys of the mapping") }
            if isIndicator("-") {
                throw failure("expected a key, found an item of a list", hint: "indent the list by more than the keys around it")
            }
        }
        return YAMLNode(.mapping(entries.all), start: start, end: lastEnd)
    }

    private mutating func explicitEntry(column: Int, depth: Int, into entries: inout EntryList) throws(YAMLError) {
        let offset = i
        i += 1
        let key = try blockNode(parent: column, place: .explicit, depth: depth)
        guard case .scalar = key.content else { throw complexKey(at: offset) }
        try add(key, offset: offset, to: &entries)
        guard indent == column, !tabbed, isIndicator(":") else {
            anchors.count(bytes: 0)
            return entries.setValue(emptyNode(at: key.end))
        }
        i += 1
        entries.setValue(try blockNode(parent: column, place: .explicit, depth: depth))
    }

    /// A key on its line; stands on the `:` behind it.
    private mutating func nextKey(column: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        let offset = i
        var anchor: AnchorTable.Open?
        if byte == UInt8(ascii: "!") { throw tagFailure() }
        if byte == UInt8(ascii: "&") { anchor = try openAnchor(depth: depth) }
        if isIndicator(":") {
            anchors.count(bytes: 0)
            return closeAnchor(anchor, emptyNode(at: here()))
        }
        if !isBreak(i), case .key(let node) = try implicitKey(margin: column + 1, depth: depth, anchor: anchor, start: offset) {
            return node
        }
        i = offset
        var hint = "check the indentation of this line"
        var until = i
        while !isSpaceOrBreak(until) { until += 1 }
        if bytes[i..<until].contains(UInt8(ascii: ":")) { hint = "a ':' behind a key needs a space after it" }
        throw failure("expected 'key: value'", hint: hint)
    }

    /// Starts an entry, whose value `setValue` gives.
    mutating func add(_ key: YAMLNode, offset: Int, to entries: inout EntryList) throws(YAMLError) {
        guard case .scalar(let scalar) = key.content else { throw complexKey(at: offset) }
        let text = scalar.value == .null ? "null" : scalar.text
        if let line = entries.start(key: text, node: key) {
            throw failure(
                at: offset, to: min(offset + max(1, scalar.text.utf8.count), end),
                "the key '\(shortened(text))' is given twice: first on line \(line)")
        }
    }

    private func indentedTooFar(_ column: Int, _ what: String) -> YAMLError {
        failure(
            "this line is indented by \(indent), but \(what) around it by \(column)",
            hint: "indent lines that belong together by the same number of spaces")
    }
}

/// The entries of one mapping, and a hashed look-up of their keys once there are many.
struct EntryList {
    private(set) var all: [YAMLEntry] = []
    private var lines: [ExactText: Int] = [:]

    /// The line of an entry with the same key, if there is one; else the entry is begun.
    mutating func start(key: String, node: YAMLNode) -> Int? {
        if let line = lines.updateValue(node.start.line, forKey: ExactText(key)) { return line }
        all.append(YAMLEntry(key: key, keyNode: node, value: node))
        return nil
    }

    mutating func setValue(_ value: YAMLNode) {
        if !all.isEmpty { all[all.count - 1].value = value }
    }
}
