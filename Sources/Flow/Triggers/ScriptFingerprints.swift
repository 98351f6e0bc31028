internal import Crypto
internal import Glibc
package import Model
internal import Synchronization

/// The files that a command names, with the SHA-256 of what they hold now.
///
/// A word of the command (never an argument's value) names a script when it is the program's own path, follows an interpreter, has the
/// suffix of a script, or is an executable file. A program found through PATH is part of the system, and other files are data: both are
/// left out. A file is read again only when its identity (device, inode, size, change times) has changed, so
/// asking costs one stat(2) a file.
package final class ScriptFingerprints: Sendable {
    private struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modified: timespec
        var changed: timespec

        static func == (a: Identity, b: Identity) -> Bool {
            a.device == b.device && a.inode == b.inode && a.size == b.size && same(a.modified, b.modified) && same(a.changed, b.changed)
        }

        private static func same(_ a: timespec, _ b: timespec) -> Bool { a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec }
    }

    private struct Known {
        var identity: Identity?
        var file: ScriptFile
    }

    /// The configuration's folder.
    let directory: String
    private let candidates: [String]
    private let known: Mutex<[String: Known]>

    static let fileLimit = 16
    /// Larger files are known by size and times alone.
    static let sizeLimit: Int64 = 64 << 20

    init(words: [String], directory: String, workingDirectory: String) {
        self.directory = directory
        var paths: [String] = []
        var interpreter: String?
        // Behind `sh -c` and the like stands the program itself, or the name of a module.
        var isCode = false
        for (index, word) in words.enumerated() where !word.isEmpty {
            if word.hasPrefix("-") {
                if let interpreter, Self.takesCode(interpreter, behind: word) { isCode = true }
                continue
            }
            if index == 0, word.utf8.contains(UInt8(ascii: "/")) {
                // The program itself, by a path: it counts from the configuration's folder.
                paths.append(absolutePath(word, in: directory))
            } else if index > 0 {
                let path = absolutePath(word, in: workingDirectory)
                if isCode {
                    paths += Self.scripts(inCode: word, workingDirectory)
                } else if interpreter != nil || Self.isScriptName(word) || Self.isExecutableFile(path) {
                    paths.append(path)
                }
            }
            interpreter = Self.interpreter(word)
            isCode = false
        }
        var seen: Set<String> = []
        candidates = paths.filter { seen.insert($0).inserted }.prefix(Self.fileLimit).map(\.self)
        known = Mutex([:])
    }

    // MARK: Which words name scripts

    /// What is a script by its name or its mode, and there: in code, much looks like a name.
    private static func scripts(inCode code: String, _ workingDirectory: String) -> [String] {
        code.split { $0.isWhitespace || ";&|()<>{}'\"`".contains($0) }.map(String.init).compactMap { word in
            let path = absolutePath(word, in: workingDirectory)
            return identity(path) != nil && (isScriptName(word) || isExecutableFile(path)) ? path : nil
        }
    }

    private static let interpreters: Set<String> = [
        "sh", "bash", "dash", "zsh", "ksh", "python", "python2", "python3", "ruby", "perl", "node", "php", "lua", "Rscript", "java", "swift",
        "source", ".",
    ]
    private static let suffixes: Set<String> = [
        "sh", "bash", "zsh", "py", "rb", "pl", "js", "mjs", "cjs", "ts", "php", "lua", "r", "R", "jar", "sql", "awk", "swift", "ps1",
    ]

    /// The first word behind an interpreter is its script.
    private static func interpreter(_ word: String) -> String? {
        let name = word.split(separator: "/").last.map(String.init) ?? word
        return interpreters.contains(name) ? name : nil
    }

    /// Whether no script but code, or the name of a module, stands behind this option: `sh -ec CODE`, `python3 -m MODULE`, `perl -e CODE`.
    private static func takesCode(_ interpreter: String, behind option: String) -> Bool {
        guard !option.hasPrefix("--"), let letter = option.last else { return option == "--eval" || option == "--print" }
        switch interpreter {
        case "sh", "bash", "dash", "zsh", "ksh": return letter == "c"
        case "python", "python2", "python3": return letter == "c" || letter == "m"
        case "ruby", "perl", "lua", "Rscript", "swift": return letter == "e" || letter == "E"
        case "node": return letter == "e" || letter == "p"
        case "php": return letter == "r"
        default: return false
        }
    }

    /// A name like `deploy.sh`, whether the file is there yet or not. An address is none.
    private static func isScriptName(_ word: String) -> Bool {
        guard let dot = word.lastIndex(of: "."), !word.contains("://") else { return false }
        return suffixes.contains(String(word[word.index(after: dot)...]))
    }

    private static func isExecutableFile(_ path: String) -> Bool { identity(path) != nil && access(path, X_OK) == 0 }

    /// The files as they are now.
    func current() -> [ScriptFile] {
        if candidates.isEmpty { return [] }
        return candidates.map { path in
            let identity = Self.identity(path)
            if let entry = known.withLock({ $0[path] }), entry.identity == identity { return entry.file }
            let file = Self.fingerprint(path, identity)
            known.withLock { $0[path] = Known(identity: identity, file: file) }
            return file
        }
    }

    /// What `files` hold now, read afresh: for the moment before a command starts.
    package static func fresh(_ files: [ScriptFile]) -> [ScriptFile] {
        files.map { fingerprint($0.path, identity($0.path)) }
    }

    /// The first difference between what was frozen and what is there now, in words; nil when nothing changed.
    package static func difference(_ frozen: [ScriptFile]) -> String? {
        for (then, now) in zip(frozen, fresh(frozen)) where then != now {
            return now.sha256 == "missing"
                ? "the script \(then.path) is gone since the request" : "the script \(then.path) has changed since the request"
        }
        return nil
    }

    private static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Identity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size), modified: status.st_mtim,
            changed: status.st_ctim)
    }

    private static func fingerprint(_ path: String, _ identity: Identity?) -> ScriptFile {
        guard let identity else { return ScriptFile(path: path, sha256: "missing") }
        if identity.size > sizeLimit {
            return ScriptFile(path: path, sha256: "size \(identity.size) modified \(identity.modified.tv_sec).\(identity.modified.tv_nsec)")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return ScriptFile(path: path, sha256: "unreadable") }
        defer { close(descriptor) }
        var hasher = SHA256()
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return ScriptFile(path: path, sha256: "unreadable") }
            if count == 0 { break }
            buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return ScriptFile(path: path, sha256: hasher.digest().hex)
    }
}
