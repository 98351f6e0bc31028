import Glibc

/// The owner of an open file descriptor; closes it when it goes.
package struct Descriptor: ~Copyable, Sendable {
    /// Valid while the owner lives.
    package let raw: Int32

    /// Takes ownership of `raw`, which must be open and belong to nobody else.
    package init(owning raw: Int32) { self.raw = raw }

    /// Gives the descriptor away; the receiver closes it.
    package consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    // close(2) releases the descriptor on Linux even when it reports EINTR, so it is never repeated.
    deinit { _ = Glibc.close(raw) }
}

/// What a non-blocking transfer achieved.
package enum Transfer: Equatable, Sendable {
    case bytes(Int)
    /// The other side has finished sending; never the result of a write.
    case end
    /// Nothing now; wait until epoll says so.
    case wouldBlock
    case failed(SystemError)
}

extension Descriptor {
    /// read(2) into `buffer`, which must not be empty.
    package borrowing func read(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            let count = Glibc.read(raw, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            let failure = Glibc.errno
            if failure == EINTR { continue }
            if failure == EAGAIN || failure == EWOULDBLOCK { return .wouldBlock }
            return .failed(SystemError(errno: failure, call: "read"))
        }
    }

    /// write(2) of as much of `buffer` as fits now.
    package borrowing func write(_ buffer: UnsafeRawBufferPointer) -> Transfer {
        while true {
            let count = Glibc.write(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return .bytes(count) }
            let failure = Glibc.errno
            if failure == EINTR { continue }
            if failure == EAGAIN || failure == EWOULDBLOCK { return .wouldBlock }
            return .failed(SystemError(errno: failure, call: "write"))
        }
    }
}
