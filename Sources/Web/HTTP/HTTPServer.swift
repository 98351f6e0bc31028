package import Posix
private import Synchronization

/// An HTTP/1.1 server (RFC 9110, RFC 9112) on a few epoll loops.
package final class HTTPServer: Sendable {
    private enum Phase { case new, running, stopped }

    private struct State {
        var phase = Phase.new
        var listeners: [ListenerBox] = []
        var loops: [(ports: LoopPorts, thread: ThreadHandle)] = []
    }

    package let counters = ServerCounters()
    private let configuration: HTTPServerConfiguration
    private let handler: any RequestHandler
    private let state = Mutex(State())

    package init(configuration: HTTPServerConfiguration, handler: any RequestHandler) {
        self.configuration = configuration
        self.handler = handler
    }

    /// Binds `host` (an IP literal or `localhost`) and `port` (0: any) and returns what was bound. Several calls listen on several
    /// addresses; all of them come before `start`. Throws `SystemError`.
    package func listen(host: String, port: UInt16) throws -> SocketAddress {
        let box = ListenerBox(try Listener(host: host, port: port, backlog: configuration.backlog))
        state.withLock { $0.listeners.append(box) }
        return box.listener.address
    }

    /// Listens on a Unix socket for owner and group, whose file is removed at the stop. Throws `SystemError` or `UnixSocketError`.
    package func listen(unixPath: String) throws {
        let box = ListenerBox(try Listener(unixPath: unixPath, backlog: configuration.backlog))
        state.withLock { $0.listeners.append(box) }
    }

    /// Listens on a socket of the service manager and returns where that is. Throws `SystemError`.
    package func listen(inherited: InheritedSocket) throws -> SocketAddress {
        let box = ListenerBox(try Listener(inherited: inherited))
        state.withLock { $0.listeners.append(box) }
        return box.listener.address
    }

    /// Starts the loops; does nothing when they run or have been stopped. Throws `SystemError` when the kernel refuses descriptors
    /// or threads.
    package func start() throws {
        let listeners = state.withLock { state -> [ListenerBox]? in
            guard state.phase == .new else { return nil }
            state.phase = .running
            return state.listeners
        }
        guard let listeners else { return }
        do {
            let members = try (0..<max(1, min(configuration.loops, configuration.maxConnections))).map { _ in try LoopPorts() }
            let environment = ServerEnvironment(
                configuration: configuration, handler: handler, counters: counters,
                log: LimitLog(counters: counters, write: configuration.log), listeners: listeners, loops: LoopGroup(members))
            for (index, ports) in members.enumerated() {
                let thread = try startThread(name: "http-\(index)") { EventLoop(ports: ports, environment: environment).run() }
                state.withLock { $0.loops.append((ports, thread)) }
            }
        } catch {
            stop(drain: 0)
            throw error
        }
    }

    /// Stops accepting, closes idle connections, lets accepted requests and streams finish for at most `drain` seconds, closes the
    /// rest and joins the threads. A second call, and one before `start`, only closes the listeners.
    package func stop(drain: Double) {
        let loops = state.withLock { state in
            defer { state.loops = [] }
            state.phase = .stopped
            return state.loops
        }
        let deadline = configuration.clock.monotonic() + Int64(max(0, min(drain, 1e6)) * 1_000_000)
        for loop in loops { loop.ports.mailbox.post(.drain(until: deadline)) }
        for loop in loops { loop.thread.join() }
        state.withLock { $0.listeners = [] }
    }
}
