import Glibc
import Synchronization
import Testing

/// A server for one connection on a free port of 127.0.0.1: reads a request, keeps it, and answers with given bytes.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let thread: pthread_t
    private let work: Work

    /// What to do once the request is there: the bytes to send, and whether to keep the connection open until the client leaves.
    struct Answer: Sendable {
        var bytes: [UInt8]
        var holds = false
    }

    var url: String { "http://127.0.0.1:\(port)/path?q=1" }

    init(answer: Answer) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(bound)
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        let work = Work(listener: descriptor, answer: answer)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(work).toOpaque()
        try #require(pthread_create(&thread, nil, serve, argument) == 0)
        self.thread = thread
        self.work = work
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        pthread_join(thread, nil)
        close(listener)
    }

    /// The request as it came; empty if none has.
    var request: String { work.request.withLock { String(decoding: $0, as: UTF8.self) } }
}

final class Work: Sendable {
    let listener: Int32
    let answer: LoopbackServer.Answer
    let request = Mutex<[UInt8]>([])

    init(listener: Int32, answer: LoopbackServer.Answer) {
        self.listener = listener
        self.answer = answer
    }
}

private func serve(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
    let connection = accept(work.listener, nil, nil)
    guard connection >= 0 else { return nil }
    defer { close(connection) }
    var buffer = [UInt8](repeating: 0, count: 65536)
    while !isComplete(work.request.withLock { $0 }) {
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        work.request.withLock { $0 += buffer[..<count] }
    }
    _ = send(connection, work.answer.bytes, work.answer.bytes.count, Int32(MSG_NOSIGNAL))
    if work.answer.holds {
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }
    return nil
}

private func isComplete(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return false }
    let lines = text[..<end.lowerBound].split(separator: "\r\n")
    let length = lines.first { $0.hasPrefix("Content-Length:") }.flatMap { Int($0.drop { $0 != " " }.dropFirst()) } ?? 0
    return text[end.upperBound...].utf8.count >= length
}

extension StringProtocol {
    /// Foundation's, without Foundation.
    fileprivate func range(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].utf8.starts(with: needle.utf8) {
                return start..<utf8.index(start, offsetBy: needle.utf8.count)
            }
            start = unicodeScalars.index(after: start)
        }
        return nil
    }
}
