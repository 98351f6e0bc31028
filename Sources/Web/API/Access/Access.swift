internal import Bytes
package import Crypto
package import Store
internal import Synchronization

/// Who may do what: the admin token, API keys, dashboard sessions. Only hashes are kept, in memory and on disk.
package final class Access: Sendable {
    package struct Key: Sendable {
        package let id: Int64
        package let label: String
        package let prefix: String

        /// How the caller is named in approvals and runs.
        package var caller: String { "API key \(label) (\(prefix)…)" }
    }

    private let store: Store
    private let admin: SHA256Digest
    private let keys = Mutex<[SHA256Digest: Key]>([:])
    /// Held from the reading to the publishing: a table read before a key was revoked must not come after one read later.
    private let reloading = Mutex(())

    /// - Parameter admin: the SHA-256 of the admin token.
    package init(store: Store, admin: SHA256Digest) throws {
        self.store = store
        self.admin = admin
        try reloadKeys()
    }

    package func reloadKeys() throws {
        try reloading.withLock { _ in
            let active = try store.apiKeys().filter { $0.revokedAt == nil }
            let table = Dictionary(active.map { ($0.hash, Key(id: $0.id, label: $0.label, prefix: $0.prefix)) }) { first, _ in first }
            keys.withLock { $0 = table }
        }
    }

    // MARK: Callers

    /// The key of a caller. Looked up by its SHA-256: how long that takes says nothing about the key.
    package func key(_ presented: UnsafeRawBufferPointer?) -> Key? {
        guard let presented, !presented.isEmpty, presented.count <= 200 else { return nil }
        let hash = sha256(presented)
        return keys.withLock { $0[hash] }
    }

    /// `Authorization: Bearer <admin token>` (RFC 6750, section 2.1).
    package func isAdmin(_ authorization: UnsafeRawBufferPointer?) -> Bool {
        guard let authorization, authorization.count > 7,
            asciiCaseInsensitiveEqual(authorization.part(0, 7), "bearer ")
        else { return false }
        return isAdminToken([UInt8](authorization.part(7, authorization.count).trimmingBlanks()))
    }

    package func isAdminToken(_ token: [UInt8]) -> Bool {
        token.count <= 1000 && constantTimeEqual(sha256(token), admin)
    }

    // MARK: Making secrets

    /// A new API key in plain, to be shown once.
    package static func makeKey() throws -> (plain: String, prefix: String, hash: SHA256Digest) {
        let plain = "sluice_sk_" + base64Encode(try randomBytes(32), alphabet: .url, padded: false)
        return (plain, String(plain.prefix(16)), sha256(plain))
    }

    /// 256 random bits for a session, a login link or an admin token.
    package static func makeToken() throws -> (plain: String, hash: SHA256Digest) {
        let plain = base64Encode(try randomBytes(32), alphabet: .url, padded: false)
        return (plain, sha256(plain))
    }
}
