internal import Bytes

/// The tokens of RFC 8259, shared by the validator, which drops them, and the parser, which keeps them.
struct Scanner {
    let bytes: UnsafeRawBufferPointer
    let maxDepth: Int
    var position = 0

    /// Nesting is recursion, so no caller may ask for more than a small stack of a thread carries.
    static let deepest = 512

    init(_ bytes: UnsafeRawBufferPointer, maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = min(max(maxDepth, 0), Self.deepest)
    }

    var atEnd: Bool { position >= bytes.count }

    func fault(_ reason: JSONFault.Reason, at offset: Int? = nil) -> JSONFault {
        JSONFault(offset: offset ?? position, reason: reason)
    }

    mutating func skipWhitespace() {
        while position < bytes.count, ASCII.isWhitespace(bytes[position]) { position += 1 }
    }

    /// To the first byte of the one value of the text.
    mutating func start() throws(JSONFault) {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { throw fault(.byteOrderMark) }
        skipWhitespace()
        if atEnd { throw fault(.empty) }
    }

    /// From the end of the one value to the end of the text.
    mutating func finish() throws(JSONFault) {
        skipWhitespace()
        if !atEnd { throw fault(.trailingBytes) }
    }

    mutating func scanWord(_ word: StaticString) throws(JSONFault) {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, bytesEqual(bytes.part(position, end), word) else { throw fault(.literal) }
        position = end
    }

    // MARK: Numbers (RFC 8259 section 6)

    mutating func scanNumber() throws(JSONFault) {
        if bytes[position] == ASCII.minus { position += 1 }
        let first = position
        try scanDigits(orElse: .number)
        if bytes[first] == ASCII.zero, position - first > 1 { throw fault(.leadingZero, at: first) }
        if position < bytes.count, bytes[position] == ASCII.period {
            position += 1
            try scanDigits(orElse: .missingFraction)
        }
        if position < bytes.count, bytes[position] | 0x20 == 0x65 {
            position += 1
            if position < bytes.count, bytes[position] == ASCII.plus || bytes[position] == ASCII.minus { position += 1 }
            try scanDigits(orElse: .missingExponent)
        }
    }

    private mutating func scanDigits(orElse reason: JSONFault.Reason) throws(JSONFault) {
        let first = position
        while position < bytes.count, ASCII.isDigit(bytes[position]) { position += 1 }
        if position == first { throw fault(reason) }
    }

    // MARK: Strings (section 7)

    /// From the opening quote past the closing one. Returns whether there are escapes between them.
    mutating func scanString() throws(JSONFault) -> Bool {
        let opening = position
        var escaped = false
        position += 1
        while true {
            skipPlainCharacters()
            guard position < bytes.count else { throw fault(.unclosedString, at: opening) }
            let byte = bytes[position]
            if byte == ASCII.quote {
                position += 1
                return escaped
            } else if byte == ASCII.backslash {
                escaped = true
                try scanEscape(opening: opening)
            } else if byte < 0x20 {
                throw fault(.controlCharacter)
            } else {
                let length = utf8SequenceLength(bytes, at: position)
                guard length > 0 else { throw fault(.invalidUTF8) }
                position += length
            }
        }
    }

    /// Passes over ASCII that needs no thought, eight bytes at a time. A set high bit in the sum marks a byte that is a
    /// control character, a quote, a backslash or not ASCII: subtracting borrows into it, or it was set before.
    private mutating func skipPlainCharacters() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let special = (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | word
            let marks = special & 0x8080_8080_8080_8080
            if marks == 0 {
                position += 8
                continue
            }
            // Borrows run upward only, so the lowest mark is exact.
            position += marks.trailingZeroBitCount >> 3
            return
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash || byte >= 0x80 { return }
            position += 1
        }
    }

    private mutating func scanEscape(opening: Int) throws(JSONFault) {
        guard position + 1 < bytes.count else { throw fault(.unclosedString, at: opening) }
        switch bytes[position + 1] {
        case ASCII.quote, ASCII.backslash, ASCII.slash, 0x62, 0x66, 0x6E, 0x72, 0x74:
            position += 2
        case 0x75:
            guard position + 6 <= bytes.count else { throw fault(.unicodeEscape) }
            for index in position + 2..<position + 6 where ASCII.hexValue(bytes[index]) == nil {
                throw fault(.unicodeEscape)
            }
            position += 6
        default:
            throw fault(.escape)
        }
    }
}
