internal import CCrypto

/// The random generator of libcrypto has no entropy or no memory. Never answered by weaker bytes; repeating may help.
package struct RandomError: Error, Sendable, CustomStringConvertible {
    package let reason: String

    package var description: String { "no random bytes: \(reason.isEmpty ? "RAND_bytes failed" : reason)" }
}

/// `count` bytes fit for keys and tokens (RAND_bytes, seeded by the kernel).
package func randomBytes(_ count: Int) throws(RandomError) -> [UInt8] {
    guard count >= 0 else { throw RandomError(reason: "a count below zero") }
    var bytes = [UInt8](repeating: 0, count: count)
    let succeeded = bytes.withUnsafeMutableBytes { sluice_random_bytes($0.baseAddress, $0.count) }
    guard succeeded == 1 else { throw RandomError(reason: newestCryptoError()) }
    return bytes
}

func newestCryptoError() -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
        sluice_crypto_error(buffer.baseAddress, buffer.count)
        return buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
}
