/// Length of the well-formed UTF-8 sequence that starts at `offset`, or 0 if there is none: overlong forms, surrogates and
/// values above U+10FFFF are refused (Unicode standard, table 3-7). `offset` must lie inside `bytes`.
@inlinable
package func utf8SequenceLength(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
    let lead = bytes[offset]
    if lead < 0x80 { return 1 }
    guard lead >= 0xC2, lead <= 0xF4 else { return 0 }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard offset + length <= bytes.count else { return 0 }
    let second = bytes[offset + 1]
    let lowest: UInt8 = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
    let highest: UInt8 = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
    guard second >= lowest, second <= highest else { return 0 }
    if length > 2, bytes[offset + 2] & 0xC0 != 0x80 { return 0 }
    if length > 3, bytes[offset + 3] & 0xC0 != 0x80 { return 0 }
    return length
}

/// Offset of the first byte that is not part of well-formed UTF-8, or nil if all of it is.
package func firstInvalidUTF8(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var offset = 0
    while offset < bytes.count {
        if offset + 8 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            offset += 8
            continue
        }
        let length = utf8SequenceLength(bytes, at: offset)
        guard length > 0 else { return offset }
        offset += length
    }
    return nil
}

package func isValidUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
    firstInvalidUTF8(bytes) == nil
}

package func isValidUTF8(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { isValidUTF8($0) }
}

/// The text of UTF-8 `bytes`, or nil if they are not well-formed.
package func utf8String(_ bytes: [UInt8]) -> String? {
    isValidUTF8(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
}

package func utf8String(_ bytes: UnsafeRawBufferPointer) -> String? {
    isValidUTF8(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
}

/// The text of `bytes`, each maximal ill-formed part replaced by U+FFFD.
package func lossyString(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
}

package func lossyString(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}
