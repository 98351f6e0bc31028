internal import Bytes

/// Checks the full syntax of RFC 8259, UTF-8 included, without building anything: nil if `bytes` are one JSON value.
///
/// Two things pass here that are settled when values are made: escapes of lone surrogates (`"\ud800"`; GitHub sends what
/// users type, and the grammar allows them), and keys that occur twice in an object. `maxDepth` counts open brackets; at
/// most 512 are allowed whatever it says.
package func validateJSON(_ bytes: UnsafeRawBufferPointer, maxDepth: Int = 64) -> JSONError? {
    var validator = Validator(scanner: Scanner(bytes, maxDepth: maxDepth))
    do {
        try validator.run()
        return nil
    } catch {
        return JSONError(error, in: bytes)
    }
}

package func validateJSON(_ bytes: [UInt8], maxDepth: Int = 64) -> JSONError? {
    bytes.withUnsafeBytes { validateJSON($0, maxDepth: maxDepth) }
}

private struct Validator {
    var scanner: Scanner

    mutating func run() throws(JSONFault) {
        try scanner.start()
        try value(depth: 0)
        try scanner.finish()
    }

    private mutating func value(depth: Int) throws(JSONFault) {
        guard !scanner.atEnd else { throw scanner.fault(.expectedValue) }
        switch scanner.bytes[scanner.position] {
        case ASCII.quote: _ = try scanner.scanString()
        case 0x7B: try object(depth: depth + 1)
        case 0x5B: try array(depth: depth + 1)
        case 0x74: try scanner.scanWord("true")
        case 0x66: try scanner.scanWord("false")
        case 0x6E: try scanner.scanWord("null")
        case ASCII.minus, ASCII.zero...ASCII.nine: try scanner.scanNumber()
        default: throw scanner.faultWhereValueIsExpected()
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) {
        let opening = try scanner.open(depth: depth)
        if scanner.close(0x7D) { return }
        while true {
            _ = try scanner.scanKey(opening: opening)
            try value(depth: depth)
            if try scanner.closeOrComma(0x7D, opening: opening) { return }
        }
    }

    private mutating func array(depth: Int) throws(JSONFault) {
        let opening = try scanner.open(depth: depth)
        if scanner.close(0x5D) { return }
        while true {
            if scanner.atEnd { throw scanner.fault(.unclosed, at: opening) }
            try value(depth: depth)
            if try scanner.closeOrComma(0x5D, opening: opening) { return }
        }
    }
}
