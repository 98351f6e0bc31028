private import CLinux
import Glibc

/// Signals as readable events (signalfd(2)). Create it in the main thread before any other starts: threads inherit the mask.
package struct Signals: ~Copyable, Sendable {
    private let descriptor: Descriptor
    package var raw: Int32 { descriptor.raw }

    package init(_ signals: [Int32]) throws(SystemError) {
        descriptor = Descriptor(owning: try check("signalfd") { sluice_signalfd(signals, signals.count) })
    }

    /// The next signal that arrived, or nil.
    package borrowing func next() -> Int32? {
        while true {
            let signal = sluice_signalfd_read(descriptor.raw)
            if signal >= 0 { return signal }
            if Glibc.errno != EINTR { return nil }
        }
    }

    /// A write to a closed pipe or socket fails with EPIPE, and one past the limit of a file's size with EFBIG, instead of ending the
    /// process.
    package static func ignoreFailedWrites() {
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
    }
}
