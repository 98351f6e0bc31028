internal import CCrypto

/// Whether two buffers hold the same bytes, in a time that tells nothing of where they differ (CRYPTO_memcmp).
/// Different lengths are unequal at once: the length of a MAC or token is no secret.
package func constantTimeEqual(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    a.count == b.count && sluice_constant_time_equal(a.baseAddress, b.baseAddress, a.count) == 1
}

package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBytes { left in b.withUnsafeBytes { constantTimeEqual(left, $0) } }
}

package func constantTimeEqual(_ a: SHA256Digest, _ b: SHA256Digest) -> Bool {
    a.withUnsafeBytes { left in b.withUnsafeBytes { constantTimeEqual(left, $0) } }
}

package func constantTimeEqual(_ a: SHA256Digest, _ b: UnsafeRawBufferPointer) -> Bool {
    a.withUnsafeBytes { constantTimeEqual($0, b) }
}
