package import Posix
internal import Synchronization

/// What goes on in a run, for those who listen.
package enum RunNews: Sendable {
    case output(OutputSource, [UInt8])
    /// The run's end is on disk.
    case ended
}

/// Tells listeners of a run what happens to it. A listener registers between the commit of the call and the start of its run, so it
/// misses nothing.
package final class RunBoard: Sendable {
    package typealias Listener = @Sendable (RunNews) -> Void
    private let listeners = Mutex<[Int64: [Listener]]>([:])

    package init() {}

    package func listen(_ run: Int64, _ listener: @escaping Listener) {
        listeners.withLock { $0[run, default: []].append(listener) }
    }

    package func output(_ run: Int64, _ source: OutputSource, _ bytes: [UInt8]) {
        for listener in listeners.withLock({ $0[run] }) ?? [] { listener(.output(source, bytes)) }
    }

    package func ended(_ run: Int64) {
        for listener in listeners.withLock({ $0.removeValue(forKey: run) }) ?? [] { listener(.ended) }
    }
}
