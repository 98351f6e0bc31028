import Glibc

/// Notices changes of a file and of files in some folders (inotify(7)), and says so once they have settled: an editor writes, renames and
/// writes again. Used by one thread.
package final class FileWatch {
    private let inotify: Descriptor
    /// Where the file lies, by the number of its watch.
    private let fileFolder: Int32
    private let folder: String
    /// The folders by the numbers of their watches.
    private var folders: [Int32: String]
    /// Those beside the file, by their names there: one of them may come, go and come back.
    private let neighbours: [String: String]
    private let fileName: String
    private let isOfInterest: (String) -> Bool
    private var firstChange: Int64?
    private var lastChange: Int64?
    private let clock: SystemClock

    /// To be waited for in epoll; then `hasSettled` is asked.
    package var descriptor: Int32 { inotify.raw }

    /// A burst of changes has ended when nothing came for this long, microseconds.
    private static let settling: Int64 = 200_000
    /// One that never ends is taken for ended after this.
    private static let longest: Int64 = 2_000_000

    /// - Parameters:
    ///   - file: watched through its folder, since editors replace it.
    ///   - folders: one that is not there is noticed when it comes, if it lies beside the file.
    ///   - isOfInterest: whether a file of the folders counts, by its name.
    package init(
        file: String, folders: [String], clock: SystemClock = .real, isOfInterest: @escaping (String) -> Bool
    ) throws(SystemError) {
        inotify = Descriptor(owning: try check("inotify_init1") { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) })
        let slash = file.lastIndex(of: "/")
        fileName = slash.map { String(file[file.index(after: $0)...]) } ?? file
        self.isOfInterest = isOfInterest
        self.clock = clock
        let folder = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        self.folder = folder
        let descriptor = inotify.raw
        fileFolder = try check("inotify_add_watch \(folder)") { Self.add(descriptor, folder) }
        let watches = folders.map { (Self.add(descriptor, $0), $0) }.filter { $0.0 >= 0 }
        self.folders = Dictionary(watches, uniquingKeysWith: { first, _ in first })
        neighbours = Dictionary(
            folders.compactMap { path in Self.name(of: path, in: folder).map { ($0, path) } }, uniquingKeysWith: { first, _ in first })
    }

    /// The last part of a path whose other parts lead to this folder.
    private static func name(of path: String, in folder: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), path.index(after: slash) != path.endIndex else { return nil }
        var (parent, wanted) = (stat(), stat())
        guard stat(String(path[...slash]), &parent) == 0, stat(folder, &wanted) == 0, parent.st_dev == wanted.st_dev,
            parent.st_ino == wanted.st_ino
        else { return nil }
        return String(path[path.index(after: slash)...])
    }

    private static func add(_ inotify: Int32, _ folder: String) -> Int32 {
        inotify_add_watch(inotify, folder, UInt32(IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB))
    }

    /// Milliseconds after which `hasSettled` is to be asked again; nil while nothing has changed.
    package var patience: Int32? {
        guard let lastChange, let firstChange else { return nil }
        let due = min(lastChange + Self.settling, firstChange + Self.longest)
        return Int32(clamping: max(1, (due - clock.monotonic()) / 1000 + 1))
    }

    /// Reads what has happened. True once for a burst of changes, when it is over.
    package func hasSettled() -> Bool {
        let now = clock.monotonic()
        if takeEvents() {
            lastChange = now
            firstChange = firstChange ?? now
        }
        guard let last = lastChange, let first = firstChange, now - last >= Self.settling || now - first >= Self.longest else { return false }
        (firstChange, lastChange) = (nil, nil)
        return true
    }

    /// Whether one of the events counts.
    private func takeEvents() -> Bool {
        var counts = false
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let size = read(inotify.raw, &buffer, buffer.count)
            guard size > 0 else { return counts }
            // struct inotify_event: wd, mask, cookie, len (32 bits each), then the name, padded with zeros.
            var offset = 0
            while offset + 16 <= size {
                let (watch, mask, length) = buffer.withUnsafeBytes {
                    (
                        $0.loadUnaligned(fromByteOffset: offset, as: Int32.self), $0.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
                        Int($0.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
                    )
                }
                let end = min(offset + 16 + length, size)
                let name = String(decoding: buffer[offset + 16..<end].prefix { $0 != 0 }, as: UTF8.self)
                if isChange(watch, mask, name) { counts = true }
                offset = end
            }
        }
    }

    /// A folder has come or gone, or may be read now. What is in it counts as changed.
    private func followNeighbour(_ path: String, _ mask: UInt32) {
        if mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 {
            for watch in folders.filter({ $0.value == path }).keys where watch != fileFolder {
                _ = inotify_rm_watch(inotify.raw, watch)
                folders[watch] = nil
            }
        }
        let watch = Self.add(inotify.raw, path)
        if watch >= 0 { folders[watch] = path }
    }

    private func isChange(_ watch: Int32, _ mask: UInt32, _ name: String) -> Bool {
        // Events were lost: it may have been any file.
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
        if watch == fileFolder, let path = neighbours[name] {
            followNeighbour(path, mask)
            return true
        }
        let isFile = watch == fileFolder && name == fileName
        guard isFile || folders[watch] != nil && isOfInterest(name) else { return false }
        // A new file counts when it has been written; a new link is whole at once, and nothing else tells of it.
        guard mask & UInt32(IN_CREATE) != 0 else { return true }
        var status = stat()
        guard lstat("\(folders[watch] ?? folder)/\(name)", &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1
    }
}
