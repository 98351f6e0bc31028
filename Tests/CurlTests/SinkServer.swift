import Synchronization
import Testing

import TestKit

/// A destination of webhooks that does with each request what the request's path says, and keeps connections open.
final class SinkServer: Sendable {
    private let server: ConnectionServer
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[String]>([])
    }

    var port: UInt16 { server.port }
    var accepted: Int { server.accepted }
    /// Heads and bodies in the order in which they were complete.
    var requests: [String] { log.requests.withLock { $0 } }
    func forget() { log.requests.withLock { $0 = [] } }
    func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    init() throws {
        let log = Log()
        self.log = log
        server = try ConnectionServer { connection in
            while let head = connection.read(until: "\r\n\r\n") {
                let length = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
                guard let body = connection.read(count: length) else { return }
                log.requests.withLock { $0.append(head + String(decoding: body, as: UTF8.self)) }
                guard answer(String(head.split(separator: " ")[1].dropFirst()), on: connection) else { return }
            }
        }
    }
}

/// False when the connection is to be closed.
private func answer(_ path: String, on connection: ServedConnection) -> Bool {
    switch path {
    case "hang":
        connection.waitForEnd()
        return false
    case "reset":
        connection.resetAtEnd()
        return false
    case "half":
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        return false
    case "endless":
        connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
        while connection.write(chunk) {}
        return false
    case "drip":
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<1000 {
            guard connection.write("x") else { return false }
            TestPacer().pause(milliseconds: 5)
        }
        return true
    case "busy": return connection.write("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 12\r\n\r\nrate_limited")
    case "elsewhere": return connection.write("HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    default: return connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
    }
}
