import HTTP
import Posix
import Synchronization

/// A handler made of closures. Without one, every request of at most a mebibyte is answered with its own method, path and body.
final class ClosureHandler: RequestHandler {
    typealias Handle = @Sendable (borrowing RequestHead, UnsafeRawBufferPointer, Reply) -> Void

    let onAdmit: @Sendable (borrowing RequestHead) -> Admission
    let onHandle: Handle

    init(
        _ handle: @escaping Handle = echo,
        admit: @escaping @Sendable (borrowing RequestHead) -> Admission = { _ in .accept(maxBody: 1 << 20) }
    ) {
        onAdmit = admit
        onHandle = handle
    }

    func admit(_ head: borrowing RequestHead) -> Admission { onAdmit(head) }
    func handle(_ head: borrowing RequestHead, body: UnsafeRawBufferPointer, reply: Reply) { onHandle(head, body, reply) }
}

@Sendable func echo(_ head: borrowing RequestHead, _ body: UnsafeRawBufferPointer, _ reply: Reply) {
    let text = "\(head.method.name) \(String(decoding: head.path, as: UTF8.self)) " + String(decoding: body, as: UTF8.self)
    reply.send(.text(200, text))
}

/// A server on a free port of 127.0.0.1; stopped when it goes.
final class TestServer {
    let server: HTTPServer
    let port: UInt16

    init(_ handler: ClosureHandler = ClosureHandler(), _ configure: (inout HTTPServerConfiguration) -> Void = { _ in }) throws {
        var configuration = HTTPServerConfiguration()
        configure(&configuration)
        server = HTTPServer(configuration: configuration, handler: handler)
        port = try server.listen(host: "127.0.0.1", port: 0).port
        try server.start()
    }

    deinit { server.stop(drain: 0) }
}

/// Values that other threads put in.
final class Box<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value { mutex.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { mutex.withLock { value in body(&value) } }
}

let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
