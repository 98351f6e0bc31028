import Foundation
import Glibc

/// What a test server answered.
public struct TestResponse: Sendable {
    public let status: Int
    /// Names in lower case, in the order they came.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]

    public var text: String { String(decoding: body, as: UTF8.self) }
    public func header(_ name: String) -> String? { headers.first { $0.name == name.lowercased() }?.value }
}

public struct TestConnectionError: Error, CustomStringConvertible, Sendable {
    public let description: String
}

/// A blocking TCP connection of a test, octet for octet.
public final class TestConnection {
    public let descriptor: Int32
    /// Received, not yet consumed.
    public private(set) var received: [UInt8] = []
    private var isOpen = true

    /// Connects to 127.0.0.1. A read or write that takes longer than `timeout` seconds fails. `receiveBuffer` shrinks SO_RCVBUF.
    public init(port: UInt16, timeout: Double = 5, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestConnectionError(description: "socket: errno \(errno)") }
        var limit = timeval(tv_sec: Int(timeout), tv_usec: Int((timeout - timeout.rounded(.down)) * 1_000_000))
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
        if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard result == 0 else { throw TestConnectionError(description: "connect: errno \(errno)") }
    }

    /// Connects to a Unix socket.
    public init(unixPath: String, timeout: Double = 5) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestConnectionError(description: "socket: errno \(errno)") }
        var limit = timeval(tv_sec: Int(timeout), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixPath.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard result == 0 else { throw TestConnectionError(description: "connect: errno \(errno)") }
    }

    deinit { close() }

    public func close() {
        if isOpen { Glibc.close(descriptor) }
        isOpen = false
    }

    /// Closes with a reset instead of an orderly end.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    public func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    public func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw TestConnectionError(description: "send: errno \(errno)") }
            sent += count
        }
    }

    /// Reads some octets into `received`; false at the end of input. Throws when nothing comes in time, or at a reset.
    @discardableResult
    public func receiveSome() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw TestConnectionError(description: "recv: errno \(errno), so far: \(String(decoding: received, as: UTF8.self))") }
        received.append(contentsOf: chunk[..<count])
        return count > 0
    }

    /// All octets up to the end of input, consumed.
    public func receiveAll() throws -> [UInt8] {
        while try receiveSome() {}
        defer { received = [] }
        return received
    }

    /// True if the peer ends the connection in order, without another octet.
    public func isClosedByPeer() -> Bool {
        guard received.isEmpty else { return false }
        return (try? receiveSome()) == false
    }

    /// Waits for `text` to have come and consumes everything up to its end.
    public func receive(until text: String) throws -> String {
        let wanted = Array(text.utf8)
        while true {
            if let end = received.end(of: wanted) { return String(decoding: take(end), as: UTF8.self) }
            guard try receiveSome() else { throw TestConnectionError(description: "closed before \(text)") }
        }
    }

    /// The next response, interim ones too. `toHead`: the request was HEAD, so there is no body.
    public func receiveResponse(toHead: Bool = false) throws -> TestResponse {
        // CR LF is one Character.
        let head = try receive(until: "\r\n\r\n").dropLast(2).components(separatedBy: "\r\n")
        let status = head[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard status.count == 3, status[0] == "HTTP/1.1", let code = Int(status[1]) else {
            throw TestConnectionError(description: "bad status line: \(head[0])")
        }
        let headers = try head.dropFirst().map { line -> (name: String, value: String) in
            guard let colon = line.firstIndex(of: ":") else { throw TestConnectionError(description: "bad field: \(line)") }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let response = TestResponse(status: code, headers: headers, body: [])
        if toHead || code < 200 || code == 204 || code == 304 { return response }
        return TestResponse(status: code, headers: headers, body: try receiveBody(of: response))
    }

    private func receiveBody(of response: TestResponse) throws -> [UInt8] {
        if response.header("transfer-encoding") == "chunked" { return try receiveChunks() }
        guard let length = response.header("content-length").flatMap({ Int($0) }) else { return try receiveAll() }
        return try receive(count: length)
    }

    private func receiveChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = try receive(until: "\r\n").dropLast()
            guard let size = Int(line, radix: 16) else { throw TestConnectionError(description: "bad chunk size: \(line)") }
            if size == 0 {
                guard try receive(count: 2) == [13, 10] else { throw TestConnectionError(description: "bad end of chunks") }
                return body
            }
            body += try receive(count: size)
            guard try receive(count: 2) == [13, 10] else { throw TestConnectionError(description: "bad end of chunk") }
        }
    }

    public func receive(count: Int) throws -> [UInt8] {
        while received.count < count {
            guard try receiveSome() else { throw TestConnectionError(description: "closed with \(received.count) of \(count) octets") }
        }
        return take(count)
    }

    private func take(_ count: Int) -> [UInt8] {
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }
}

extension [UInt8] {
    fileprivate func end(of wanted: [UInt8]) -> Int? {
        guard count >= wanted.count else { return nil }
        for start in 0...(count - wanted.count) where self[start] == wanted[0] && Array(self[start..<start + wanted.count]) == wanted {
            return start + wanted.count
        }
        return nil
    }
}
