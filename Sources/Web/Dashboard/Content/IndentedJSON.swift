internal import Bytes

private let deepest = 32
/// Of the indented text: deep nesting must not make a page of a small body that fills the memory.
private let longest = 256 << 10

/// A JSON object or array that stands on one line, with line breaks and indentation between its tokens; the tokens stay as they are, so
/// that equal keys, escapes and long numbers are seen. nil for anything else: it is shown as it came.
///
/// This is no parser. It tells strings from the rest and follows the brackets, and gives up where these do not match, or where a space that
/// it would leave out stands between two tokens that would become one.
func indentedJSON(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first(where: { $0 != ASCII.space }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
    var writer = IndentedJSON()
    var at = 0
    while at < bytes.count {
        guard writer.output.count <= longest, writer.take(bytes, &at) else { return nil }
    }
    guard writer.isWhole else { return nil }
    return String(decoding: writer.output, as: UTF8.self)
}

private struct IndentedJSON {
    var output: [UInt8] = []
    /// The end of each bracket that is open.
    private var open: [UInt8] = []
    /// What was written last is a bracket that opened.
    private var isEmpty = false
    /// A token outside of strings may go on with the next byte.
    private var isInWord = false
    private var isOver = false

    var isWhole: Bool { isOver && open.isEmpty }

    /// Takes one token, or one byte of it.
    mutating func take(_ bytes: [UInt8], _ at: inout Int) -> Bool {
        let byte = bytes[at]
        if byte == ASCII.space || byte == ASCII.tab {
            at += 1
            isInWord = false
            return true
        }
        if isOver, byte == ASCII.lineFeed, at == bytes.count - 1 {
            at += 1
            return true
        }
        guard !isOver, byte > ASCII.space else { return false }
        defer { at += 1 }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < deepest, beginsValue() else { return false }
            output.append(byte)
            open.append(byte + 2)  // `}` is two behind `{`, and `]` behind `[`
            (isEmpty, isInWord) = (true, false)
        case ASCII.rightBrace, UInt8(ascii: "]"):
            guard open.popLast() == byte, isEmpty || !endsInSpace else { return false }
            if !isEmpty { newLine() }
            output.append(byte)
            (isEmpty, isInWord, isOver) = (false, false, open.isEmpty)
        case ASCII.comma:
            guard !isEmpty, !endsInSpace, !open.isEmpty else { return false }
            output.append(byte)
            newLine()
            isInWord = false
        case ASCII.colon:
            guard output.last == ASCII.quote else { return false }
            output.append(contentsOf: [byte, ASCII.space])
            isInWord = false
        case ASCII.quote:
            guard beginsValue(), let end = endOfString(bytes, at) else { return false }
            output.append(contentsOf: bytes[at...end])
            at = end
        default:
            guard isInWord || beginsValue() else { return false }
            output.append(byte)
            isInWord = true
        }
        return true
    }

    /// Whether a value or a key may stand here: behind a bracket that opened, a comma or a colon, or as the first of all.
    private mutating func beginsValue() -> Bool {
        if isEmpty { newLine() }
        isEmpty = false
        return output.isEmpty || endsInSpace
    }

    /// What was written last is a comma, a colon or a bracket that opened: a value must follow.
    private var endsInSpace: Bool { output.last == ASCII.space || output.last == ASCII.lineFeed }

    private mutating func newLine() {
        output.append(ASCII.lineFeed)
        output.append(contentsOf: repeatElement(ASCII.space, count: open.count * 2))
    }

    private func endOfString(_ bytes: [UInt8], _ start: Int) -> Int? {
        var at = start + 1
        while at < bytes.count, bytes[at] >= ASCII.space {
            if bytes[at] == ASCII.quote { return at }
            at += bytes[at] == ASCII.backslash ? 2 : 1
        }
        return nil
    }
}
