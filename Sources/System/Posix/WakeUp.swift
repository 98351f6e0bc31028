private import CLinux
import Glibc

/// Wakes a thread that waits in epoll (eventfd(2)); `signal` may be called from any thread and any number of times.
package struct WakeUp: ~Copyable, Sendable {
    private let descriptor: Descriptor
    package var raw: Int32 { descriptor.raw }

    package init() throws(SystemError) {
        descriptor = Descriptor(owning: try check("eventfd") { sluice_eventfd() })
    }

    package borrowing func signal() {
        var one: UInt64 = 1
        // Only a full counter can refuse, and then the reader is awake already.
        while Glibc.write(descriptor.raw, &one, 8) < 0, Glibc.errno == EINTR {}
    }

    /// Makes the descriptor quiet again; to be called once it was seen readable.
    package borrowing func clear() {
        var count: UInt64 = 0
        while Glibc.read(descriptor.raw, &count, 8) < 0, Glibc.errno == EINTR {}
    }
}
