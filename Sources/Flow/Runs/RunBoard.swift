package import Posix
internal import Synchronization

/// What goes on in a run, for those who listen.
package enum RunNews: Sendable {
    case output(OutputSource, [UInt8])
    /// The run's end is on disk.
    case ended
}

/// Tells listeners of a run what happens to it. A listener registers between the commit of the call and the start of its run, so it
/// misses nothing. A listener of a run that has ended already must go by itself: nobody will tell of that run again.
package final class RunBoard: Sendable {
    package typealias Listener = @Sendable (RunNews) -> Void

    private struct State {
        var listeners: [Int64: [(token: Int64, listener: Listener)]] = [:]
        var nextToken: Int64 = 1
    }

    /// Repeats of one call can come without end while it runs.
    private static let listenersOfOneRun = 1000
    private let state = Mutex(State())

    package init() {}

    /// - Returns: what `unlisten` wants; nil, and nothing registered, when too many listen to this run.
    @discardableResult
    package func listen(_ run: Int64, _ listener: @escaping Listener) -> Int64? {
        state.withLock { state in
            let known = state.listeners[run]?.count ?? 0
            guard known < Self.listenersOfOneRun else { return nil }
            let token = state.nextToken
            state.nextToken += 1
            state.listeners[run, default: []].append((token, listener))
            return token
        }
    }

    /// Twice, or after the run's end, is fine.
    package func unlisten(_ run: Int64, _ token: Int64) {
        state.withLock { state in
            state.listeners[run]?.removeAll { $0.token == token }
            if state.listeners[run]?.isEmpty == true { state.listeners[run] = nil }
        }
    }

    /// How many listen, over all runs.
    package var listenerCount: Int { state.withLock { $0.listeners.values.reduce(0) { $0 + $1.count } } }

    package func output(_ run: Int64, _ source: OutputSource, _ bytes: [UInt8]) {
        for entry in state.withLock({ $0.listeners[run] }) ?? [] { entry.listener(.output(source, bytes)) }
    }

    package func ended(_ run: Int64) {
        for entry in state.withLock({ $0.listeners.removeValue(forKey: run) }) ?? [] { entry.listener(.ended) }
    }
}
