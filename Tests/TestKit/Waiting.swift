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
