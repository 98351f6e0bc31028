internal import Bytes

/// What to do when a key occurs twice in one object. RFC 8259 section 4 leaves it open, and that two programs choose
/// differently is an old way of smuggling something past the one that checks.
package enum DuplicateKeys: Sendable {
    case refuse
    /// The value of the last one, in the place of the first.
    case lastWins
}

/// The value that `bytes` (UTF-8, RFC 8259) stand for. An escape of a lone surrogate becomes U+FFFD, since Swift's strings
/// hold none. `maxDepth` counts open brackets; at most 512 are allowed whatever it says.
package func parseJSON(
    _ bytes: UnsafeRawBufferPointer, maxDepth: Int = 64, duplicateKeys: DuplicateKeys = .refuse
) throws(JSONError) -> JSONValue {
    var parser = Parser(scanner: Scanner(bytes, maxDepth: maxDepth), duplicateKeys: duplicateKeys)
    do {
        return try parser.run()
    } catch {
        throw JSONError(error, in: bytes)
    }
}

package func parseJSON(
    _ bytes: [UInt8], maxDepth: Int = 64, duplicateKeys: DuplicateKeys = .refuse
) throws(JSONError) -> JSONValue {
    // withUnsafeBytes rethrows untyped, so the outcome is carried out as a value.
    let outcome: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { buffer in
        Result { () throws(JSONError) in try parseJSON(buffer, maxDepth: maxDepth, duplicateKeys: duplicateKeys) }
    }
    return try outcome.get()
}

package func parseJSON(
    _ text: String, maxDepth: Int = 64, duplicateKeys: DuplicateKeys = .refuse
) throws(JSONError) -> JSONValue {
    try parseJSON([UInt8](text.utf8), maxDepth: maxDepth, duplicateKeys: duplicateKeys)
}

private struct Parser {
    var scanner: Scanner
    let duplicateKeys: DuplicateKeys

    mutating func run() throws(JSONFault) -> JSONValue {
        try scanner.start()
        let result = try value(depth: 0)
        try scanner.finish()
        return result
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard !scanner.atEnd else { throw scanner.fault(.expectedValue) }
        let start = scanner.position
        switch scanner.bytes[start] {
        case ASCII.quote:
            let escaped = try scanner.scanString()
            return .string(text(start + 1..<scanner.position - 1, escaped: escaped))
        case 0x7B: return try object(depth: depth + 1)
        case 0x5B: return try array(depth: depth + 1)
        case 0x74:
            try scanner.scanWord("true")
            return .bool(true)
        case 0x66:
            try scanner.scanWord("false")
            return .bool(false)
        case 0x6E:
            try scanner.scanWord("null")
            return .null
        case ASCII.minus, ASCII.zero...ASCII.nine:
            try scanner.scanNumber()
            return .number(JSONNumber(scanned: text(start..<scanner.position, escaped: false)))
        default: throw scanner.faultWhereValueIsExpected()
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
        let opening = try scanner.open(depth: depth)
        var object = JSONObject()
        if scanner.close(0x7D) { return .object(object) }
        while true {
            let keyStart = scanner.position
            let (range, escaped) = try scanner.scanKey(opening: opening)
            let key = text(range, escaped: escaped)
            if duplicateKeys == .refuse, object[key] != nil { throw scanner.fault(.duplicateKey(key), at: keyStart) }
            object[key] = try value(depth: depth)
            if try scanner.closeOrComma(0x7D, opening: opening) { return .object(object) }
        }
    }

    private mutating func array(depth: Int) throws(JSONFault) -> JSONValue {
        let opening = try scanner.open(depth: depth)
        var elements: [JSONValue] = []
        if scanner.close(0x5D) { return .array(elements) }
        while true {
            if scanner.atEnd { throw scanner.fault(.unclosed, at: opening) }
            elements.append(try value(depth: depth))
            if try scanner.closeOrComma(0x5D, opening: opening) { return .array(elements) }
        }
    }

    /// The text of a scanned range, which is known to be well-formed.
    private func text(_ range: Range<Int>, escaped: Bool) -> String {
        let part = scanner.bytes.part(range.lowerBound, range.upperBound)
        return escaped ? unescape(part) : String(decoding: part, as: UTF8.self)
    }
}

/// The text of a string's inside whose escapes were checked before.
func unescape(_ bytes: UnsafeRawBufferPointer) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        guard bytes[index] == ASCII.backslash else {
            output.append(bytes[index])
            index += 1
            continue
        }
        if bytes[index + 1] == 0x75 {
            let (scalar, length) = unicodeEscape(bytes, at: index)
            output.append(contentsOf: String(Character(scalar)).utf8)
            index += length
        } else {
            output.append(simpleEscape(bytes[index + 1]))
            index += 2
        }
    }
    return String(decoding: output, as: UTF8.self)
}

private func simpleEscape(_ letter: UInt8) -> UInt8 {
    switch letter {
    case 0x62: 0x08
    case 0x66: 0x0C
    case 0x6E: ASCII.lineFeed
    case 0x72: ASCII.carriageReturn
    case 0x74: ASCII.tab
    default: letter
    }
}

/// The scalar of one escape, or of two that form a surrogate pair, and how many bytes they take.
private func unicodeEscape(_ bytes: UnsafeRawBufferPointer, at index: Int) -> (Unicode.Scalar, Int) {
    let unit = codeUnit(bytes, at: index)
    if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
    if unit < 0xDC00, index + 12 <= bytes.count, bytes[index + 6] == ASCII.backslash, bytes[index + 7] == 0x75 {
        let low = codeUnit(bytes, at: index + 6)
        if low >= 0xDC00, low <= 0xDFFF,
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        {
            return (scalar, 12)
        }
    }
    return ("\u{FFFD}", 6)
}

private func codeUnit(_ bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
    bytes.part(index + 2, index + 6).reduce(0) { $0 << 4 | UInt32(ASCII.hexValue($1) ?? 0) }
}
