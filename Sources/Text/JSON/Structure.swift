internal import Bytes

/// Brackets, commas and keys: what stands between the tokens (RFC 8259 sections 4 and 5).
extension Scanner {
    /// Past an opening bracket and the space behind it; returns where the bracket is.
    mutating func open(depth: Int) throws(JSONFault) -> Int {
        guard depth <= maxDepth else { throw fault(.tooDeep(maxDepth)) }
        let opening = position
        position += 1
        skipWhitespace()
        return opening
    }

    /// Past the closing bracket if it comes next: the object or array is empty.
    mutating func close(_ bracket: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == bracket else { return false }
        position += 1
        return true
    }

    /// From a key past its colon, to the value. Returns the key's bytes between the quotes, and whether they have escapes.
    mutating func scanKey(opening: Int) throws(JSONFault) -> (range: Range<Int>, escaped: Bool) {
        guard !atEnd else { throw fault(.unclosed, at: opening) }
        guard bytes[position] == ASCII.quote else { throw fault(.expectedKey) }
        let start = position + 1
        let escaped = try scanString()
        let range = start..<position - 1
        skipWhitespace()
        guard !atEnd else { throw fault(.unclosed, at: opening) }
        guard bytes[position] == ASCII.colon else { throw fault(.expectedColon) }
        position += 1
        skipWhitespace()
        if atEnd { throw fault(.unclosed, at: opening) }
        return (range, escaped)
    }

    /// After a member: true past the closing bracket, false past a comma, at the next member.
    mutating func closeOrComma(_ bracket: UInt8, opening: Int) throws(JSONFault) -> Bool {
        skipWhitespace()
        guard !atEnd else { throw fault(.unclosed, at: opening) }
        let byte = bytes[position]
        if byte == bracket {
            position += 1
            return true
        }
        guard byte == ASCII.comma else {
            throw fault(bracket == 0x7D ? .expectedCommaOrBrace : .expectedCommaOrBracket)
        }
        let comma = position
        position += 1
        skipWhitespace()
        if !atEnd, bytes[position] == bracket { throw fault(.trailingComma, at: comma) }
        return false
    }

    /// The fault of a byte that starts no value; a letter is taken as the start of an unknown word.
    func faultWhereValueIsExpected() -> JSONFault {
        fault(ASCII.isLetter(bytes[position]) ? .literal : .expectedValue)
    }
}
