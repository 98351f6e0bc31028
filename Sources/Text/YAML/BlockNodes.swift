import Diagnostics

/// Where a block node stands, which decides what it may be without a new line, and how far left.
enum BlockPlace {
    /// Behind `---` or at the start of the file.
    case document
    /// Behind `- `: a collection may begin on the same line.
    case item
    /// Behind `key: `: a sequence on the next line may be as far left as the key.
    case value
    /// Behind `? ` or the `: ` that belongs to it: both.
    case explicit

    var startsCompact: Bool { self == .item || self == .explicit }
    var takesSequenceAtParent: Bool { self == .value || self == .explicit }
}

/// The start of a block node's content.
struct Opening {
    enum Nesting {
        /// A block collection may begin here.
        case allowed
        /// Not with a tab before it.
        case tab
        /// Not on this line.
        case sameLine
    }

    var parent: Int
    var place: BlockPlace
    var depth: Int
    /// What the entries of a collection that begins here are indented by.
    var column: Int
    var nesting: Nesting
    /// An anchor on a line of its own before the content.
    var anchor: AnchorTable.Open?
}

extension Parser {
    /// The node behind an indicator (section 8.2, `s-l+block-node` and `s-l+block-indented`).
    mutating func blockNode(parent: Int, place: BlockPlace, depth: Int) throws(YAMLError) -> YAMLNode {
        let after = here()
        let tab = skipBlanks()
        try skipComment()
        if isBreak(i) {
            nextLine()
            guard startsNode(parent: parent, place: place) else { return empty(at: after, anchor: nil) }
            return try blockContent(
                Opening(parent: parent, place: place, depth: depth, column: indent, nesting: tabbed ? .tab : .allowed))
        }
        let nesting: Opening.Nesting = !place.startsCompact ? .sameLine : tab ? .tab : .allowed
        return try blockContent(Opening(parent: parent, place: place, depth: depth, column: column, nesting: nesting))
    }

    /// Is the line that begins here indented enough to belong to the node?
    private func startsNode(parent: Int, place: BlockPlace) -> Bool {
        indent > parent || indent >= 0 && indent == parent && place.takesSequenceAtParent && !tabbed && isIndicator("-")
    }

    private mutating func empty(at position: SourcePosition, anchor: AnchorTable.Open?) -> YAMLNode {
        anchors.count(bytes: 0)
        lastEnd = position
        return closeAnchor(anchor, emptyNode(at: position))
    }

    /// The node whose first character is here.
    mutating func blockContent(_ opening: Opening) throws(YAMLError) -> YAMLNode {
        switch byte {
        case UInt8(ascii: "&"): return try anchoredContent(opening)
        case UInt8(ascii: "!"): throw tagFailure()
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            let node = try blockScalar(parent: opening.parent)
            return closeAnchor(opening.anchor, node)
        case UInt8(ascii: "-") where isIndicator("-"):
            try checkNesting(opening, "a list")
            return closeAnchor(opening.anchor, try blockSequence(opening))
        case UInt8(ascii: "?") where isIndicator("?"), UInt8(ascii: ":") where isIndicator(":"):
            try checkNesting(opening, "a mapping")
            return closeAnchor(opening.anchor, try blockMapping(opening, first: nil))
        default:
            return try flowOrMapping(opening, keyAnchor: nil)
        }
    }

    private mutating func anchoredContent(_ opening: Opening) throws(YAMLError) -> YAMLNode {
        let anchor = try openAnchor(depth: opening.depth)
        let afterAnchor = lastEnd
        try skipComment()
        if isBreak(i) {
            if let outer = opening.anchor {
                throw secondAnchor(anchor, after: outer)
            }
            nextLine()
            guard startsNode(parent: opening.parent, place: opening.place) else { return empty(at: afterAnchor, anchor: anchor) }
            var inner = opening
            inner.anchor = anchor
            inner.column = indent
            inner.nesting = tabbed ? .tab : .allowed
            return try blockContent(inner)
        }
        if isIndicator("-") || isIndicator("?") {
            let what = byte == UInt8(ascii: "-") ? "list" : "mapping"
            throw failure("a \(what) can't begin on the line of its anchor", hint: "put it on the next line")
        }
        if byte == UInt8(ascii: "|") || byte == UInt8(ascii: ">") {
            if let outer = opening.anchor { throw secondAnchor(anchor, after: outer) }
            return closeAnchor(anchor, try blockScalar(parent: opening.parent))
        }
        return try flowOrMapping(opening, keyAnchor: anchor)
    }

    private func secondAnchor(_ anchor: AnchorTable.Open, after outer: AnchorTable.Open) -> YAMLError {
        failure(at: anchor.offset, "a value can have one anchor only: '&\(shortened(outer.name))' is before this one")
    }

