import Glibc

/// Notices changes of a file and of files in some folders (inotify(7)), and says so once they have settled: an editor writes, renames and
/// writes again. Used by one thread.
package final class FileWatch {
    /// What a watched directory is of interest for; it may be several things at once.
    private struct Watch {
        let path: String
        var hasFile = false
        var isFolder = false
        /// Names of which one may come or go: those of the folders, or of the next directories on the way to them.
        var ways: Set<String> = []
    }

    private let inotify: Descriptor
    private let file: (folder: String, name: String)
    private var folders: Set<String>
    /// By their numbers: the directory of the file, the folders, and all directories above them.
    private var watches: [Int32: Watch] = [:]
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
    ///   - file: watched through its directory, since editors replace it.
    ///   - folders: one that is not there is noticed when it comes.
    ///   - isOfInterest: whether a file of the folders counts, by its name.
    package init(
        file: String, folders: [String], clock: SystemClock = .real, isOfInterest: @escaping (String) -> Bool
    ) throws(SystemError) {
        inotify = Descriptor(owning: try check("inotify_init1") { inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) })
        self.file = Self.split(file)
        self.folders = Set(folders)
        self.isOfInterest = isOfInterest
        self.clock = clock
        let (descriptor, folder) = (inotify.raw, self.file.folder)
        _ = try check("inotify_add_watch \(folder)") { Self.add(descriptor, folder, Self.entries) }
        arm()
    }

    /// Watches these folders from now on, instead of those before. That counts as a change: what came into them since they were read was not
    /// seen.
    package func follow(folders: [String]) {
        let former = self.folders
        self.folders = Set(folders)
        arm()
        guard self.folders != former else { return }
        lastChange = clock.monotonic()
        firstChange = firstChange ?? lastChange
    }

    // MARK: Watches

    /// The directory and the name in it.
    private static func split(_ path: String) -> (folder: String, name: String) {
        var path = Substring(path)
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    private static let entries = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB
    private static let comingAndGoing = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB

    private static func add(_ inotify: Int32, _ folder: String, _ events: Int32) -> Int32 {
        inotify_add_watch(inotify, folder, UInt32(events | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) | UInt32(IN_MASK_ADD))
    }

    /// Watches what the paths lead to at this moment, and nothing else.
    private func arm() {
        let former = watches.keys
        watches = [:]
        watchPath(file.folder) { $0.hasFile = true }
        for folder in folders { watchPath(folder) { $0.isFolder = true } }
        // A directory that is watched already keeps its number.
        for number in former where watches[number] == nil { _ = inotify_rm_watch(inotify.raw, number) }
    }

    /// A directory and those above it, which see it come and go. From the top: what comes meanwhile is seen by what is above it.
    private func watchPath(_ path: String, _ note: (inout Watch) -> Void) {
        var ways: [(folder: String, name: String)] = []
        var rest = path
        while rest != "/", rest != "." {
            ways.append(Self.split(rest))
            rest = ways[ways.count - 1].folder
        }
        for way in ways.reversed() { watch(way.folder, Self.comingAndGoing) { $0.ways.insert(way.name) } }
        watch(path, Self.entries, note)
    }

    /// Nothing when there is no such directory, or it may not be read.
    private func watch(_ path: String, _ events: Int32, _ note: (inout Watch) -> Void) {
        let number = Self.add(inotify.raw, path, events)
        if number >= 0 { note(&watches[number, default: Watch(path: path)]) }
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

    private func isChange(_ number: Int32, _ mask: UInt32, _ name: String) -> Bool {
        // Events were lost: it may have been any file.
        if mask & UInt32(IN_Q_OVERFLOW) != 0 {
            arm()
            return true
        }
        guard let watch = watches[number] else { return false }
        // A directory on the way has come or gone, or may be read now. What is in it counts as changed.
        if watch.ways.contains(name) || mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0 {
            arm()
            return true
        }
        guard watch.hasFile && name == file.name || watch.isFolder && isOfInterest(name) else { return false }
        // A new file counts when it has been written; a new link is whole at once, and nothing else tells of it.
        guard mask & UInt32(IN_CREATE) != 0 else { return true }
        var status = stat()
        guard lstat("\(watch.path)/\(name)", &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || status.st_nlink > 1
    }
}
