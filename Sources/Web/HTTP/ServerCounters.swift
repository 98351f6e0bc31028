package import Synchronization

/// Why the server itself refused a request or closed a connection.
package enum Rejection: String, Sendable, CaseIterable {
    case malformed, requestLineTooLong, headerTooLarge, bodyTooLarge, unsupportedMethodOrCoding, unsupportedVersion, expectation
    case headerTimeout, bodyTimeout, idleTimeout, writeStalled, streamTooSlow, bodyMemory, connectionLimit, descriptors, badResponse
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
