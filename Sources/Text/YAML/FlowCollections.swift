import Diagnostics

extension Parser {
    /// A node in a flow collection or one that looks the same in a block (section 7).
    mutating func flowNode(margin: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        switch byte {
        case UInt8(ascii: "\""): return try doubleQuoted(margin: margin)
        case UInt8(ascii: "'"): return try singleQuoted(margin: margin)
        case UInt8(ascii: "["): return try flowSequence(margin: margin, depth: depth)
        case UInt8(ascii: "{"): return try flowMapping(margin: margin, depth: depth)
        case UInt8(ascii: "*"): return try alias(depth: depth)
        case UInt8(ascii: "!"): throw tagFailure()
        case UInt8(ascii: "&"):
            let anchor = try openAnchor(depth: depth)
            let after = lastEnd
            try flowSpace(margin: margin)
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") || isFlowColon(afterJSON: false) {
                anchors.count(bytes: 0)
                return closeAnchor(anchor, emptyNode(at: after))
            }
            if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*") {
                throw failure("a value can have one anchor only, and an alias none")
            }
            return closeAnchor(anchor, try flowNode(margin: margin, depth: depth))
        default: return try plainFlow(margin: margin)
        }
    }

    /// White space, comments and line breaks between the parts of a flow collection.
    private mutating func flowSpace(margin: Int) throws(YAMLError) {
        skipBlanks()
        try skipComment()
        while byte == 0x0A {
            i += 1
            lineStart = i
            while byte == 0x20 { i += 1 }
            let spaces = column
            skipBlanks()
            if byte == UInt8(ascii: "#") { skipToBreak() }
            if isBreak(i) { continue }
            if column == 0 && isMarker(i) { throw failure("a line '\(text(i, i + 3))' ends the document inside brackets") }
            if spaces < margin {
                if column > spaces { throw tabFailure() }
                throw failure(
                    "this line is inside brackets and must be indented by at least \(margin) space\(margin == 1 ? "" : "s")",
                    hint: byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
                        ? "indent the closing bracket too" : "is the closing bracket missing?")
            }
        }
    }

    /// Is this the `:` between key and value? Behind a quoted key or a bracket it may touch the value.
    private func isFlowColon(afterJSON: Bool) -> Bool {
        byte == UInt8(ascii: ":") && (afterJSON || isSpaceOrBreak(i + 1) || isFlowIndicator(i + 1))
    }

    private func isJSONLike(_ first: UInt8) -> Bool {
        first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") || first == UInt8(ascii: "[") || first == UInt8(ascii: "{")
    }

    /// After an entry: a comma, or the closing bracket, which ends the collection.
    private mutating func separator(_ close: UInt8, open: Int, margin: Int) throws(YAMLError) -> Bool {
        try flowSpace(margin: margin)
        if byte == close { return false }
        let mark = String(Unicode.Scalar(close))
        if i >= end { throw unclosed(open) }
        guard byte == UInt8(ascii: ",") else {
            let wrong = byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
            throw failure(
                "expected ',' or '\(mark)'",
                hint: wrong ? "the '\(text(open, open + 1))' of line \(lineNumber(of: open)) is still open" : nil)
        }
        i += 1
        try flowSpace(margin: margin)
        if i >= end { throw unclosed(open) }
        if byte == UInt8(ascii: ",") { throw failure("a value is missing before this ','") }
        return byte != close
    }

    private func unclosed(_ open: Int) -> YAMLError {
        failure(at: open, "the '\(text(open, open + 1))' that opens here is never closed")
    }

    private mutating func openFlow(margin: Int, depth: Int) throws(YAMLError) -> Int {
        try checkDepth(depth + 1)
        anchors.count(bytes: 0)
        anchors.reach(depth: depth + 1)
        let open = i
        i += 1
        try flowSpace(margin: margin)
        if i >= end { throw unclosed(open) }
        if byte == UInt8(ascii: ",") { throw failure("a value is missing before this ','") }
        return open
    }

    /// Section 7.4.1; stands on `[`.
    private mutating func flowSequence(margin: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        let start = here()
        let open = try openFlow(margin: margin, depth: depth)
        var items: [YAMLNode] = []
        if byte != UInt8(ascii: "]") {
            repeat {
                items.append(try flowItem(margin: margin, depth: depth + 1))
            } while try separator(UInt8(ascii: "]"), open: open, margin: margin)
        }
        i += 1
        lastEnd = here()
        return YAMLNode(.sequence(items), start: start, end: lastEnd)
    }

    /// A node, or a mapping of one pair: `[a: b]`.
    private mutating func flowItem(margin: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        let offset = i
        if isIndicator("?") || isFlowColon(afterJSON: false) {
            var entries = EntryList()
            let start = here()
            try checkDepth(depth + 1)
            anchors.count(bytes: 0)
            anchors.reach(depth: depth + 1)
            try flowEntry(margin: margin, depth: depth + 1, into: &entries)
            return YAMLNode(.mapping(entries.all), start: start, end: lastEnd)
        }
        let line = lineStart
        let first = byte
        let node = try flowNode(margin: margin, depth: depth)
        skipBlanks()
        guard isFlowColon(afterJSON: isJSONLike(first)) else {
            try flowSpace(margin: margin)
            if isFlowColon(afterJSON: isJSONLike(first)) {
                throw failure("in '[ ]' the ':' must be on the line of its key")
            }
            return node
        }
        guard line == lineStart else { throw failure(at: offset, "in '[ ]' a key must be on one line, up to its ':'") }
        guard i - offset <= Limits.implicitKey || text(offset, i).unicodeScalars.count <= Limits.implicitKey else {
            throw failure(at: offset, "the key is longer than \(Limits.implicitKey) characters")
        }
        try checkDepth(depth + 1)
        anchors.count(bytes: 0)
        anchors.reach(depth: depth + 1)
        var entries = EntryList()
        try add(node, offset: offset, to: &entries)
        entries.setValue(try flowValue(margin: margin, depth: depth + 1))
        return YAMLNode(.mapping(entries.all), start: node.start, end: lastEnd)
    }

    /// Section 7.4.2; stands on `{`.
    private mutating func flowMapping(margin: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        let start = here()
        let open = try openFlow(margin: margin, depth: depth)
        var entries = EntryList()
        if byte != UInt8(ascii: "}") {
            repeat {
                try flowEntry(margin: margin, depth: depth + 1, into: &entries)
            } while try separator(UInt8(ascii: "}"), open: open, margin: margin)
        }
        i += 1
        lastEnd = here()
        return YAMLNode(.mapping(entries.all), start: start, end: lastEnd)
    }

    private mutating func flowEntry(margin: Int, depth: Int, into entries: inout EntryList) throws(YAMLError) {
        var offset = i
        var explicit = false
        if isIndicator("?") {
            explicit = true
            i += 1
            lastEnd = here()
            try flowSpace(margin: margin)
            offset = i
        }
        let first = byte
        let key: YAMLNode
        let closes = byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        if isFlowColon(afterJSON: false) || explicit && closes {
            anchors.count(bytes: 0)
            key = emptyNode(at: explicit ? lastEnd : here())
            lastEnd = key.end
        } else {
            key = try flowNode(margin: margin, depth: depth)
        }
        try flowSpace(margin: margin)
        try add(key, offset: offset, to: &entries)
        if isFlowColon(afterJSON: isJSONLike(first)) {
            entries.setValue(try flowValue(margin: margin, depth: depth))
        } else {
            anchors.count(bytes: 0)
            entries.setValue(emptyNode(at: key.end))
        }
    }

    /// At the `:`.
    private mutating func flowValue(margin: Int, depth: Int) throws(YAMLError) -> YAMLNode {
        i += 1
        let after = here()
        try flowSpace(margin: margin)
        if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
            anchors.count(bytes: 0)
            lastEnd = after
            return emptyNode(at: after)
        }
        return try flowNode(margin: margin, depth: depth)
    }
}
