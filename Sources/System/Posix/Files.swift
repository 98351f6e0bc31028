import Glibc

/// Files by path, small and whole.
package enum Files {
    /// The whole file; throws EFBIG when it is longer than `limit` bytes.
    package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = Descriptor(owning: try check("open \(path)") { open(path, O_RDONLY | O_CLOEXEC) })
        var bytes: [UInt8] = []
        var status = stat()
        if fstat(file.raw, &status) == 0, status.st_size > 0 { bytes.reserveCapacity(min(Int(status.st_size), limit)) }
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = try check("read \(path)") { Glibc.read(file.raw, &chunk, chunk.count) }
            if count == 0 { return bytes }
            if bytes.count + count > limit { throw SystemError(errno: EFBIG, call: "read \(path)") }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Replaces `path` in one step: a reader, or a crash, sees the old file or the whole new one. File and directory are synced.
    package static func writeAtomically(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
        let temporary = path + ".\(getpid()).new"
        do {
            let file = Descriptor(
                owning: try check("open \(temporary)") {
                    open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
                })
            // The mode given to open(2) counts only for a new file and is cut by the umask.
            _ = try check("fchmod \(temporary)") { fchmod(file.raw, mode) }
            try writeAll(file.raw, bytes, temporary)
            _ = try check("fsync \(temporary)") { fsync(file.raw) }
            _ = try check("rename \(path)") { rename(temporary, path) }
        } catch {
            _ = unlink(temporary)
            throw error
        }
        try syncDirectory(of: path)
    }

    /// mkdir -p; directories that are created get `mode`, existing ones stay as they are. What holds a new directory is synced:
    /// else a power cut could take the directory, and with it all that was synced inside.
    package static func makeDirectories(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/" + String(part)
            if mkdir(prefix, mode) == 0 {
                try syncDirectory(of: prefix)
            } else if Glibc.errno != EEXIST {
                throw .last("mkdir \(prefix)")
            }
        }
        var information = stat()
        _ = try check("stat \(path)") { stat(path, &information) }
        if information.st_mode & S_IFMT != S_IFDIR { throw SystemError(errno: ENOTDIR, call: "mkdir \(path)") }
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func writeAll(_ raw: Int32, _ bytes: [UInt8], _ path: String) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            written += try check("write \(path)") {
                bytes.withUnsafeBytes { Glibc.write(raw, $0.baseAddress.map { $0 + written }, $0.count - written) }
            }
        }
    }

    private static func syncDirectory(of path: String) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let opened = Descriptor(owning: try check("open \(directory)") { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        _ = try check("fsync \(directory)") { fsync(opened.raw) }
    }
}
