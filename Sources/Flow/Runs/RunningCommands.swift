internal import Posix
internal import Synchronization

/// The commands that run, so that somebody can cancel them. A command may have ended before the supervisor has given its handle.
final class RunningCommands: Sendable {
    private struct Entry {
        var handle: ChildHandle?
        var isCancelled = false
    }

    private let entries = Mutex<[Int64: Entry]>([:])

    var count: Int { entries.withLock { $0.count } }

    /// Before the command is handed over.
    func begin(_ run: Int64) { entries.withLock { $0[run] = Entry() } }

    func started(_ run: Int64, _ handle: ChildHandle) { entries.withLock { $0[run]?.handle = handle } }

    /// What to cancel; nil when it does not run.
    func cancel(_ run: Int64) -> ChildHandle? {
        entries.withLock { entries in
            entries[run]?.isCancelled = true
            return entries[run]?.handle
        }
    }

    /// Whether somebody had cancelled it.
    func end(_ run: Int64) -> Bool { entries.withLock { $0.removeValue(forKey: run)?.isCancelled ?? false } }
}
