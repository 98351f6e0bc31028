package import Posix
internal import Synchronization

/// Writes a line that is the same as one of a moment ago only once a second, and then says how often it came: a disk that is full must
/// not fill another one with complaints.
package final class LogLimit: Sendable {
    private struct Entry {
        var since: Int64
        var held = 0
    }

    private let clock: SystemClock
    private let write: @Sendable (String) -> Void
    private let lines = Mutex<[String: Entry]>([:])
    private static let window: Int64 = 1_000_000
    private static let remembered = 256

    package init(clock: SystemClock, write: @escaping @Sendable (String) -> Void) {
        self.clock = clock
        self.write = write
    }

    package func log(_ line: String) {
        let now = clock.monotonic()
        let count = lines.withLock { lines -> Int? in
            if let known = lines[line], now - known.since < Self.window {
                lines[line]?.held += 1
                return nil
            }
            let held = lines[line]?.held ?? 0
            if lines.count >= Self.remembered { lines = lines.filter { now - $0.value.since < Self.window } }
            lines[line] = Entry(since: now)
            return held
        }
        if let count { write(count == 0 ? line : "\(line) (and \(count) more times)") }
    }
}
