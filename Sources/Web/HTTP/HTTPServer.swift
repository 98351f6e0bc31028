package import Posix

/// An HTTP/1.1 server (RFC 9110, RFC 9112) on a few epoll loops.
package final class HTTPServer: Sendable {
    package let counters = ServerCounters()

    package init(configuration: HTTPServerConfiguration, handler: any RequestHandler) {
    }

    /// Binds `host` (an IP literal or `localhost`) and `port` (0: any) and returns what was bound. Several calls listen on several
    /// addresses; all of them come before `start`. Throws `SystemError`.
    package func listen(host: String, port: UInt16) throws -> SocketAddress { .unknown }

    /// Starts the loops. Throws `SystemError` when the kernel refuses descriptors or threads.
    package func start() throws {}

    /// Stops accepting, closes idle connections, lets accepted requests finish for at most `drain` seconds, closes the rest and
    /// joins the threads. The second call, and one before `start`, does nothing.
    package func stop(drain: Double) {}
}
