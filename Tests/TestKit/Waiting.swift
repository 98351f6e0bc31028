import Foundation
import Glibc

/// Waits until `condition` holds, at most `seconds`; tells whether it came to hold.
public func waitUntil(seconds: Double = 5, _ condition: () -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !condition() {
        if Date() > deadline { return condition() }
        usleep(1000)
    }
    return true
}

/// Descriptors that this process has open now.
public func openDescriptorCount() -> Int {
    // The directory's own descriptor is among those that it lists.
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0) - 1
}

/// Paces a sender that imitates a slow client; not for waiting on a state.
public struct TestPacer: Sendable {
    public init() {}
    public func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}

/// One octet on a socket; false when the peer has gone.
public func writeOctet(_ descriptor: Int32, _ octet: UInt8) -> Bool {
    var octet = octet
    return send(descriptor, &octet, 1, Int32(MSG_NOSIGNAL)) == 1
}
