import Diagnostics

extension Parser {
    /// `,` `[` `]` `{` `}`.
    func isFlowIndicator(_ at: Int) -> Bool {
        switch bytes[at] {
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"): true
        default: false
        }
    }

    /// May a plain scalar begin here (section 7.3.3, `ns-plain-first`)?
    func checkPlainStart(inFlow: Bool) throws(YAMLError) {
        let mark = String(decoding: bytes[i..<min(i + 1, end)], as: UTF8.self)
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
            if isSpaceOrBreak(i + 1) || inFlow && isFlowIndicator(i + 1) {
                if inFlow && byte == UInt8(ascii: "-") {
                    throw failure("a list with '- ' can't stand inside brackets", hint: "separate the items by ',' without '-'")
                }
                throw failure("unexpected '\(mark)'", hint: "put the value in quotes if it is text that starts with '\(mark)'")
            }
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"), UInt8(ascii: "|"), UInt8(ascii: ">"):
            throw failure("a value can't start with '\(mark)'", hint: "put it in quotes")
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw failure("unexpected '\(mark)'", hint: "put the value in quotes if it is text that starts with '\(mark)'")
        case UInt8(ascii: "#"):
            throw failure("a comment needs a space before its '#'")
        default: break
        }
    }

    /// Where the text that begins here ends on this line, without blanks behind it.
    func plainEnd(inFlow: Bool) -> Int {
        var at = i
        var stop = i
        while !isBreak(at) {
            let byte = bytes[at]
            if byte == UInt8(ascii: ":"), isSpaceOrBreak(at + 1) || inFlow && isFlowIndicator(at + 1) { break }
            if byte == UInt8(ascii: "#"), at > i, isBlank(at - 1) { break }
            if inFlow, isFlowIndicator(at) { break }
            at += 1
            if !isBlank(at - 1) { stop = at }
        }
        return stop
    }

    /// A plain scalar in a block, with its continuation lines; stands on the next line with content after it.
    mutating func plainBlock(margin: Int) throws(YAMLError) -> YAMLNode {
        let offset = i
        let start = here()
        var lines = FoldedLines()
        var stop = plainEnd(inFlow: false)
        lines.append(bytes[i..<stop])
        var atContent = false
        i = stop
        while true {
            skipBlanks()
            if byte == UInt8(ascii: "#") {
                skipToBreak()
                break
            }
            if byte == UInt8(ascii: ":") { throw colonInContinuation(from: offset) }
            guard let next = continuation(margin: margin, inFlow: false) else { break }
            if next.stops {
                atContent = true
                moveTo(next)
                break
            }
            moveTo(next)
            stop = plainEnd(inFlow: false)
            lines.fold(breaks: next.breaks)
            lines.append(bytes[i..<stop])
            i = stop
        }
        let resume = (i, lineStart)
        i = stop
        let node = try scalar(lines.text, .plain, start: start, offset: offset)
        (i, lineStart) = resume
        if !atContent { nextLine() }
        return node
    }

    private func colonInContinuation(from offset: Int) -> YAMLError {
        let first = lineNumber(of: offset)
        if lineNumber(of: i) == first {
            return failure("a value that holds ': ' must be in quotes")
        }
        return failure(
            "unexpected ':': this line continues the text that begins on line \(first)",
            hint: "check the indentation; a text over several lines can't be a key")
    }

    /// A line that may continue a plain scalar.
    struct Continuation {
        var offset: Int
        var lineStart: Int
        /// Line breaks between the text so far and this line.
        var breaks: Int
        /// The line has content, but it is none of the scalar's.
        var stops: Bool
        var tabbed: Bool
    }

    /// Looks over blank lines for the next line with content; nil at the end of the text, or if it can't belong to the scalar and
    /// the scalar is in a flow collection.
    private func continuation(margin: Int, inFlow: Bool) -> Continuation? {
        var at = i
        var line = lineStart
        var breaks = 0
        var spaces = 0
        while bytes[at] == 0x0A {
            at += 1
            line = at
            breaks += 1
            while bytes[at] == 0x20 { at += 1 }
            spaces = at - line
            while isBlank(at) { at += 1 }
        }
        guard breaks > 0, at < end else { return nil }
        let outside = spaces < margin || at == line && isMarker(at)
        if inFlow {
            let separator = bytes[at] == UInt8(ascii: ":") && (isSpaceOrBreak(at + 1) || isFlowIndicator(at + 1))
            if outside || separator || isFlowIndicator(at) || bytes[at] == UInt8(ascii: "#") { return nil }
        } else if !outside && bytes[at] == UInt8(ascii: "#") {
            // A comment ends the scalar; nextLine() takes it from there.
            return nil
        }
        return Continuation(offset: at, lineStart: line, breaks: breaks, stops: outside, tabbed: at > line + spaces)
    }

    private mutating func moveTo(_ next: Continuation) {
        if next.stops {
            // Measure the line again as the next line with content, or pass it if it is a comment.
            i = next.lineStart
            if !startLine() { nextLine() }
        } else {
            i = next.offset
            lineStart = next.lineStart
        }
    }

    /// A plain scalar in a flow collection.
    mutating func plainFlow(margin: Int) throws(YAMLError) -> YAMLNode {
        let offset = i
        let start = here()
        try checkPlainStart(inFlow: true)
        var lines = FoldedLines()
        var stop = plainEnd(inFlow: true)
        lines.append(bytes[i..<stop])
        i = stop
        while true {
            skipBlanks()
            guard isBreak(i), let next = continuation(margin: margin, inFlow: true) else { break }
            moveTo(next)
            stop = plainEnd(inFlow: true)
            lines.fold(breaks: next.breaks)
            lines.append(bytes[i..<stop])
            i = stop
        }
        i = stop
        return try scalar(lines.text, .plain, start: start, offset: offset)
    }
}

/// Text put together from lines by the folding of flow scalars (section 6.5): one break is a space, n breaks are n - 1.
struct FoldedLines {
    private(set) var bytes: [UInt8] = []
    /// What folding may not trim: bytes up to here were escaped.
    private var protected = 0

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func appendEscaped(_ scalar: Unicode.Scalar) {
        bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
        protected = bytes.count
    }

    mutating func protect() { protected = bytes.count }

    /// Drops blanks before a line break.
    mutating func trim() {
        while bytes.count > protected, let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    }

    mutating func fold(breaks: Int) {
        if breaks == 1 { bytes.append(0x20) } else { newlines(breaks - 1) }
        protected = bytes.count
    }

    mutating func newlines(_ count: Int) {
        if count > 0 { bytes.append(contentsOf: repeatElement(0x0A, count: count)) }
        protected = bytes.count
    }
}
