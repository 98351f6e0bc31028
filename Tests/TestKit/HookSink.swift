import Foundation
import Glibc
import Synchronization

/// A loopback HTTP server that takes notifications, many connections at once, and answers as a function says: also as badly as that wants.
public final class HookSink: Sendable {
    public struct Received: Sendable {
        public let path: String
        /// Names in lower case.
        public let headers: [String: String]
        public let body: [UInt8]
        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public enum Answer: Sendable {
        case status(Int, String = "", headers: [String] = [])
        /// Nothing, until the client leaves.
        case hang
        case reset
        /// A head with this status, then an octet now and then.
        case drip(Int)
        /// A head with this status and a body without an end.
        case endless(Int)
        case garbage
    }

    public let port: UInt16
    private let listener: Int32
    private let shared: Shared

    private final class Shared: Sendable {
        let answer: @Sendable (Received) -> Answer
        let received = Mutex<[Received]>([])
        let connections = Mutex<Set<Int32>>([])
        let threads = DispatchGroup()
        init(_ answer: @escaping @Sendable (Received) -> Answer) { self.answer = answer }
    }

    /// Listens on a free port of 127.0.0.1, or on `port`.
    public init(port wanted: UInt16 = 0, answer: @escaping @Sendable (Received) -> Answer = { _ in .status(200, "ok") }) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 512) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw TestFailure("cannot listen: errno \(errno)") }
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        let shared = Shared(answer)
        self.shared = shared
        shared.threads.enter()
        Thread {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { break }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                shared.connections.withLock { _ = $0.insert(connection) }
                shared.threads.enter()
                Thread {
                    Self.serve(connection, shared)
                    shared.connections.withLock { _ = $0.remove(connection) }
                    close(connection)
                    shared.threads.leave()
                }.start()
            }
            shared.threads.leave()
        }.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        // The one that accepts may add a last connection.
        while shared.threads.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            shared.connections.withLock { for connection in $0 { shutdown(connection, Int32(SHUT_RDWR)) } }
        }
        close(listener)
    }

    public var url: String { "http://127.0.0.1:\(port)/hook" }
    public var received: [Received] { shared.received.withLock { $0 } }
    public var count: Int { shared.received.withLock { $0.count } }

    private static func serve(_ connection: Int32, _ shared: Shared) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            if let (message, size) = message(bytes) {
                bytes.removeFirst(size)
                shared.received.withLock { $0.append(message) }
                guard give(shared.answer(message), connection) else { return }
                continue
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
    }

    /// False when the connection is to be closed.
    private static func give(_ answer: Answer, _ connection: Int32) -> Bool {
        func write(_ text: String) -> Bool { send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count }
        var octet: UInt8 = 0
        switch answer {
        case .status(let status, let body, let headers):
            let lines = (["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + headers).joined(separator: "\r\n")
            return write("\(lines)\r\n\r\n\(body)")
        case .hang: while recv(connection, &octet, 1, 0) > 0 {}
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        case .drip(let status):
            guard write("HTTP/1.1 \(status) X\r\nContent-Length: 1000000\r\n\r\n") else { return false }
            while write(".") { TestPacer().pause(milliseconds: 100) }
        case .endless(let status):
            guard write("HTTP/1.1 \(status) X\r\nTransfer-Encoding: chunked\r\n\r\n") else { return false }
            while write("3e8\r\n\(String(repeating: "x", count: 1000))\r\n") {}
        case .garbage: _ = write("SSH-2.0-x\r\n")
        }
        return false
    }

    /// A whole request at the beginning of what was received, and its size.
    private static func message(_ bytes: [UInt8]) -> (Received, Int)? {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let size = end.upperBound + (headers["content-length"].flatMap { Int($0) } ?? 0)
        guard bytes.count >= size else { return nil }
        let words = (lines.first ?? "").split(separator: " ")
        return (Received(path: words.count > 1 ? String(words[1]) : "", headers: headers, body: Array(bytes[end.upperBound..<size])), size)
    }
}
