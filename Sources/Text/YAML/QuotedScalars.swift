import Diagnostics

extension Parser {
    /// Section 7.3.2; stands on the opening quote.
    mutating func singleQuoted(margin: Int) throws(YAMLError) -> YAMLNode {
        let open = i
        let start = here()
        var lines = FoldedLines()
        i += 1
        while true {
            if byte == UInt8(ascii: "'") {
                i += 1
                guard byte == UInt8(ascii: "'") else { break }
                lines.append(byte)
                i += 1
            } else if isBreak(i) {
                lines.trim()
                lines.fold(breaks: try nextQuotedLine(margin: margin, open: open))
            } else {
                lines.append(byte)
                i += 1
            }
        }
        noteQuoted(from: open)
        return try scalar(lines.text, .singleQuoted, start: start, offset: open)
    }

    /// Section 7.3.1; stands on the opening quote.
    mutating func doubleQuoted(margin: Int) throws(YAMLError) -> YAMLNode {
        let open = i
        let start = here()
        var lines = FoldedLines()
        i += 1
        while byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") {
                if bytes[i + 1] == 0x0A {
                    i += 1
                    // The blanks before the backslash stay; only blank lines after it give line breaks.
                    lines.protect()
                    lines.newlines(try nextQuotedLine(margin: margin, open: open) - 1)
                } else if i + 1 >= end {
                    throw unterminated(open)
                } else {
                    lines.appendEscaped(try escape())
                }
            } else if isBreak(i) {
                lines.trim()
                lines.fold(breaks: try nextQuotedLine(margin: margin, open: open))
            } else {
                lines.append(byte)
                i += 1
            }
        }
        i += 1
        noteQuoted(from: open)
        return try scalar(lines.text, .doubleQuoted, start: start, offset: open)
    }

    private mutating func noteQuoted(from open: Int) {
        if !quotedOnly.isEmpty { quotedRanges.append(open..<i) }
    }

    private func unterminated(_ open: Int) -> YAMLError {
        failure(at: open, "the quote that opens here is never closed")
    }

    /// From a line break to the text of the next line that has some; the number of breaks passed.
    private mutating func nextQuotedLine(margin: Int, open: Int) throws(YAMLError) -> Int {
        var breaks = 0
        while byte == 0x0A {
            i += 1
            breaks += 1
            lineStart = i
            while byte == 0x20 { i += 1 }
            let spaces = column
            skipBlanks()
            if byte == 0x0A { continue }
            if i >= end { break }
            if column == 0 && isMarker(i) {
                throw failure(
                    "a line '\(text(i, i + 3))' ends the document inside a quoted text",
                    hint: "the quote is opened on line \(lineNumber(of: open))")
            }
            if spaces < margin {
                if column > spaces { throw tabFailure() }
                throw failure(
                    "this line of a quoted text must be indented by at least \(margin) space\(margin == 1 ? "" : "s")",
                    hint: "the quote is opened on line \(lineNumber(of: open)); is its end missing?")
            }
        }
        if i >= end { throw unterminated(open) }
        return breaks
    }

    /// At `\` with a character behind it (section 5.7).
    private mutating func escape() throws(YAMLError) -> Unicode.Scalar {
        let mark = i
        i += 2
        switch bytes[mark + 1] {
        case UInt8(ascii: "0"): return "\0"
        case UInt8(ascii: "a"): return "\u{07}"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "t"), 0x09: return "\t"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "v"): return "\u{0B}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "e"): return "\u{1B}"
        case UInt8(ascii: " "): return " "
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "N"): return "\u{85}"
        case UInt8(ascii: "_"): return "\u{A0}"
        case UInt8(ascii: "L"): return "\u{2028}"
        case UInt8(ascii: "P"): return "\u{2029}"
        case UInt8(ascii: "x"): return try hexEscape(mark, digits: 2)
        case UInt8(ascii: "u"): return try hexEscape(mark, digits: 4)
        case UInt8(ascii: "U"): return try hexEscape(mark, digits: 8)
        default:
            var until = mark + 2
            while bytes[until] & 0xC0 == 0x80 { until += 1 }
            throw failure(
                at: mark, to: until, "'\(text(mark, until))' is no escape sequence",
                hint: "write a backslash as \\\\, or use single quotes")
        }
    }

    private mutating func hexEscape(_ mark: Int, digits: Int) throws(YAMLError) -> Unicode.Scalar {
        let value = try hexDigits(mark, digits)
        if let scalar = Unicode.Scalar(value) { return scalar }
        // JSON writes a scalar beyond U+FFFF as two escapes, a surrogate pair (RFC 8259, section 7).
        if digits == 4, 0xD800..<0xDC00 ~= value, bytes[i] == UInt8(ascii: "\\"), bytes[i + 1] == UInt8(ascii: "u") {
            let second = i
            i += 2
            let low = try hexDigits(second, 4)
            if 0xDC00..<0xE000 ~= low, let scalar = Unicode.Scalar(0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)) {
                return scalar
            }
        }
        throw failure(at: mark, to: mark + 2 + digits, "'\(text(mark, mark + 2 + digits))' is no Unicode character")
    }

    private mutating func hexDigits(_ mark: Int, _ count: Int) throws(YAMLError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure(at: mark, to: i, "'\(text(mark, mark + 2))' needs \(count) hexadecimal digits behind it")
            }
            value = value << 4 | UInt32(digit)
            i += 1
        }
        return value
    }
}
