internal import CCrypto
internal import Synchronization

/// A secret made ready for HMAC-SHA256 (RFC 2104), to be used from any number of threads.
///
/// libcrypto's contexts hold the key already mixed in; making one costs more than signing 1 KiB, so used ones are kept for
/// the next caller. At most as many exist as threads have signed at the same moment.
package final class HMACKey: Sendable {
    private let contexts: Mutex<[Context]>
    private let original: Context

    /// Any key is allowed, the empty one too; whether it is long enough is the caller's question.
    package init(_ key: [UInt8]) {
        let context = key.withUnsafeBytes { sluice_hmac_new($0.baseAddress, $0.count) }
        guard let context else { cryptoBroken("EVP_MAC_init") }
        original = Context(pointer: context)
        contexts = Mutex([])
    }

    package convenience init(_ key: String) {
        self.init([UInt8](key.utf8))
    }

    deinit {
        contexts.withLock { list in
            for context in list { sluice_hmac_free(context.pointer) }
        }
        sluice_hmac_free(original.pointer)
    }

    /// The MAC of the parts, one after the other as if they were one message.
    package func sign(
        _ first: UnsafeRawBufferPointer,
        _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        _ third: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> SHA256Digest {
        let context = take()
        defer { giveBack(context) }
        guard sluice_hmac_start(context.pointer) == 1,
            sluice_hmac_update(context.pointer, first.baseAddress, first.count) == 1,
            sluice_hmac_update(context.pointer, second.baseAddress, second.count) == 1,
            sluice_hmac_update(context.pointer, third.baseAddress, third.count) == 1
        else { cryptoBroken("EVP_MAC_update") }
        return finish(context)
    }

    package func sign(_ parts: [UnsafeRawBufferPointer]) -> SHA256Digest {
        let context = take()
        defer { giveBack(context) }
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

    private func finish(_ context: Context) -> SHA256Digest {
        SHA256Digest { output in
            guard sluice_hmac_finish(context.pointer, output.baseAddress) == 1 else { cryptoBroken("EVP_MAC_final") }
        }
    }

    private func take() -> Context {
        if let spare = contexts.withLock({ $0.popLast() }) { return spare }
        guard let copy = sluice_hmac_copy(original.pointer) else { cryptoBroken("EVP_MAC_CTX_dup") }
        return Context(pointer: copy)
    }

    private func giveBack(_ context: Context) {
        contexts.withLock { $0.append(context) }
    }
}

/// An EVP_MAC_CTX.
///
/// Unchecked because a pointer has no owner that the compiler could see. Safe because `HMACKey` alone makes these: one is
/// either in the locked list or with the single `sign` call that took it out, and the original is only ever read, by
/// EVP_MAC_CTX_dup, which takes it as const.
private struct Context: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
}

/// libcrypto fails at hashing bytes in memory only if there is no memory left or its installation is broken. No request can
/// cause that, and going on without a MAC is not an option.
private func cryptoBroken(_ call: String) -> Never {
    fatalError("libcrypto: \(call) failed: \(newestCryptoError())")
}
