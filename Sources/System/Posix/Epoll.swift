private import CLinux
import Glibc

/// An epoll instance, level-triggered. The token of a registration comes back with its events; put a generation into it
/// so that a stale event of a reused descriptor can be told apart.
package struct Epoll: ~Copyable, Sendable {
    package struct Interest: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let read = Interest(rawValue: sluice_epoll_in)
        package static let write = Interest(rawValue: sluice_epoll_out)
        package static let readHangup = Interest(rawValue: sluice_epoll_read_hangup)
        /// For a listener shared by several loops: wake one of them (`add` only).
        package static let exclusive = Interest(rawValue: sluice_epoll_exclusive)
    }

    package struct Event: Sendable {
        package let token: UInt64
        let ready: UInt32
        package var isReadable: Bool { ready & (sluice_epoll_in | sluice_epoll_read_hangup) != 0 }
        package var isWritable: Bool { ready & sluice_epoll_out != 0 }
        /// Both directions are closed, or the connection failed; reported without being asked for.
        package var isBroken: Bool { ready & (sluice_epoll_hangup | sluice_epoll_error) != 0 }
    }

    private let descriptor: Descriptor
    /// Largest number of events that one `wait` returns: 1 KiB of them, which still lie on the stack.
    private static let capacity = 64

    package init() throws(SystemError) {
        descriptor = Descriptor(owning: try check("epoll_create1") { sluice_epoll_create() })
    }

    package borrowing func add(_ raw: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        _ = try check("epoll_ctl") { sluice_epoll_add(descriptor.raw, raw, interest.rawValue, token) }
    }

    package borrowing func modify(_ raw: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        _ = try check("epoll_ctl") { sluice_epoll_modify(descriptor.raw, raw, interest.rawValue, token) }
    }

    package borrowing func remove(_ raw: Int32) throws(SystemError) {
        _ = try check("epoll_ctl") { sluice_epoll_remove(descriptor.raw, raw) }
    }

    /// Waits at most `milliseconds` (nil: without end) and replaces the contents of `events`; a signal ends it empty.
    package borrowing func wait(milliseconds: Int32?, into events: inout [Event]) throws(SystemError) {
        events.removeAll(keepingCapacity: true)
        var failure: SystemError?
        withUnsafeTemporaryAllocation(of: sluice_event.self, capacity: Self.capacity) { ready in
            let count = sluice_epoll_wait(descriptor.raw, ready.baseAddress, Int32(Self.capacity), milliseconds ?? -1)
            if count < 0 {
                if Glibc.errno != EINTR { failure = .last("epoll_wait") }
                return
            }
            for index in 0..<Int(count) { events.append(Event(token: ready[index].token, ready: ready[index].ready)) }
        }
        if let failure { throw failure }
    }
}
