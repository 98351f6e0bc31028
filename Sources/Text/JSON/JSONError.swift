/// Why bytes are not JSON, and where.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes before the fault.
    package let offset: Int
    /// Line and column of the fault, from 1; a column is a character, not a byte.
    package let line: Int
    package let column: Int
    /// For a person, without the position.
    package let message: String

    package var description: String { "line \(line), column \(column): \(message)" }

    init(_ fault: JSONFault, in bytes: UnsafeRawBufferPointer) {
        offset = fault.offset
        message = fault.reason.message
        var line = 1
        var column = 1
        for byte in bytes.prefix(fault.offset) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}

/// The cheap form of an error, made where the fault is found.
struct JSONFault: Error {
    let offset: Int
    let reason: Reason

    enum Reason {
        case empty, byteOrderMark, expectedValue, literal, number, leadingZero, missingFraction, missingExponent
        case unclosedString, controlCharacter, escape, unicodeEscape, invalidUTF8
        case expectedKey, expectedColon, expectedCommaOrBrace, expectedCommaOrBracket, trailingComma, unclosed
        case tooDeep(Int)
        case duplicateKey(String)
        case tooManyValues(Int)
        case trailingBytes
    }
}

extension JSONFault.Reason {
    var message: String {
        switch self {
        case .empty: "empty text where a JSON value is expected"
        case .byteOrderMark: "a byte order mark is not part of JSON"
        case .expectedValue: "expected a value"
        case .literal: "unknown word: only true, false and null may stand without quotes"
        case .number: "a number needs a digit here"
        case .leadingZero: "a number must not start with a needless zero"
        case .missingFraction: "a digit must follow the decimal point"
        case .missingExponent: "a digit must follow the exponent sign"
        case .unclosedString: "the string that starts here is not closed"
        case .controlCharacter: "control characters must be escaped in a string"
        case .escape: "unknown escape: after \\ comes one of \" \\ / b f n r t u"
        case .unicodeEscape: "four hexadecimal digits must follow \\u"
        case .invalidUTF8: "not well-formed UTF-8"
        case .expectedKey: "expected a string as key"
        case .expectedColon: "expected ':' after the key"
        case .expectedCommaOrBrace: "expected ',' or '}'"
        case .expectedCommaOrBracket: "expected ',' or ']'"
        case .trailingComma: "no comma is allowed before the closing bracket"
        case .unclosed: "the text ends before the value that starts here is closed"
        case .tooDeep(let limit): "nested deeper than \(limit) levels"
        case .duplicateKey(let key): "the key \"\(key)\" occurs twice in this object"
        case .tooManyValues(let limit): "more than \(limit) values lie at the paths that are looked for"
        case .trailingBytes: "text after the end of the value"
        }
    }
}
