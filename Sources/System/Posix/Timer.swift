private import CLinux
import Glibc

/// A timerfd(2) with an absolute deadline, to be waited for in epoll.
package struct Timer: ~Copyable, Sendable {
    package enum Base: Sendable {
        /// CLOCK_REALTIME, cancelled when somebody sets the clock, so that wall-clock deadlines can be computed anew.
        case wall
        /// CLOCK_MONOTONIC
        case monotonic
    }

    package enum Reading: Equatable, Sendable {
        case expired
        case clockWasSet
        case nothing
    }

    private let descriptor: Descriptor
    private let base: Base
    package var raw: Int32 { descriptor.raw }

    package init(_ base: Base) throws(SystemError) {
        self.base = base
        descriptor = Descriptor(owning: try check("timerfd_create") { sluice_timerfd_create(base == .wall ? 1 : 0) })
    }

    /// Arms for `microseconds` of the base's clock; a past instant expires at once, nil disarms.
    package borrowing func arm(at microseconds: Int64?) throws(SystemError) {
        // A zero deadline would disarm, and a negative one is refused by the kernel: both mean "now".
        let deadline = microseconds.map { max($0, 1) } ?? 0
        while sluice_timerfd_arm(descriptor.raw, base == .wall ? 1 : 0, deadline) < 0 {
            // A set clock that nobody read yet is reported here too (timerfd_create(2)); the timer is armed all the same.
            if Glibc.errno == ECANCELED { return }
            if Glibc.errno != EINTR { throw .last("timerfd_settime") }
        }
    }

    package borrowing func read() -> Reading {
        var count: UInt64 = 0
        while true {
            if Glibc.read(descriptor.raw, &count, 8) == 8 { return .expired }
            switch Glibc.errno {
            case EINTR: continue
            case ECANCELED: return .clockWasSet
            default: return .nothing
            }
        }
    }
}
