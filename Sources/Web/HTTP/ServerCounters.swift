package import Synchronization

/// Why the server itself refused a request or closed a connection; the raw value is what logs and metrics call it.
package enum Rejection: String, Sendable, CaseIterable {
    case malformed, requestLineTooLong = "request_line_too_long"
    case headerTooLarge = "header_too_large", bodyTooLarge = "body_too_large"
    case unsupportedMethodOrCoding = "unsupported_method_or_coding", unsupportedVersion = "unsupported_version"
    case expectation, headerTimeout = "header_timeout"
    case bodyTimeout = "body_timeout", idleTimeout = "idle_timeout", writeStalled = "write_stalled"
    case streamTooSlow = "stream_too_slow", bodyMemory = "body_memory"
    case connectionLimit = "connection_limit", descriptors
    case badResponse = "bad_response"
}

/// Numbers for a metrics page; relaxed, each right by itself.
package final class ServerCounters: Sendable {
    package let connectionsOpen = Atomic<Int>(0)
    package let connectionsAccepted = Atomic<Int>(0)
    package let requests = Atomic<Int>(0)
    /// Memory of bodies being received now, in octets.
    package let bodyMemory = Atomic<Int>(0)
    private let rejections = Mutex([Int](repeating: 0, count: Rejection.allCases.count))

    package init() {}

    package func rejected(_ reason: Rejection) -> Int { rejections.withLock { $0[reason.index] } }

    func count(_ reason: Rejection) { rejections.withLock { $0[reason.index] += 1 } }
}

extension Rejection {
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
