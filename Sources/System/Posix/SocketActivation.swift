import Glibc

/// A listening socket that the service manager opened and handed to this process (sd_listen_fds(3)).
package struct InheritedSocket: Sendable, Equatable {
    package let descriptor: Int32
    /// From LISTEN_FDNAMES; for messages.
    package let name: String
}

/// The sockets that were handed over: none unless LISTEN_PID is this process. Each is checked to be a listening stream socket.
/// - Throws: `UnixSocketError` with a text for the operator.
package func inheritedSockets(
    environment: (String) -> String?, process: Int32 = getpid(), first: Int32 = 3
) throws -> [InheritedSocket] {
    guard let owner = environment("LISTEN_PID"), Int32(owner) == process, let text = environment("LISTEN_FDS") else { return [] }
    guard let count = Int32(text), 0...64 ~= count else {
        throw UnixSocketError(description: "LISTEN_FDS is '\(text)', not a number of sockets from 0 to 64")
    }
    let names = environment("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false).map(String.init) ?? []
    return try (0..<count).map { index in
        let descriptor = first + index
        let name = Int(index) < names.count ? names[Int(index)] : "unknown"
        guard option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue), option(descriptor, SO_ACCEPTCONN) == 1 else {
            throw UnixSocketError(
                description: "descriptor \(descriptor) ('\(name)') of the service manager is no listening stream socket: "
                    + "its unit needs ListenStream= and Accept=no")
        }
        return InheritedSocket(descriptor: descriptor, name: name)
    }
}

private func option(_ descriptor: Int32, _ name: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
}
