internal import API
internal import Bytes
internal import Crypto
internal import Store

/// The bootstrap token of the management API: from the environment, or made up at the first start and shown once.
struct AdminToken {
    let store: Store

    private static let metaKey = "admin_token_sha256"
    private static let leastLength = 16

    /// - Returns: the token's hash, and the token itself if it was made up now and is still to be kept.
    func resolve(_ given: String?) throws -> (hash: SHA256Digest, generated: String?) {
        if let given {
            guard given.utf8.count >= Self.leastLength else {
                throw StartError("SLUICE_ADMIN_TOKEN must have at least \(Self.leastLength) characters")
            }
            return (sha256(given), nil)
        }
        if let stored = try store.meta(Self.metaKey), let hash = hexDecode(stored).flatMap({ SHA256Digest($0) }) { return (hash, nil) }
        let made = try Access.makeToken()
        return (made.hash, made.plain)
    }

    /// Lets a token that was made up hold from here on: once nothing stands in the way of showing it.
    func keep(_ hash: SHA256Digest) throws {
        if case .unavailable(let reason) = store.commit(.setMeta(key: Self.metaKey, value: hash.hex)) {
            throw StartError("the admin token cannot be stored: \(reason)")
        }
    }
}
