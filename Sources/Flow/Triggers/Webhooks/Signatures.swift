internal import Bytes
internal import Crypto

/// `sha256=` and 64 hex digits, as GitHub and many others write it (the prefix may be left out), compared in constant time.
func matchesHexSignature(_ value: UnsafeRawBufferPointer, of body: UnsafeRawBufferPointer, keys: [HMACKey]) -> Bool {
    var digits = value
    if digits.count == 71, bytesEqual(digits.part(0, 7), "sha256=") { digits = digits.part(7, 71) }
    guard digits.count == 64, let claimed = hexDigest(digits) else { return false }
    var matches = false
    // Every key is tried, so that the time does not tell which one matched.
    for key in keys where constantTimeEqual(key.sign(body), claimed) { matches = true }
    return matches
}

/// 64 hex digits as a digest; nil for anything else.
func hexDigest(_ digits: UnsafeRawBufferPointer) -> SHA256Digest? {
    guard digits.count == 64 else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { bytes -> SHA256Digest? in
        for index in 0..<32 {
            guard let high = ASCII.hexValue(digits[2 * index]), let low = ASCII.hexValue(digits[2 * index + 1]) else { return nil }
            bytes[index] = high << 4 | low
        }
        return SHA256Digest(UnsafeRawBufferPointer(bytes))
    }
}

/// A header's value as text, when it is printable ASCII of at most `limit` bytes: ids and event names go into rows, pages and logs.
func headerText(_ value: UnsafeRawBufferPointer?, limit: Int = 200) -> String? {
    guard let value, !value.isEmpty, value.count <= limit, value.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return nil }
    return String(decoding: value, as: UTF8.self)
}
