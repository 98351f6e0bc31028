import Glibc
import Synchronization

/// The time zones that the system knows: folders of TZif files, each read once.
package final class ZoneDirectory: Sendable {
    /// The folders searched, in this order.
    package let roots: [String]
    private struct Known {
        var zone: Zone
        /// The file it came from, as it was; nil for those that need none.
        var file: (path: String, signature: FileSignature)?
    }

    private let cache = Mutex<[String: Known]>([:])
    /// The names for suggestions, once looked up: that reads the head of every file.
    private let knownNames = Mutex<[String]>([])

    /// A proper file has a few kilobytes.
    private static let largestFile = 1 << 20

    package init(roots: [String]) {
        self.roots = roots
    }

    /// The system's: the folder in the environment variable `TZDIR`, then those where systems keep them (tzfile(5)).
    package static let system = ZoneDirectory(roots: systemRoots())

    private static func systemRoots() -> [String] {
        let usual = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
        guard let value = getenv("TZDIR") else { return usual }
        let folder = String(cString: value)
        return folder.hasPrefix("/") ? [folder] + usual : usual
    }

    /// The zone of that name, such as `Europe/Berlin`. `UTC` is there even without any file.
    /// - Throws: ``ZoneError`` if the name is not one, no folder has it, or its file is damaged.
    package func zone(named identifier: String) throws(ZoneError) -> Zone {
        if let known = cache.withLock({ $0[identifier]?.zone }) { return known }
        let loaded = try load(identifier)
        // Two threads may have read the same file: both keep the first one's zone.
        return cache.withLock { cache in
            if let first = cache[identifier] { return first.zone }
            cache[identifier] = loaded
            return loaded.zone
        }
    }

    /// Reads the files again that have changed since they were read; a damaged one leaves its zone as it was. Costs one stat(2) a zone.
    /// - Returns: the names of zones that are new now: who holds one of them asks for it again.
    package func refresh() -> Set<String> {
        var changed: Set<String> = []
        for (identifier, known) in cache.withLock({ $0 }) {
            guard let file = known.file, FileSignature(file.path) != file.signature, let loaded = try? load(identifier) else { continue }
            cache.withLock { $0[identifier] = loaded }
            changed.insert(identifier)
        }
        return changed
    }

    private func load(_ identifier: String) throws(ZoneError) -> Known {
        if identifier == "UTC" { return Known(zone: .utc) }
        guard isSafe(identifier) else { throw unknown(identifier) }
        for root in roots {
            let path = "\(root)/\(identifier)"
            // Looked at first: a change in between is then noticed the next time.
            let signature = FileSignature(path)
            guard let bytes = readFile(path, limit: ZoneDirectory.largestFile) else { continue }
            return Known(zone: try Zone(identifier: identifier, tzif: bytes), file: signature.map { (path, $0) })
        }
        if identifier == "Etc/UTC" { return Known(zone: Zone(identifier: identifier, fixedOffset: 0)) }
        throw unknown(identifier)
    }

    /// Letters, digits, `_`, `+`, `-`, in parts divided by `/`: nothing that leaves the folder. Names are case-sensitive, as the files are.
    private func isSafe(_ identifier: String) -> Bool {
        guard 1...128 ~= identifier.utf8.count else { return false }
        return identifier.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.first != UInt8(ascii: "-")
                && part.allSatisfy { byte in
                    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                }
        }
    }

    private func unknown(_ identifier: String) -> ZoneError {
        var names = knownNames.withLock { $0 }
        if names.count <= 1 {
            names = self.names()
            knownNames.withLock { [names] in $0 = names }
        }
        guard names.count > 1 else {
            let reason = "cannot be found: there are no time zone files in \(roots.joined(separator: ", ")) (install tzdata)"
            return ZoneError(identifier: identifier, reason: reason)
        }
        let same = names.filter { $0.lowercased() == identifier.lowercased() }
        let suggestions = same.isEmpty ? namesResembling(identifier, among: names) : same
        return ZoneError(identifier: identifier, reason: "is unknown", suggestions: suggestions)
    }

    /// All names in the folders, sorted.
    package func names() -> [String] {
        var found: Set<String> = ["UTC"]
        for root in roots { collect(root, prefix: "", depth: 0, into: &found) }
        return found.sorted()
    }

    private func collect(_ root: String, prefix: String, depth: Int, into found: inout Set<String>) {
        // "posix" and "right" repeat the whole tree, without and with leap seconds.
        guard depth < 4, prefix != "posix/", prefix != "right/", let folder = opendir(root + "/" + prefix) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard isSafe(name), found.count < 10_000 else { continue }
            let path = prefix + name
            if entry.pointee.d_type == UInt8(DT_DIR) {
                collect(root, prefix: path + "/", depth: depth + 1, into: &found)
            } else if isTZif("\(root)/\(path)"), path != "localtime", path != "posixrules" {
                found.insert(path)
            }
        }
    }
}

/// What tells one version of a file from another.
private struct FileSignature: Equatable, Sendable {
    private let device, inode: UInt64
    private let size, seconds, nanoseconds: Int64

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
        (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
    }
}

private func isTZif(_ path: String) -> Bool {
    withFile(path) { descriptor, _ in
        var magic: InlineArray<4, UInt8> = [0, 0, 0, 0]
        guard read(descriptor, &magic, 4) == 4 else { return nil }
        return magic[0] == UInt8(ascii: "T") && magic[1] == UInt8(ascii: "Z") && magic[2] == UInt8(ascii: "i")
            && magic[3] == UInt8(ascii: "f")
    } ?? false
}

/// The contents of a regular file; nil if it cannot be read or is longer than the limit.
private func readFile(_ path: String, limit: Int) -> [UInt8]? {
    withFile(path) { descriptor, size in
        guard size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + filled }, size - filled) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }
}

/// Opens a regular file (and nothing that could block) for the closure, which gets its size.
private func withFile<Result>(_ path: String, _ body: (_ descriptor: Int32, _ size: Int) -> Result?) -> Result? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return body(descriptor, Int(status.st_size))
}