    /// A flow node, or the mapping whose first key it turns out to be. `keyAnchor` stands on its line.
    private mutating func flowOrMapping(_ opening: Opening, keyAnchor: AnchorTable.Open?) throws(YAMLError) -> YAMLNode {
        let keyStart = keyAnchor?.offset ?? i
        let margin = opening.parent + 1
        if let key = try implicitKey(margin: margin, depth: opening.depth, anchor: keyAnchor, start: keyStart) {
            switch key {
            case .key(let node):
                try checkNesting(opening, "a mapping", at: keyStart)
                return closeAnchor(opening.anchor, try blockMapping(opening, first: FirstKey(node: node, offset: keyStart)))
            case .value(let node):
                if let outer = opening.anchor, let keyAnchor { throw secondAnchor(keyAnchor, after: outer) }
                try finishLine()
                return closeAnchor(opening.anchor ?? keyAnchor, node)
            }
        }
        if let outer = opening.anchor, let keyAnchor { throw secondAnchor(keyAnchor, after: outer) }
        let node = try plainBlock(margin: margin)
        return closeAnchor(opening.anchor ?? keyAnchor, node)
    }

    enum KeyOrValue {
        /// Stands on the `:`.
        case key(YAMLNode)
        case value(YAMLNode)
    }

    /// Reads what may be a key. Nil, with nothing read, for a plain scalar without `:` behind it on its line.
    mutating func implicitKey(margin: Int, depth: Int, anchor: AnchorTable.Open?, start: Int) throws(YAMLError) -> KeyOrValue? {
        let line = lineStart
        let node: YAMLNode
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "["), UInt8(ascii: "{"):
            node = try flowNode(margin: margin, depth: depth)
        case UInt8(ascii: "*"): node = try alias(depth: depth)
        case UInt8(ascii: ":") where isIndicator(":"):
            node = emptyNode(at: lastEnd)
        default:
            try checkPlainStart(inFlow: false)
            let stop = plainEnd(inFlow: false)
            guard let colon = keyColon(after: stop) else { return nil }
            let from = i
            let startPosition = here()
            i = stop
            node = try scalar(text(from, stop), .plain, start: startPosition, offset: from)
            i = colon
            try checkKeyLength(from: start)
            return .key(closeAnchor(anchor, node))
        }
        let stop = i
        skipBlanks()
        guard byte == UInt8(ascii: ":") else {
            i = stop
            return .value(node)
        }
        guard isSpaceOrBreak(i + 1) else { throw failure(at: i + 1, "a space is missing after the ':' of the key") }
        guard lineStart == line else {
            throw failure(at: start, "a key must be on one line, up to its ':'", hint: "line \(lineNumber(of: i)) has the ':'")
        }
        guard case .scalar = node.content else { throw complexKey(at: start) }
        try checkKeyLength(from: start)
        return .key(closeAnchor(anchor, node))
    }

    private func keyColon(after stop: Int) -> Int? {
        var at = stop
        while isBlank(at) { at += 1 }
        return bytes[at] == UInt8(ascii: ":") && isSpaceOrBreak(at + 1) ? at : nil
    }

    private func checkKeyLength(from start: Int) throws(YAMLError) {
        guard i - start > Limits.implicitKey, text(start, i).unicodeScalars.count > Limits.implicitKey else { return }
        throw failure(at: start, "the key is longer than \(Limits.implicitKey) characters")
    }

    private func checkNesting(_ opening: Opening, _ what: String, at offset: Int? = nil) throws(YAMLError) {
        switch opening.nesting {
        case .allowed: try checkDepth(opening.depth + 1, at: offset)
        case .tab: throw tabFailure(at: offset)
        case .sameLine where what == "a list":
            throw failure("a list can't begin on the line of its key", hint: "put its items on the lines below")
        case .sameLine where opening.place == .document:
            throw failure(at: offset, "a mapping can't begin on the line of '---'", hint: "put it on the next line")
        case .sameLine:
            guard offset != nil else {
                throw failure("a mapping can't begin on the line of its key", hint: "put it on the next line")
            }
            throw failure("a value that holds ': ' must be in quotes", hint: "or put the mapping on the lines below, indented")
        }
    }

    func complexKey(at offset: Int) -> YAMLError {
        let template = bytes[offset] == UInt8(ascii: "{") && bytes[offset + 1] == UInt8(ascii: "{")
        return failure(
            at: offset, "a list or a mapping can't be a key",
            hint: template ? "put a value with '{{ }}' in quotes" : "put it in quotes if text is meant")
    }

    func tabFailure(at offset: Int? = nil) -> YAMLError {
        var at = offset ?? i
        while at > lineStart, bytes[at] != 0x09 { at -= 1 }
        while at > lineStart, bytes[at - 1] == 0x09 { at -= 1 }
        return failure(at: at, "a tab can't be used for indentation", hint: "indent with spaces")
    }
}
