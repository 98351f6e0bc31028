package import Crypto
package import Model
internal import SQLite

/// An endpoint's row: settings and overrides as JSON.
package struct EndpointRow: Sendable {
    package var id: Int64
    package var name: String
    package var origin: EndpointOrigin
    package var revision: Int64
    package var settings: String
    package var overrides: String
    package var createdAt: Int64
    package var updatedAt: Int64
    package var kind: EndpointKind

    package var version: EndpointVersion { EndpointVersion(id: id, revision: revision) }
}

package struct APIKeyRow: Sendable {
    package var id: Int64
    package var label: String
    package var hash: SHA256Digest
    package var prefix: String
    package var createdAt: Int64
    package var revokedAt: Int64?
}

extension Store {
    private static let endpointColumns = """
        SELECT id, name, origin, revision, settings, overrides, created_at, updated_at, kind FROM endpoints WHERE deleted_at IS NULL
        """

    package func endpoints() throws -> [EndpointRow] {
        try read { try $0.prepare(Self.endpointColumns + " ORDER BY name").map(Self.endpoint) }
    }

    package func endpoint(named name: String) throws -> EndpointRow? {
        try read {
            let statement = try $0.prepare(Self.endpointColumns + " AND name = ?")
            statement.bind(1, name)
            return try statement.first(Self.endpoint)
        }
    }

    private static func endpoint(_ row: Statement) throws(DatabaseError) -> EndpointRow {
        EndpointRow(
            id: row.integer(0), name: row.text(1), origin: try status(row.text(2)), revision: row.integer(3), settings: row.text(4),
            overrides: row.text(5), createdAt: row.integer(6), updatedAt: row.integer(7), kind: try status(row.text(8)))
    }

    package func apiKeys() throws -> [APIKeyRow] {
        try read {
            try $0.prepare("SELECT id, label, hash, prefix, created_at, revoked_at FROM api_keys ORDER BY id DESC").map {
                row throws(DatabaseError) in
                guard let hash = SHA256Digest(row.blob(2)) else { throw DatabaseError(code: 11, message: "a key's hash has a wrong length") }
                return APIKeyRow(
                    id: row.integer(0), label: row.text(1), hash: hash, prefix: row.text(3), createdAt: row.integer(4),
                    revokedAt: row.optionalInteger(5))
            }
        }
    }

    package func hasSession(_ hash: SHA256Digest, at now: Int64) throws -> Bool {
        try read {
            let statement = try $0.prepare("SELECT 1 FROM sessions WHERE hash = ? AND expires_at > ?")
            statement.bind(1, hash.array)
            statement.bind(2, now)
            return try statement.first { _ in true } ?? false
        }
    }

    package func meta(_ key: String) throws -> String? {
        try read {
            let statement = try $0.prepare("SELECT value FROM meta WHERE key = ?")
            statement.bind(1, key)
            return try statement.first { $0.text(0) }
        }
    }
}
