/// Lower-case hexadecimal of `bytes` (RFC 4648 section 8): two digits a byte.
package func hexEncode(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { output in
        var position = 0
        for byte in bytes {
            output[position] = hexDigit(byte >> 4)
            output[position + 1] = hexDigit(byte & 15)
            position += 2
        }
        return position
    }
}

package func hexEncode(_ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { hexEncode($0) }
}

/// The bytes that hexadecimal `text` of either case stands for; nil if its length is odd or a character is no digit.
package func hexDecode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    for index in stride(from: 0, to: text.count, by: 2) {
        guard let high = ASCII.hexValue(text[index]), let low = ASCII.hexValue(text[index + 1]) else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}

package func hexDecode(_ text: [UInt8]) -> [UInt8]? {
    text.withUnsafeBytes { hexDecode($0) }
}

package func hexDecode(_ text: String) -> [UInt8]? {
    withBytes(of: text) { hexDecode($0) }
}

/// The lower-case digit of a value from 0 to 15.
@inlinable
package func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value &+ 0x30 : value &+ 0x57
}
