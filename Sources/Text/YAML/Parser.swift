import Diagnostics

/// Recursive descent over the text, one pass and no way back, except to look over blank lines behind a plain scalar.
///
/// Terms: `parent` is the indentation of the collection around a node (-1 for the document), `margin` the least indentation
/// that a continuation line of a flow node must have: `parent + 1`.
///
/// After each block node the parser stands on the first character of the next line with content; `indent` is the number of
/// spaces before it, -1 at the end of the document.
struct Parser {
    let bytes: [UInt8]
    let end: Int
    let quotedOnly: [Int]
    var i = 0
    var lineStart = 0
    var indent = 0
    /// A tab stands between the start of the line and its content: no block collection may begin here.
    var tabbed = false
    var lastEnd = SourcePosition(line: 1, column: 1)
    var cursor = PositionCursor()
    var anchors = AnchorTable()
    /// Where quoted scalars with characters of `quotedOnly` were.
    var quotedRanges: [Range<Int>] = []

    init(_ source: SourceText) {
        bytes = source.bytes
        end = source.end
        quotedOnly = source.quotedOnly
    }

    var byte: UInt8 { bytes[i] }
    var column: Int { i - lineStart }

    // MARK: Characters

    func isBlank(_ at: Int) -> Bool { bytes[at] == 0x20 || bytes[at] == 0x09 }

    /// A line break or the end of the text.
    func isBreak(_ at: Int) -> Bool { bytes[at] == 0x0A || at >= end }

    func isSpaceOrBreak(_ at: Int) -> Bool { isBlank(at) || isBreak(at) }

    /// Is `character` here as an indicator, followed by a space, a tab or the end of the line?
    func isIndicator(_ character: Unicode.Scalar) -> Bool {
        byte == UInt8(ascii: character) && isSpaceOrBreak(i + 1)
    }

    /// `---` or `...` at the start of a line (section 9.1.2).
    func isMarker(_ at: Int) -> Bool {
        guard bytes[at] == 0x2D || bytes[at] == 0x2E else { return false }
        return bytes[at + 1] == bytes[at] && bytes[at + 2] == bytes[at] && isSpaceOrBreak(at + 3)
    }

    // MARK: Positions and errors

    mutating func here() -> SourcePosition { cursor.position(of: i, in: bytes) }

    func failure(at offset: Int? = nil, to until: Int? = nil, _ message: String, hint: String? = nil) -> YAMLError {
        var walker = PositionCursor()
        let from = offset ?? i
        let position = walker.position(of: from, in: bytes)
        let length = until.map { String(decoding: bytes[from..<$0], as: UTF8.self).unicodeScalars.count } ?? 1
        return YAMLError(diagnostic: Diagnostic(at: position, length: length, message, hint: hint))
    }

    func lineNumber(of offset: Int) -> Int {
        var walker = PositionCursor()
        return walker.position(of: offset, in: bytes).line
    }

    // MARK: White space

    /// Skips spaces and tabs; was there a tab?
    @discardableResult
    mutating func skipBlanks() -> Bool {
        var tab = false
        while isBlank(i) {
            if byte == 0x09 { tab = true }
            i += 1
        }
        return tab
    }

    mutating func skipToBreak() {
        while !isBreak(i) { i += 1 }
    }

    /// Skips a comment if one is here; a `#` that touches the text before it is an error.
    mutating func skipComment() throws(YAMLError) {
        guard byte == UInt8(ascii: "#") else { return }
        guard i == lineStart || isBlank(i - 1) else {
            throw failure("a comment needs a space before its '#'")
        }
        skipToBreak()
    }

    /// From the end of a line to the next one with content.
    mutating func nextLine() {
        while byte == 0x0A {
            i += 1
            if startLine() { return }
        }
        endDocument()
    }

    /// At the start of a line: measures its indentation; false, at its end, if it is blank or a comment.
    mutating func startLine() -> Bool {
        lineStart = i
        while byte == 0x20 { i += 1 }
        indent = column
        tabbed = skipBlanks()
        if byte == UInt8(ascii: "#") { skipToBreak() }
        if isBreak(i) { return false }
        if column == 0 && isMarker(i) { endDocument() }
        return true
    }

    private mutating func endDocument() {
        indent = -1
        tabbed = false
    }

    /// After a value in a block: nothing but a comment may follow on its line.
    mutating func finishLine() throws(YAMLError) {
        let from = i
        skipBlanks()
        if byte == UInt8(ascii: "#") {
            try skipComment()
        } else if !isBreak(i) {
            throw trailingText(after: from)
        }
        nextLine()
    }

    private func trailingText(after from: Int) -> YAMLError {
        var hint: String?
        if from > 0, bytes[from - 1] == UInt8(ascii: "'") {
            hint = "inside single quotes an apostrophe is written twice: ''"
        } else if from > 0, bytes[from - 1] == UInt8(ascii: "\"") {
            hint = "inside double quotes a quote is written \\\""
        } else if from > 0, bytes[from - 1] == UInt8(ascii: "}") || bytes[from - 1] == UInt8(ascii: "]") {
            hint = "put the whole value in quotes if text is meant"
        }
        return failure("unexpected text after the end of the value", hint: hint)
    }

    // MARK: Nodes

    /// A null that is written as nothing.
    func emptyNode(at position: SourcePosition) -> YAMLNode {
        YAMLNode(.scalar(YAMLScalar(text: "", style: .plain, value: .null)), start: position, end: position)
    }

    mutating func scalar(_ text: String, _ style: YAMLScalar.Style, start: SourcePosition, offset: Int) throws(YAMLError) -> YAMLNode {
        var value = YAMLValue.string
        if style == .plain {
            guard let resolved = resolvePlain(text) else {
                throw failure(at: offset, "the number is too long", hint: "put it in quotes if text is meant")
            }
            value = resolved
        }
        lastEnd = here()
        anchors.count(bytes: text.utf8.count)
        return YAMLNode(.scalar(YAMLScalar(text: text, style: style, value: value)), start: start, end: lastEnd)
    }

    func checkDepth(_ depth: Int, at offset: Int? = nil) throws(YAMLError) {
        if depth > Limits.depth {
            throw failure(at: offset, "nested too deeply: more than \(Limits.depth) levels")
        }
    }

    func text(_ from: Int, _ to: Int) -> String { String(decoding: bytes[from..<to], as: UTF8.self) }
}

/// Text of the file for use in a message: the start of it if it is long.
func shortened(_ text: String) -> String {
    text.utf8.count <= 60 ? text : String(text.unicodeScalars.prefix(60)) + "…"
}
