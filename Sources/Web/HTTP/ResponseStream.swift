private import Synchronization

/// The body of a streamed response; usable from any thread.
///
/// What is written waits in a bounded buffer until the client takes it. A client that lets the buffer fill up loses its connection:
/// nothing is ever dropped in the middle of a stream.
package final class ResponseStream: Sendable {
    private enum Phase {
        case open
        /// No more will be written; what waits is still to be sent.
        case finished
        /// The buffer was full; the connection is to be closed.
        case overflowed
        /// The loop has let go of it.
        case closed
    }

    private struct State {
        var phase = Phase.open
        var waiting: [UInt8] = []
        var announced = false
        var onDrain: (@Sendable () -> Void)?
        var onClose: [@Sendable () -> Void] = []
    }

    private let mailbox: Mailbox
    private let ticket: Ticket
    private let capacity: Int
    private let state = Mutex(State())

    init(mailbox: Mailbox, ticket: Ticket, capacity: Int) {
        self.mailbox = mailbox
        self.ticket = ticket
        self.capacity = capacity
    }

    /// Queues `bytes`. False once the client is gone, too slow, or the stream is finished: stop producing.
    @discardableResult
    package func write(_ bytes: some Collection<UInt8>) -> Bool {
        let (accepted, announce) = state.withLock { state -> (Bool, Bool) in
            guard state.phase == .open else { return (false, false) }
            if state.waiting.count + bytes.count > capacity {
                state.phase = .overflowed
            } else {
                state.waiting.append(contentsOf: bytes)
            }
            // A loop that waits for the client to read has heard of the stream and would not look again.
            defer { state.announced = true }
            return (state.phase == .open, !state.announced || state.phase == .overflowed)
        }
        if announce { mailbox.post(.continueStream(ticket)) }
        return accepted
    }

    /// Ends the body; the connection goes on with the next request.
    package func finish() {
        let announce = state.withLock { state -> Bool in
            guard state.phase == .open else { return false }
            state.phase = .finished
            defer { state.announced = true }
            return !state.announced
        }
        if announce { mailbox.post(.continueStream(ticket)) }
    }

    /// Octets that the client has not taken yet.
    package var backlog: Int { state.withLock { $0.waiting.count } }

    /// `body` is called on the loop's thread each time the loop has taken all that waited: a producer that keeps `backlog` small goes on
    /// writing there. It must not block.
    package func onDrain(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onDrain = body } }

    /// `body` is called once when the stream is over, finished or not; at once if it already is. It must not block.
    package func onClose(_ body: @escaping @Sendable () -> Void) {
        let late = state.withLock { state -> Bool in
            if state.phase == .closed { return true }
            state.onClose.append(body)
            return false
        }
        if late { body() }
    }

    /// For the loop: takes all that waits.
    func take() -> (bytes: [UInt8], isLast: Bool) {
        let (bytes, isLast, onDrain) = state.withLock { state in
            state.announced = false
            defer { state.waiting = [] }
            return (state.waiting, state.phase == .finished, state.waiting.isEmpty || state.phase != .open ? nil : state.onDrain)
        }
        onDrain?()
        return (bytes, isLast)
    }

    /// For the loop: the connection is to be closed, whatever still waits.
    var hasOverflowed: Bool { state.withLock { $0.phase == .overflowed } }

    /// For the loop: nothing more can be sent.
    func close() {
        let bodies = state.withLock { state -> [@Sendable () -> Void] in
            state.phase = .closed
            state.waiting = []
            state.onDrain = nil
            defer { state.onClose = [] }
            return state.onClose
        }
        for body in bodies { body() }
    }
}
