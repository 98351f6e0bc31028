import Glibc
internal import Posix

/// Credentials come from the environment or from files, never from arguments, which everyone on the machine can read (proc(5)).
enum Credentials {
    private static let longest = 4096

    /// The admin token, and where it came from; nil if there is none. The order: `--token-file`, SLUICE_TOKEN, SLUICE_ADMIN_TOKEN, the
    /// file `admin-token` in the data directory.
    static func adminToken(file: String?, dataDirectory: String?, console: Console) throws(CommandFailure) -> String? {
        if let file { return try secret(inFile: file) }
        for name in ["SLUICE_TOKEN", "SLUICE_ADMIN_TOKEN"] {
            if let value = console.variable(name) { return try checked(value, from: name) }
        }
        guard let directory = dataDirectory ?? console.variable("SLUICE_DATA") else { return nil }
        let path = directory + "/admin-token"
        return Files.exists(path) ? try secret(inFile: path) : nil
    }

    /// The caller's API key; nil if there is none, since public endpoints want none.
    static func apiKey(file: String?, console: Console) throws(CommandFailure) -> String? {
        if let file { return try secret(inFile: file) }
        return try console.variable("SLUICE_API_KEY").map { value throws(CommandFailure) in try checked(value, from: "SLUICE_API_KEY") }
    }

    private static func secret(inFile path: String) throws(CommandFailure) -> String {
        let bytes: [UInt8]
        do { bytes = try Files.read(path, limit: longest) } catch { throw CommandFailure("cannot read the secret: \(error)") }
        return try checked(String(decoding: bytes, as: UTF8.self), from: path)
    }

    /// Without the line feed that editors leave; only characters that may stand in a header field.
    private static func checked(_ text: String, from origin: String) throws(CommandFailure) -> String {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let head = text.utf8.drop { blanks.contains($0) }
        let secret = String(decoding: head.reversed().drop { blanks.contains($0) }.reversed(), as: UTF8.self)
        guard !secret.isEmpty else { throw CommandFailure("there is no secret in \(visible(origin))") }
        guard secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CommandFailure("the secret in \(visible(origin)) holds characters that no secret has")
        }
        return secret
    }
}
