internal import CCrypto

/// A secret made ready for HMAC-SHA256 (RFC 2104), to be used from any number of threads.
package final class HMACKey: Sendable {
    private let pool: HMACPool

    /// Any key is allowed, the empty one too; whether it is long enough is the caller's question.
    package init(_ key: [UInt8]) { pool = HMACPool(key, .sha256) }

    package convenience init(_ key: String) {
        self.init([UInt8](key.utf8))
    }

    /// The MAC of the parts, one after the other as if they were one message.
    package func sign(
        _ first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        _ third: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> SHA256Digest {
        let context = pool.take()
        defer { pool.giveBack(context) }
        guard sluice_hmac_start(context.pointer) == 1,
            sluice_hmac_update(context.pointer, first.baseAddress, first.count) == 1,
            sluice_hmac_update(context.pointer, second.baseAddress, second.count) == 1,
            sluice_hmac_update(context.pointer, third.baseAddress, third.count) == 1
        else { cryptoBroken("EVP_MAC_update") }
        return finish(context)
    }

    package func sign(_ parts: [UnsafeRawBufferPointer]) -> SHA256Digest {
        let context = pool.take()
        defer { pool.giveBack(context) }
        guard sluice_hmac_start(context.pointer) == 1 else { cryptoBroken("EVP_MAC_init") }
        for part in parts where sluice_hmac_update(context.pointer, part.baseAddress, part.count) != 1 {
            cryptoBroken("EVP_MAC_update")
        }
        return finish(context)
    }

    package func sign(_ message: [UInt8]) -> SHA256Digest {
        message.withUnsafeBytes { sign($0) }
    }

    package func sign(_ message: String) -> SHA256Digest {
        var copy = message
        return copy.withUTF8 { sign(UnsafeRawBufferPointer($0)) }
    }

    private func finish(_ context: HMACPool.Context) -> SHA256Digest {
        SHA256Digest { output in
            guard sluice_hmac_finish(context.pointer, output.baseAddress, output.count) == 1 else { cryptoBroken("EVP_MAC_final") }
        }
    }
}

/// libcrypto fails at hashing bytes in memory only if there is no memory left or its installation is broken. No request can
/// cause that, and going on without a MAC is not an option.
func cryptoBroken(_ call: String) -> Never {
    fatalError("libcrypto: \(call) failed: \(newestCryptoError())")
}
