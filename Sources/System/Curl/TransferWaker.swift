internal import CCurl
internal import Synchronization

/// Ends the wait of a transfer loop from any thread, at any time: before the loop is there, and after it is gone.
package final class TransferWaker: Sendable {
    private struct State {
        /// The loop's multi handle as a number; 0 while there is none. Only used under the lock, and so never after its end.
        var handle: UInt = 0
        var isSignalled = false
    }

    private let state = Mutex(State())

    package init() {}

    /// The loop's current or next `run` returns soon. Cheap while an earlier call has not been noticed.
    package func wake() {
        state.withLock { state in
            guard !state.isSignalled else { return }
            state.isSignalled = true
            if let handle = OpaquePointer(bitPattern: state.handle) { sluice_curl_multi_wake(handle) }
        }
    }

    /// Gives wake() its loop, or takes it away with nil.
    func attach(_ handle: OpaquePointer?) { state.withLock { $0.handle = UInt(bitPattern: handle) } }

    /// Whether somebody has called since the last question.
    func takeSignal() -> Bool {
        state.withLock { state in
            defer { state.isSignalled = false }
            return state.isSignalled
        }
    }
}
