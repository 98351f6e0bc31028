/// The two alphabets of RFC 4648: section 4 (`+` and `/`) and section 5 (`-` and `_`, safe in URLs and file names).
package enum Base64Alphabet: Sendable {
    case standard, url

    /// By value.
    fileprivate var characters: StaticString {
        switch self {
        case .standard: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        case .url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        }
    }

    fileprivate func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character - 0x41
        case 0x61...0x7A: character - 0x61 + 26
        case 0x30...0x39: character - 0x30 + 52
        case self == .standard ? 0x2B : 0x2D: 62
        case self == .standard ? 0x2F : 0x5F: 63
        default: nil
        }
    }
}

/// What a decoder expects after the last group: `=` up to a multiple of four, none at all, or either form in full.
package enum Base64Padding: Sendable {
    case required, forbidden, optional
}

/// Base64 of `bytes`; `padded` adds `=` up to a multiple of four characters. No line breaks.
package func base64Encode(
    _ bytes: UnsafeRawBufferPointer, alphabet: Base64Alphabet = .standard, padded: Bool = true
) -> String {
    var output: [UInt8] = []
    base64Append(bytes, alphabet: alphabet, padded: padded, to: &output)
    return String(decoding: output, as: UTF8.self)
}

/// The same, as the end of a text that is being built.
package func base64Append(
    _ bytes: UnsafeRawBufferPointer, alphabet: Base64Alphabet = .standard, padded: Bool = true, to output: inout [UInt8]
) {
    output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
    let characters = alphabet.characters.utf8Start
    var index = 0
    while index < bytes.count {
        let length = min(3, bytes.count - index)
        var group = UInt32(bytes[index]) << 16
        if length > 1 { group |= UInt32(bytes[index + 1]) << 8 }
        if length > 2 { group |= UInt32(bytes[index + 2]) }
        for position in 0...length {
            output.append(characters[Int(group >> (18 - 6 * UInt32(position)) & 63)])
        }
        if padded { for _ in length..<3 { output.append(ASCII.equals) } }
        index += 3
    }
}

package func base64Encode(_ bytes: [UInt8], alphabet: Base64Alphabet = .standard, padded: Bool = true) -> String {
    bytes.withUnsafeBytes { base64Encode($0, alphabet: alphabet, padded: padded) }
}

/// The bytes of Base64 `text`, or nil: for a character outside the alphabet (white space included), padding against the
/// rule, an impossible length, or unused bits that are not zero (RFC 4648 section 3.5), so every value has one spelling.
package func base64Decode(
    _ text: UnsafeRawBufferPointer, alphabet: Base64Alphabet = .standard, padding: Base64Padding = .required
) -> [UInt8]? {
    var length = text.count
    while length > 0, text.count - length < 2, text[length - 1] == ASCII.equals { length -= 1 }
    let pads = text.count - length
    guard paddingFits(pads, digits: length, rule: padding) else { return nil }

    var output: [UInt8] = []
    output.reserveCapacity(length / 4 * 3 + 2)
    var accumulator: UInt32 = 0
    var bits: UInt32 = 0
    for index in 0..<length {
        guard let value = alphabet.value(text[index]) else { return nil }
        accumulator = accumulator << 6 | UInt32(value)
        bits += 6
        if bits >= 8 {
            bits -= 8
            output.append(UInt8(truncatingIfNeeded: accumulator >> bits))
            accumulator &= (1 << bits) - 1
        }
    }
    return accumulator == 0 ? output : nil
}

package func base64Decode(
    _ text: String, alphabet: Base64Alphabet = .standard, padding: Base64Padding = .required
) -> [UInt8]? {
    withBytes(of: text) { base64Decode($0, alphabet: alphabet, padding: padding) }
}

private func paddingFits(_ pads: Int, digits: Int, rule: Base64Padding) -> Bool {
    let needed = (4 - digits % 4) % 4
    guard needed != 3 else { return false }
    switch rule {
    case .required: return pads == needed
    case .forbidden: return pads == 0
    case .optional: return pads == needed || pads == 0
    }
}
