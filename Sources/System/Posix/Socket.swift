private import CLinux
import Glibc

/// A listening stream socket of TCP or Unix, non-blocking and close-on-exec.
package struct Listener: ~Copyable, Sendable {
    private let descriptor: Descriptor
    /// Where it listens; the port is the real one when 0 was asked for.
    package let address: SocketAddress
    package var raw: Int32 { descriptor.raw }
    /// The file of a Unix socket that was made here, which goes with it.
    private let path: String?

    package enum Accepted: ~Copyable {
        case connection(Descriptor, SocketAddress)
        case nothing
        /// No descriptors or memory left (EMFILE, ENFILE, ENOBUFS, ENOMEM): stop accepting for a moment.
        case exhausted
    }

    /// Binds to `host` (an IPv4 or IPv6 literal, or `localhost`) and `port`; throws `SystemError` from socket, bind or listen,
    /// EINVAL for a host that is no literal.
    package init(host: String, port: UInt16, backlog: Int32 = 4096) throws(SystemError) {
        var storage = sockaddr_storage()
        let length = try fillAddress(&storage, host: host, port: port)
        let raw = try check("socket") { sluice_stream_socket(Int32(storage.ss_family)) }
        let descriptor = Descriptor(owning: raw)
        try setOption(raw, SOL_SOCKET, SO_REUSEADDR, 1)
        if Int32(storage.ss_family) == AF_INET6 { try setOption(raw, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        _ = try check("bind") {
            withUnsafePointer(to: storage) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(raw, $0, length) } }
        }
        _ = try check("listen") { listen(raw, backlog) }
        address = try boundAddress(raw)
        self.descriptor = descriptor
        path = nil
    }

    /// Binds to a path, for owner and group. Throws `SystemError` or `UnixSocketError`.
    package init(unixPath: String, mode: UInt32 = 0o660, backlog: Int32 = 4096) throws {
        let descriptor = try bindUnixSocket(unixPath, mode: mode)
        do throws(SystemError) {
            let raw = descriptor.raw
            _ = try check("listen") { listen(raw, backlog) }
        } catch {
            unlink(unixPath)
            throw error
        }
        self.descriptor = descriptor
        address = .unix
        path = unixPath
    }

    /// Takes over a listening socket that was opened before this process.
    package init(inherited: InheritedSocket) throws(SystemError) {
        let raw = inherited.descriptor
        _ = try check("fcntl") { fcntl(raw, F_SETFD, FD_CLOEXEC) }
        let flags = try check("fcntl") { fcntl(raw, F_GETFL) }
        _ = try check("fcntl") { fcntl(raw, F_SETFL, flags | O_NONBLOCK) }
        address = try boundAddress(raw)
        descriptor = Descriptor(owning: raw)
        path = nil
    }

    deinit {
        if let path { unlink(path) }
    }

    /// Whether a connection waits (poll(2)).
    package var hasWaiting: Bool {
        var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// The next connection; one that the client dropped meanwhile is skipped.
    package borrowing func accept() -> Accepted {
        while true {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let raw = sluice_accept(descriptor.raw, &storage, &length)
            if raw >= 0 {
                try? setOption(raw, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
                return .connection(Descriptor(owning: raw), SocketAddress(storage) ?? .unknown)
            }
            switch Glibc.errno {
            case EAGAIN, EWOULDBLOCK: return .nothing
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            // Network errors already pending on the new socket are passed on by accept(2) and concern that one alone.
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENOPROTOOPT, EOPNOTSUPP, ENONET, EPERM:
                continue
            default: return .exhausted
            }
        }
    }
}

extension Descriptor {
    /// send(2) of as much as fits now; a closed peer gives EPIPE, not a signal.
    package borrowing func send(_ buffer: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let count = sluice_send(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return .bytes(count) }
            let failure = Glibc.errno
            if failure == EINTR { continue }
            if failure == EAGAIN || failure == EWOULDBLOCK { return .wouldBlock }
            return .failed(SystemError(errno: failure, call: "send"))
        }
    }

    /// Whether something can be read, without reading it: `.bytes(1)`, `.end`, `.wouldBlock` or a failure.
    package borrowing func peek() -> Transfer {
        var octet: UInt8 = 0
        while true {
            let count = recv(raw, &octet, 1, Int32(MSG_PEEK))
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            let failure = Glibc.errno
            if failure == EINTR { continue }
            if failure == EAGAIN || failure == EWOULDBLOCK { return .wouldBlock }
            return .failed(SystemError(errno: failure, call: "recv"))
        }
    }

    /// Tells the peer that nothing more will be sent; reading goes on.
    package borrowing func shutdownWriting() { _ = shutdown(raw, Int32(SHUT_WR)) }
}

private func boundAddress(_ raw: Int32) throws(SystemError) -> SocketAddress {
    var bound = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = try check("getsockname") {
        withUnsafeMutablePointer(to: &bound) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(raw, $0, &length) }
        }
    }
    return SocketAddress(bound) ?? .unknown
}

private func setOption(_ raw: Int32, _ level: Int32, _ option: Int32, _ value: Int32) throws(SystemError) {
    var value = value
    _ = try check("setsockopt") { setsockopt(raw, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) }
}

private func fillAddress(_ storage: inout sockaddr_storage, host: String, port: UInt16) throws(SystemError) -> socklen_t {
    let host = host == "localhost" ? "127.0.0.1" : host
    return try withUnsafeMutableBytes(of: &storage) { bytes throws(SystemError) -> socklen_t in
        var v4 = sockaddr_in()
        if inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            bytes.storeBytes(of: v4, as: sockaddr_in.self)
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        }
        var v6 = sockaddr_in6()
        if inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 {
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            bytes.storeBytes(of: v6, as: sockaddr_in6.self)
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
        throw SystemError(errno: EINVAL, call: "inet_pton")
    }
}
