import Posix

/// One client, owned by its loop's thread.
final class Connection {
    enum Stage {
        /// Reading a request, or waiting for one.
        case receiving
        /// A whole request was handed out; nothing is read until its answer has come.
        case handling
        case streaming
        /// The last response is being written.
        case finishing
        /// The write side is shut down; what still comes is dropped (RFC 9112 section 9.6).
        case lingering
    }

    let descriptor: Descriptor
    let peer: SocketAddress
    let token: UInt64

    var stage = Stage.receiving
    var interest = Epoll.Interest.read
    /// Octets that were read and belong to no finished request. Empty and without memory while idle.
    var input = GrowingBuffer()
    /// Only while a request is being read.
    var parser: RequestParser?
    var output = GrowingBuffer()
    var outputSent = 0

    /// The number of the request that is being handled.
    var request: UInt64 = 0
    var context = ResponseContext()
    var stream: ResponseStream?
    var streamIsChunked = false

    /// Requests may lie in `input` that were not looked at because answers were still waiting to be written.
    var isCutShort = false
    var continueIsDue = false
    /// Memory of this body that is counted against the budget.
    var charged = 0
    var bodyStarted: Int64 = 0
    var bodyRead: Int64 = 0
    /// When the last request ended; an idle connection is the older the smaller it is.
    var idleSince: Int64
    var headerStarted: Int64?
    var isNew = true

    /// Microseconds of the monotonic clock; .max for none.
    var deadline = Int64.max
    var deadlineReason = Rejection.idleTimeout
    /// The tick of the wheel where the earliest entry waits.
    var filedTick = Int64.max

    init(descriptor: consuming Descriptor, peer: SocketAddress, token: UInt64, now: Int64) {
        self.descriptor = descriptor
        self.peer = peer
        self.token = token
        idleSince = now
    }

    var hasOutput: Bool { output.count > outputSent }
    var ticket: Ticket { Ticket(connection: token, request: request) }
    var isIdle: Bool {
        guard case .receiving = stage else { return false }
        return !hasOutput && input.isEmpty && !(parser?.hasBegun ?? false)
    }
}
