internal import CCrypto

/// The hash functions that senders use under HMAC. SHA-1 is still sound there, though no longer by itself.
package enum HMACAlgorithm: String, Sendable, CaseIterable {
    case sha1, sha256, sha512

    package var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// As libcrypto calls it.
    var name: String {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha512: "SHA512"
        }
    }
}

/// A secret made ready for HMAC with any of these hash functions. `HMACKey` is the one for SHA-256, which allocates nothing.
package final class MACKey: Sendable {
    package let algorithm: HMACAlgorithm
    private let pool: HMACPool

    package init(_ key: [UInt8], _ algorithm: HMACAlgorithm) {
        self.algorithm = algorithm
        pool = HMACPool(key, algorithm)
    }

    /// The MAC of the parts, one after the other as if they were one message.
    package func sign(_ parts: [UnsafeRawBufferPointer]) -> [UInt8] {
        let context = pool.take()
        defer { pool.giveBack(context) }
        guard sluice_hmac_start(context.pointer) == 1 else { cryptoBroken("EVP_MAC_init") }
        for part in parts where sluice_hmac_update(context.pointer, part.baseAddress, part.count) != 1 { cryptoBroken("EVP_MAC_update") }
        var mac = [UInt8](repeating: 0, count: algorithm.byteCount)
        let isDone = mac.withUnsafeMutableBytes { sluice_hmac_finish(context.pointer, $0.baseAddress, $0.count) }
        guard isDone == 1 else { cryptoBroken("EVP_MAC_final") }
        return mac
    }
}
