package import Posix

/// Limits on what a client may send, in octets or numbers; each value is still allowed.
package struct RequestLimits: Sendable {
    package var requestLine = 16 * 1024
    package var headerSection = 32 * 1024
    package var fields = 200
    package var trailerSection = 8 * 1024
    package var chunkLine = 4 * 1024
    /// Of all chunks of a body together.
    package var chunkExtensions = 16 * 1024
    /// Empty lines before a request line.
    package var emptyLines = 8

    package init() {}
}

/// Deadlines in microseconds.
package struct Deadlines: Sendable {
    /// For the whole header section, from its first octet, or from the accept of a new connection.
    package var header: Int64 = 10_000_000
    /// Without an octet of the body.
    package var bodyPause: Int64 = 10_000_000
    /// For the whole body, unless it comes at `bodyRate` octets a second or faster.
    package var body: Int64 = 30_000_000
    package var bodyRate: Int64 = 8 * 1024
    package var keepAlive: Int64 = 60_000_000
    package var writeStall: Int64 = 30_000_000
    package var linger: Int64 = 2_000_000
    /// How long accepting pauses when descriptors have run out.
    package var acceptPause: Int64 = 100_000

    package init() {}
}

package struct HTTPServerConfiguration: Sendable {
    /// Threads that serve connections.
    package var loops = 1
    package var limits = RequestLimits()
    package var deadlines = Deadlines()
    /// Beyond it the longest idle connections are closed; if none is idle, accepting pauses.
    package var maxConnections = 10_000
    package var backlog: Int32 = 4096
    /// Memory for bodies being received, over all connections; beyond it the answer is 503.
    package var bodyBudget = 256 * 1024 * 1024
    /// Octets that a streamed response may have waiting.
    package var streamBuffer = 256 * 1024
    /// Peers whose word on who sent a request is taken; nobody unless configured.
    package var trustedProxies = TrustedProxies()
    package var clock = SystemClock.real
    /// Told about limits that were hit, at most once a second for each reason, with the peer's address.
    package var log: @Sendable (String) -> Void = { _ in }
    /// The response to what the server refuses by itself; `Connection: close` is added. `bodyLimit` comes with 413 where it is known.
    package var errorResponse: @Sendable (_ status: Int, _ bodyLimit: Int?) -> Response = { status, _ in
        .text(status, "\(reasonPhrase(status))\n")
    }

    package init() {}
}
