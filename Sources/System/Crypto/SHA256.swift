internal import CCrypto

/// The 32 bytes of a SHA-256 or HMAC-SHA256, kept inline.
///
/// `==` is an ordinary comparison: compare secrets and signatures with `constantTimeEqual`.
package struct SHA256Digest: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64)

    package static let byteCount = 32

    /// A digest whose bytes `fill` writes; it gets exactly 32 zero bytes.
    init(fill: (UnsafeMutableRawBufferPointer) -> Void) {
        words = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words, fill)
    }

    /// A digest that was stored as bytes before, or nil if there are not 32.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init { $0.copyMemory(from: bytes) }
    }

    package init?(_ bytes: [UInt8]) {
        guard let digest = bytes.withUnsafeBytes({ SHA256Digest($0) }) else { return nil }
        self = digest
    }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    package var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        String(unsafeUninitializedCapacity: Self.byteCount * 2) { output in
            withUnsafeBytes { bytes in
                for index in 0..<bytes.count {
                    output[index * 2] = hexDigit(bytes[index] >> 4)
                    output[index * 2 + 1] = hexDigit(bytes[index] & 15)
                }
            }
            return Self.byteCount * 2
        }
    }

    package static func == (a: SHA256Digest, b: SHA256Digest) -> Bool { a.words == b.words }

    package func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension SHA256Digest: CustomStringConvertible {
    package var description: String { hex }
}

/// SHA-256 (FIPS 180-4) of a message that arrives in parts. A value: a copy goes on by itself.
package struct SHA256: Sendable {
    private var state = sluice_sha256_state()

    package init() { sluice_sha256_start(&state) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        sluice_sha256_update(&state, bytes.baseAddress, bytes.count)
    }

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ text: String) {
        var copy = text
        copy.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of all parts so far; more parts may follow.
    package func digest() -> SHA256Digest {
        var last = state
        return SHA256Digest { sluice_sha256_finish(&last, $0.baseAddress) }
    }
}

package func sha256(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
    SHA256Digest { sluice_sha256(bytes.baseAddress, bytes.count, $0.baseAddress) }
}

package func sha256(_ bytes: [UInt8]) -> SHA256Digest {
    bytes.withUnsafeBytes { sha256($0) }
}

package func sha256(_ text: String) -> SHA256Digest {
    var copy = text
    return copy.withUTF8 { sha256(UnsafeRawBufferPointer($0)) }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + 0x30 : value + 0x57
}
