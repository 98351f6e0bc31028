import Posix
private import Synchronization

/// Names one request of one connection of a loop; stale ones find nobody.
struct Ticket: Equatable, Sendable {
    /// Slot and generation of the connection.
    let connection: UInt64
    /// Which request of the connection.
    let request: UInt64
}

enum Job: Sendable {
    case response(Ticket, Response)
    case startStream(Ticket, Response, ResponseStream)
    case continueStream(Ticket)
    /// A connection that another loop has accepted.
    case adopt(Newcomer)
    /// So many loops before this one have no idle connection to close for those that wait to be accepted.
    case accept(asked: Int)
    /// Stop accepting and finish what was accepted; close the rest at this instant of the monotonic clock.
    case drain(until: Int64)

    var ticket: Ticket? {
        switch self {
        case .response(let ticket, _), .startStream(let ticket, _, _), .continueStream(let ticket): ticket
        case .adopt, .accept, .drain: nil
        }
    }
}

/// What other threads want from a loop. The loop is woken only when it sleeps, so a burst of answers costs one wake-up.
final class Mailbox: Sendable {
    private struct State {
        var jobs: [Job] = []
        var isSleeping = false
        /// The request that the loop is handing out just now, and its answer, which then needs no way through `jobs`.
        var current: Ticket?
        var answer: Job?
    }

    private let state = Mutex(State())
    private let wakeUp: WakeUp
    var wakeUpDescriptor: Int32 { wakeUp.raw }

    init() throws(SystemError) { wakeUp = try WakeUp() }

    func post(_ job: Job) {
        let wake = state.withLock { state -> Bool in
            if let current = state.current, state.answer == nil, job.ticket == current {
                state.answer = job
                return false
            }
            state.jobs.append(job)
            defer { state.isSleeping = false }
            return state.isSleeping
        }
        if wake, !ReplyBatch.takes(self) { wakeUp.signal() }
    }

    func wake() { wakeUp.signal() }

    /// For the loop: what waits, in order; `jobs` must be empty and becomes the next inbox.
    func takeAll(into jobs: inout [Job]) { state.withLock { swap(&$0.jobs, &jobs) } }

    /// For the loop: true if it may sleep, that is, if nothing waits.
    func prepareToSleep() -> Bool {
        state.withLock { state in
            state.isSleeping = state.jobs.isEmpty
            return state.isSleeping
        }
    }

    func wokenUp() { state.withLock { $0.isSleeping = false } }
    func clearSignal() { wakeUp.clear() }

    func beginHandling(_ ticket: Ticket) { state.withLock { $0.current = ticket } }

    /// The answer that came during the call, if one did.
    func endHandling() -> Job? {
        state.withLock { state in
            state.current = nil
            defer { state.answer = nil }
            return state.answer
        }
    }
}
