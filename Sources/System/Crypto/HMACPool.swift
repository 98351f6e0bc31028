internal import CCrypto
internal import Synchronization

/// A key mixed into contexts of libcrypto. Making one costs more than signing 1 KiB, so used ones are kept for the next caller. At
/// most as many exist as threads have signed at the same moment.
final class HMACPool: Sendable {
    private let spare: Mutex<[Context]>
    private let original: Context

    init(_ key: [UInt8], _ algorithm: HMACAlgorithm) {
        let context = key.withUnsafeBytes { sluice_hmac_new(algorithm.name, $0.baseAddress, $0.count) }
        guard let context else { cryptoBroken("EVP_MAC_init") }
        original = Context(pointer: context)
        spare = Mutex([])
    }

    deinit {
        spare.withLock { list in
            for context in list { sluice_hmac_free(context.pointer) }
        }
        sluice_hmac_free(original.pointer)
    }

    func take() -> Context {
        if let used = spare.withLock({ $0.popLast() }) { return used }
        guard let copy = sluice_hmac_copy(original.pointer) else { cryptoBroken("EVP_MAC_CTX_dup") }
        return Context(pointer: copy)
    }

    func giveBack(_ context: Context) {
        spare.withLock { $0.append(context) }
    }

    /// An EVP_MAC_CTX.
    ///
    /// Unchecked because a pointer has no owner that the compiler could see. Safe because the pool alone makes these: one is either in
    /// the locked list or with the single call that took it out, and the original is only ever read, by EVP_MAC_CTX_dup, which takes it
    /// as const.
    struct Context: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }
}
