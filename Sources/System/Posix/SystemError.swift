import Glibc

/// A system call that failed: its errno and the call's name.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let errno: Int32
    package let call: String

    package init(errno: Int32, call: String) {
        self.errno = errno
        self.call = call
    }

    /// The failure that the C library has just noted for this thread.
    package static func last(_ call: String) -> SystemError { SystemError(errno: Glibc.errno, call: call) }

    package var description: String { "\(call): \(String(cString: strerror(errno)))" }
}

/// Repeats a call that a signal interrupted; throws for every other failure. The result is zero or above.
func check<Result: SignedInteger>(_ call: String, _ body: () -> Result) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let failure = SystemError.last(call)
        if failure.errno != EINTR { throw failure }
    }
}
