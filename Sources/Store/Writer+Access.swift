internal import Crypto
internal import SQLite

extension Writer {
    // MARK: API keys: only their hashes are stored

    func createKey(label: String, hash: SHA256Digest, prefix: String, at: Int64) throws(DatabaseError) -> Outcome {
        _ = try run("INSERT INTO api_keys (label, hash, prefix, created_at) VALUES (?, ?, ?, ?)") {
            $0.bind(1, label)
            $0.bind(2, hash.array)
            $0.bind(3, prefix)
            $0.bind(4, at)
        }
        return .created(id: connection.lastInsertRowID)
    }

    func revokeKey(_ id: Int64, at: Int64) throws(DatabaseError) -> Outcome {
        let count = try run("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL") {
            $0.bind(1, at)
            $0.bind(2, id)
        }
        return count == 1 ? .done : .notFound
    }

    // MARK: Logins and sessions

    func createLogin(_ hash: SHA256Digest, expiresAt: Int64) throws(DatabaseError) -> Outcome {
        _ = try run("INSERT OR REPLACE INTO logins (hash, expires_at) VALUES (?, ?)") {
            $0.bind(1, hash.array)
            $0.bind(2, expiresAt)
        }
        return .done
    }

    func redeemLogin(_ login: SHA256Digest, session: SHA256Digest, at: Int64, sessionExpiresAt: Int64) throws(DatabaseError) -> Outcome {
        _ = try run("DELETE FROM logins WHERE expires_at <= ?") { $0.bind(1, at) }
        let used = try run("DELETE FROM logins WHERE hash = ?") { $0.bind(1, login.array) }
        guard used == 1 else { return .notFound }
        return try createSession(session, expiresAt: sessionExpiresAt)
    }

    func createSession(_ hash: SHA256Digest, expiresAt: Int64) throws(DatabaseError) -> Outcome {
        _ = try run("INSERT INTO sessions (hash, expires_at) VALUES (?, ?)") {
            $0.bind(1, hash.array)
            $0.bind(2, expiresAt)
        }
        return .done
    }

    func deleteSession(_ hash: SHA256Digest) throws(DatabaseError) -> Outcome {
        let count = try run("DELETE FROM sessions WHERE hash = ?") { $0.bind(1, hash.array) }
        return .changed(count: count)
    }

    func setMeta(_ key: String, _ value: String) throws(DatabaseError) -> Outcome {
        _ = try run("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value") {
            $0.bind(1, key)
            $0.bind(2, value)
        }
        return .done
    }
}
