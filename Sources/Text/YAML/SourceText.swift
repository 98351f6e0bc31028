import Diagnostics

/// A document checked and made ready for the parser: valid UTF-8 without a byte order mark, every line break one LF, no C0
/// control but tab and LF, and zeros behind the end, so that the parser may look ahead without asking.
struct SourceText {
    var bytes: [UInt8] = []
    /// Where the text ends and the zeros begin.
    var end = 0
    /// Characters that only quoted scalars may hold (YAML 1.2.2, productions c-printable and nb-json), ascending.
    var quotedOnly: [Int] = []

    init(_ input: [UInt8]) throws(YAMLError) {
        try refuseOtherEncodings(input)
        bytes.reserveCapacity(input.count + 4)
        var i = input.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while i < input.count {
            let byte = input[i]
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09 {
                bytes.append(byte)
                i += 1
            } else if byte == 0x0D {
                bytes.append(0x0A)
                i += i + 1 < input.count && input[i + 1] == 0x0A ? 2 : 1
            } else if byte < 0x20 {
                throw fail(bytes, "the control character \(hex(UInt32(byte))) may not stand in YAML", hint: controlHint(byte))
            } else {
                try appendScalar(of: input, at: &i)
            }
        }
        end = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0])
    }

    /// DEL or a scalar of two to four bytes.
    private mutating func appendScalar(of input: [UInt8], at i: inout Int) throws(YAMLError) {
        guard let (value, length) = decodeScalar(input, at: i) else {
            throw fail(
                bytes, "the byte \(hex(UInt32(input[i]))) is not valid UTF-8 here",
                hint: "save the file with the encoding UTF-8")
        }
        switch value {
        case 0x7F...0x84, 0x86...0x9F, 0xFEFF, 0xFFFE, 0xFFFF: quotedOnly.append(bytes.count)
        default: break
        }
        bytes.append(contentsOf: input[i..<i + length])
        i += length
    }
}

private func controlHint(_ byte: UInt8) -> String {
    if byte == 0 { return "the file may be binary or UTF-16: save it as UTF-8" }
    return "remove it, or write it as \"\\x\(hex(UInt32(byte)).dropFirst(2))\" in double quotes"
}

/// UTF-16 and UTF-32 are YAML too (section 5.2), but nobody's configuration; told apart, so that the message is of use.
private func refuseOtherEncodings(_ input: [UInt8]) throws(YAMLError) {
    let wide = input.starts(with: [0xFF, 0xFE]) || input.starts(with: [0xFE, 0xFF]) || input.starts(with: [0, 0, 0xFE, 0xFF])
    guard wide else { return }
    throw fail([], "the file is UTF-16 or UTF-32", hint: "save the file with the encoding UTF-8")
}

private func fail(_ before: [UInt8], _ message: String, hint: String) -> YAMLError {
    var cursor = PositionCursor()
    return YAMLError(diagnostic: Diagnostic(at: cursor.position(of: before.count, in: before), message, hint: hint))
}

func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: max(0, 2 - digits.utf8.count)) + digits
}

/// The scalar at `i` and its length in bytes; nil if it is not well-formed (Unicode 15, table 3-7).
private func decodeScalar(_ bytes: [UInt8], at i: Int) -> (UInt32, Int)? {
    let first = bytes[i]
    if first < 0x80 { return (UInt32(first), 1) }
    let length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
    guard length > 0, i + length <= bytes.count else { return nil }
    var value = UInt32(first) & (0xFF >> UInt32(length + 1))
    for byte in bytes[i + 1..<i + length] {
        guard byte & 0xC0 == 0x80 else { return nil }
        value = value << 6 | UInt32(byte & 0x3F)
    }
    let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= smallest, Unicode.Scalar(value) != nil else { return nil }
    return (value, length)
}

/// Turns offsets into lines and columns. Walks from the offset asked last, so that asking in ascending order costs one pass.
struct PositionCursor {
    private var offset = 0
    private var line = 1
    private var column = 1

    mutating func position(of target: Int, in bytes: [UInt8]) -> SourcePosition {
        if target < offset { self = PositionCursor() }
        while offset < target {
            let byte = bytes[offset]
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            offset += 1
        }
        return SourcePosition(line: line, column: column)
    }
}
