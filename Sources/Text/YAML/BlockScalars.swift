import Diagnostics

/// What stands behind `|` or `>` (section 8.1.1).
private struct BlockHeader {
    enum Chomping { case strip, clip, keep }

    var folded: Bool
    var chomping = Chomping.clip
    /// The indentation indicator.
    var increment: Int?
}

extension Parser {
    /// Section 8.1; stands on `|` or `>`, and on the next line with content afterwards.
    mutating func blockScalar(parent: Int) throws(YAMLError) -> YAMLNode {
        let start = here()
        let header = try blockHeader()
        let least = max(0, parent + 1)
        var margin = header.increment.map { max(0, parent) + $0 }
        var body = BlockText(folded: header.folded)
        lastEnd = here()
        // The longest blank line before the first line of text: that may not be less indented.
        var longestBlank = (spaces: 0, offset: i)
        while byte == 0x0A {
            let before = i
            i += 1
            let line = i
            while byte == 0x20, margin.map({ i - line < $0 }) ?? true { i += 1 }
            let spaces = i - line
            if isBreak(i) {
                if i < end || spaces > 0 { body.blank() }
                if margin == nil, spaces > longestBlank.spaces { longestBlank = (spaces, i) }
                continue
            }
            let enough = margin ?? max(least, spaces)
            if spaces < enough || spaces == 0 && isMarker(i) {
                // The line is none of the scalar's: look at it again as the next line.
                i = before
                if bytes[line + spaces] == 0x09, spaces < enough {
                    throw failure(at: line + spaces, "a tab can't be used for indentation", hint: "indent with spaces")
                }
                break
            }
            if margin == nil, longestBlank.spaces > spaces {
                throw failure(
                    at: longestBlank.offset - 1, "this blank line has more spaces than the first line of the text", hint: "remove its spaces")
            }
            margin = enough
            let from = i
            skipToBreak()
            body.line(bytes[from..<i])
            lastEnd = here()
        }
        anchors.count(bytes: body.bytes.count)
        let text = body.finished(strip: header.chomping == .strip, keep: header.chomping == .keep)
        let node = YAMLNode(
            .scalar(YAMLScalar(text: text, style: header.folded ? .folded : .literal, value: .string)), start: start, end: lastEnd)
        nextLine()
        return node
    }

    private mutating func blockHeader() throws(YAMLError) -> BlockHeader {
        var header = BlockHeader(folded: byte == UInt8(ascii: ">"))
        var sawChomping = false
        i += 1
        while !isSpaceOrBreak(i) {
            switch byte {
            case UInt8(ascii: "+") where !sawChomping, UInt8(ascii: "-") where !sawChomping:
                header.chomping = byte == UInt8(ascii: "+") ? .keep : .strip
                sawChomping = true
            case UInt8(ascii: "1")...UInt8(ascii: "9") where header.increment == nil:
                header.increment = Int(byte - 0x30)
            case UInt8(ascii: "#"): throw failure("a comment needs a space before its '#'")
            default:
                throw failure(
                    "unexpected text behind '\(header.folded ? ">" : "|")'",
                    hint: "the text begins on the next line; put the value in quotes if it starts with '\(header.folded ? ">" : "|")'")
            }
            i += 1
        }
        skipBlanks()
        try skipComment()
        guard isBreak(i) else {
            throw failure(
                "the text of a block scalar begins on the next line",
                hint: "put the value in quotes if it starts with '\(header.folded ? ">" : "|")'")
        }
        return header
    }
}

/// The text of a block scalar, line by line (sections 8.1.2 and 8.1.3).
private struct BlockText {
    let folded: Bool
    private(set) var bytes: [UInt8] = []
    /// Breaks since the last line of text.
    private var pending = 0
    private var hasText = false
    private var lastWasIndented = false

    init(folded: Bool) { self.folded = folded }

    mutating func blank() { pending += 1 }

    mutating func line(_ text: ArraySlice<UInt8>) {
        let indented = text.first == 0x20 || text.first == 0x09
        if hasText {
            if folded && !indented && !lastWasIndented {
                if pending == 0 { bytes.append(0x20) } else { newlines(pending) }
            } else {
                newlines(pending + 1)
            }
        } else {
            newlines(pending)
        }
        bytes.append(contentsOf: text)
        pending = 0
        hasText = true
        lastWasIndented = indented
    }

    private mutating func newlines(_ count: Int) {
        bytes.append(contentsOf: repeatElement(0x0A, count: count))
    }

    /// The end of the file counts as a line break.
    mutating func finished(strip: Bool, keep: Bool) -> String {
        if hasText, !strip { newlines(1) }
        if keep { newlines(pending) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
