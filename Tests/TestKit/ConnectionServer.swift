import Glibc
import Synchronization

import Posix

/// One accepted connection of a test server.
public final class ServedConnection: Sendable {
    private let descriptor: Int32
    private let unread = Mutex<[UInt8]>([])

    public init(descriptor: Int32) { self.descriptor = descriptor }

    /// Everything up to and with `end`; nil when the other side has gone.
    public func read(until end: String) -> String? {
        let needle = [UInt8](end.utf8)
        return unread.withLock { unread in
            var searched = 0
            while true {
                while searched + needle.count <= unread.count {
                    if unread[searched] == needle[0], unread[searched..<searched + needle.count].elementsEqual(needle) {
                        let part = unread[..<(searched + needle.count)]
                        unread.removeFirst(searched + needle.count)
                        return String(decoding: part, as: UTF8.self)
                    }
                    searched += 1
                }
                if !receive(&unread) { return nil }
            }
        }
    }

    public func read(count: Int) -> [UInt8]? {
        unread.withLock { unread in
            while unread.count < count { if !receive(&unread) { return nil } }
            defer { unread.removeFirst(count) }
            return Array(unread[..<count])
        }
    }

    private func receive(_ bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        bytes += buffer[..<count]
        return true
    }

    /// False when the other side has gone.
    @discardableResult
    public func write(_ text: String) -> Bool {
        var bytes = [UInt8](text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            bytes.removeFirst(count)
        }
        return true
    }

    /// Waits until the other side closes.
    public func waitForEnd() { while unread.withLock({ $0 = []; return receive(&$0) }) {} }

    /// The end of the connection is a reset instead of an orderly one.
    public func resetAtEnd() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// A server on a free port of 127.0.0.1 with a thread for each connection, which is closed when `serve` returns.
public final class ConnectionServer: Sendable {
    public let port: UInt16
    private let listener: Int32
    private let thread: ThreadHandle
    private let state: State

    private final class State: Sendable {
        let open = Mutex<Set<Int32>>([])
        let accepted = Atomic(0)
        let threads = Mutex<[ThreadHandle]>([])
    }

    public var accepted: Int { state.accepted.load(ordering: .sequentiallyConsistent) }

    public init(serve: @escaping @Sendable (ServedConnection) -> Void) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure("a test server cannot listen") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 256) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw TestFailure("a test server cannot listen") }
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        let state = State()
        self.state = state
        thread = try startThread(name: "test-accept") {
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                var yes: Int32 = 1
                setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
                _ = state.open.withLock { $0.insert(connection) }
                state.accepted.add(1, ordering: .sequentiallyConsistent)
                let worker = try? startThread(name: "test-serve") {
                    serve(ServedConnection(descriptor: connection))
                    state.open.withLock {
                        $0.remove(connection)
                        close(connection)
                    }
                }
                if let worker { state.threads.withLock { $0.append(worker) } }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.join()
        close(listener)
        state.open.withLock { open in open.forEach { shutdown($0, Int32(SHUT_RDWR)) } }
        state.threads.withLock { $0 }.forEach { $0.join() }
    }
}
