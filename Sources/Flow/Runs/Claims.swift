internal import Synchronization

/// The claims that are under way: those that the store has not answered, or whose answer has not yet led to a command or been taken back.
/// Once stopped, none is begun; a stop waits until there is none.
final class Claims: Sendable {
    private let state = Mutex((outstanding: 0, isStopping: false))

    var isStopping: Bool { state.withLock { $0.isStopping } }
    var outstanding: Int { state.withLock { $0.outstanding } }

    func stop() { state.withLock { $0.isStopping = true } }

    /// False once stopped: nothing is begun then.
    func begin() -> Bool {
        state.withLock { state in
            if !state.isStopping { state.outstanding += 1 }
            return !state.isStopping
        }
    }

    /// One more to wait for, stopped or not: a claim that is being taken back.
    func add() { state.withLock { $0.outstanding += 1 } }

    func end() { state.withLock { $0.outstanding -= 1 } }
}
