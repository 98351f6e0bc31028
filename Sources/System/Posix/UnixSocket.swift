private import CLinux
import Glibc

/// Why a Unix socket cannot be listened on, beyond what the system calls say.
package struct UnixSocketError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

/// Binds a stream socket to `path`, non-blocking and close-on-exec, readable and writable for owner and group (`mode`). A socket that was
/// left behind by a process that is gone is replaced; nothing else is.
func bindUnixSocket(_ path: String, mode: UInt32) throws -> Descriptor {
    var address = sockaddr_un()
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard 1..<room ~= path.utf8.count, !path.utf8.contains(0) else {
        throw UnixSocketError(description: "the path of a Unix socket has 1 to \(room - 1) bytes: '\(path)'")
    }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    try removeStale(path, address)
    let socket = Descriptor(owning: try check("socket") { sluice_stream_socket(AF_UNIX) })
    // The file is made with this mode, so that it is never open to more than that, not even for a moment.
    _ = try check("fchmod") { fchmod(socket.raw, mode) }
    let raw = socket.raw
    _ = try check("bind \(path)") { withAddress(address) { bind(raw, $0, $1) } }
    do throws(SystemError) {
        // The mask of the process took bits away.
        _ = try check("chmod \(path)") { chmod(path, mode) }
    } catch {
        unlink(path)
        throw error
    }
    return socket
}

private func removeStale(_ path: String, _ address: sockaddr_un) throws {
    var information = stat()
    guard lstat(path, &information) == 0 else { return }
    guard information.st_mode & S_IFMT == S_IFSOCK else {
        throw UnixSocketError(description: "'\(path)' is there already and is no socket; it is left alone")
    }
    let probe = Descriptor(owning: try check("socket") { sluice_stream_socket(AF_UNIX) })
    let answer = withAddress(address) { connect(probe.raw, $0, $1) }
    guard answer != 0, errno == ECONNREFUSED else {
        throw UnixSocketError(description: "another process listens on '\(path)'")
    }
    _ = try check("unlink \(path)") { unlink(path) }
}

private func withAddress(_ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
}
