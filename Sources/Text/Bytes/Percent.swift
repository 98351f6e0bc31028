/// The bytes that percent-encoded `text` stands for (RFC 3986 section 2.1), or nil if a `%` is not followed by two
/// hexadecimal digits. `plusIsSpace` is the rule of forms, not of URLs.
package func percentDecode(_ text: UnsafeRawBufferPointer, plusIsSpace: Bool = false) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
        let byte = text[index]
        if byte == ASCII.percent {
            guard index + 2 < text.count, let high = ASCII.hexValue(text[index + 1]),
                let low = ASCII.hexValue(text[index + 2])
            else { return nil }
            output.append(high << 4 | low)
            index += 3
        } else {
            output.append(plusIsSpace && byte == ASCII.plus ? ASCII.space : byte)
            index += 1
        }
    }
    return output
}

/// Percent-decoded text, or nil if an escape is malformed or the result is not UTF-8.
package func percentDecode(_ text: String, plusIsSpace: Bool = false) -> String? {
    withBytes(of: text) { percentDecode($0, plusIsSpace: plusIsSpace) }.flatMap(utf8String)
}

/// Percent-encodes every byte outside RFC 3986's unreserved characters, and outside `keeping` (for example `/` in a path).
package func percentEncode(_ text: String, keeping: StaticString = "") -> String {
    percentEncode([UInt8](text.utf8), keeping: keeping)
}

package func percentEncode(_ bytes: [UInt8], keeping: StaticString = "") -> String {
    let kept = UnsafeBufferPointer(start: keeping.utf8Start, count: keeping.utf8CodeUnitCount)
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    for byte in bytes {
        if isUnreserved(byte) || kept.contains(byte) {
            output.append(byte)
        } else {
            output.append(ASCII.percent)
            output.append(upperHexDigit(byte >> 4))
            output.append(upperHexDigit(byte & 15))
        }
    }
    return String(decoding: output, as: UTF8.self)
}

/// RFC 3986 section 2.3.
private func isUnreserved(_ byte: UInt8) -> Bool {
    ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E
}

/// RFC 3986 section 2.1 asks producers for upper case.
private func upperHexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + 0x30 : value + 0x37
}
