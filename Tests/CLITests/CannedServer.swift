import Glibc
import Synchronization

/// A loopback HTTP server whose answers are written down before: each request takes the first canned answer for its method and path, and an
/// answer that is the last for its route stays.
final class CannedServer: Sendable {
    struct Request: Sendable {
        let method: String
        /// With the query.
        let path: String
        /// As they were sent, line by line.
        let head: String
        let body: String

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { String($0.dropFirst(name.count + 1)).trimmed }
        }
    }

    struct Answer: Sendable {
        var status = 200
        var type = "application/json"
        var body = ""
        /// Close before the body is whole.
        var breaksOff = false
    }

    let port: UInt16
    var url: String { "http://127.0.0.1:\(port)" }
    private let listener: Int32
    private let state = Mutex<(answers: [String: [Answer]], requests: [Request])>(([:], []))

    /// Keys are `METHOD /path`, without a query, or with one if only that query is meant.
    init(_ answers: [String: [Answer]]) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = bind(listener, generic, length)
                _ = listen(listener, 16)
                _ = getsockname(listener, generic, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        state.withLock { $0.answers = answers }
        var thread = pthread_t()
        pthread_create(&thread, nil, serveCanned, Unmanaged.passRetained(self).toOpaque())
        pthread_detach(thread)
    }

    var requests: [Request] { state.withLock { $0.requests } }

    /// Ends the thread; the port refuses connections from then on.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    fileprivate func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            if connection < 0 { break }
            answer(connection)
            close(connection)
        }
        close(listener)
    }

    private func answer(_ connection: Int32) {
        guard let request = receive(connection) else { return }
        let bare = request.path.prefix { $0 != "?" }
        let answer = state.withLock { state in
            state.requests.append(request)
            let keys = ["\(request.method) \(request.path)", "\(request.method) \(bare)"]
            guard let key = keys.first(where: { state.answers[$0] != nil }), var queue = state.answers[key], let first = queue.first else {
                return Answer(status: 404, body: #"{"detail":"nothing canned for \#(keys[0])"}"#)
            }
            if queue.count > 1 { queue.removeFirst() }
            state.answers[key] = queue
            return first
        }
        let promised = answer.body.utf8.count + (answer.breaksOff ? 10 : 0)
        send(
            connection,
            "HTTP/1.1 \(answer.status) Canned\r\nContent-Type: \(answer.type)\r\nContent-Length: \(promised)\r\nConnection: close\r\n\r\n"
                + answer.body)
    }

    private func receive(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
                guard words.count == 3 else { return nil }
                let request = Request(method: String(words[0]), path: String(words[1]), head: head, body: String(text[end.upperBound...]))
                if request.body.utf8.count >= request.header("Content-Length").flatMap({ Int($0) }) ?? 0 { return request }
            }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = recv(connection, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private func send(_ connection: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }
}

private func serveCanned(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<CannedServer>.fromOpaque(context).takeRetainedValue().serve()
    return nil
}

extension String {
    var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }

    func range(of needle: String) -> Range<String.Index>? { firstRange(of: needle) }
}

/// Writes a file of a test.
func writeFile(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw CannedFileError() }
    fputs(text, file)
    fclose(file)
}

struct CannedFileError: Error {}
