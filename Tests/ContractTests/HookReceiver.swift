import Foundation
import Glibc
import Synchronization
import TestKit

/// A small HTTP server that takes callbacks: answers with the given statuses in turn, the last one for ever.
final class HookReceiver: Sendable {
    struct Received: Sendable {
        let headers: [String: String]
        let body: [UInt8]
        let at: Date
    }

    let port: UInt16
    private let listener: Int32
    private let shared: Shared

    private final class Shared: Sendable {
        let state: Mutex<(statuses: [Int], received: [Received])>
        let ended = DispatchSemaphore(value: 0)
        init(_ statuses: [Int]) { state = Mutex((statuses, [])) }
    }

    init(statuses: [Int] = [204]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw TestFailure("cannot listen: errno \(errno)") }
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        let shared = Shared(statuses)
        self.shared = shared
        Thread {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { break }
                Self.serve(connection, shared)
                close(connection)
            }
            shared.ended.signal()
        }.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        shared.ended.wait()
        close(listener)
    }

    var url: String { "http://127.0.0.1:\(port)/hook" }
    var received: [Received] { shared.state.withLock { $0.received } }

    private static func serve(_ connection: Int32, _ shared: Shared) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            if let whole = message(bytes) {
                let status = shared.state.withLock { state in
                    state.received.append(whole)
                    return state.statuses.count > 1 ? state.statuses.removeFirst() : state.statuses[0]
                }
                let answer = "HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                _ = send(connection, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
                return
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
    }

    private static func message(_ bytes: [UInt8]) -> Received? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        var headers: [String: String] = [:]
        for line in text[..<end.lowerBound].components(separatedBy: "\r\n").dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let body = Array(text[end.upperBound...].utf8)
        guard let length = headers["content-length"].flatMap({ Int($0) }), body.count >= length else { return nil }
        return Received(headers: headers, body: Array(body.prefix(length)), at: Date())
    }
}
