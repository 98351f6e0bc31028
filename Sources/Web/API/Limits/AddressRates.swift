package import Model
internal import Posix
internal import Synchronization

/// What `rate_limit_per_address` counts with: a table of fixed size, however many addresses come. Of IPv6 the first 64 bits count, which is
/// what one customer gets.
///
/// Each address has eight places where it may stand; a newcomer takes the one that is full again the earliest, and most often that one
/// is full already and nothing is forgotten.
package final class AddressRates: Sendable {
    private struct Place {
        var key: UInt64 = 0
        var full = Int64.min
    }

    package let limit: RateLimit
    private let places: Mutex<[Place]>
    private let groups: Int
    private static let width = 8

    /// `groups` must be a power of two; eight addresses fit into each.
    package init(_ limit: RateLimit, groups: Int = 8192) {
        self.limit = limit
        self.groups = groups
        places = Mutex([Place](repeating: Place(), count: groups * Self.width))
    }

    /// `now` in microseconds of the monotonic clock.
    func take(_ address: SocketAddress, at now: Int64) -> RateLimit.State {
        let key = Self.key(address)
        let start = Int(truncatingIfNeeded: key) & (groups - 1) * Self.width
        return places.withLock { places in
            var chosen = start
            for index in start..<start + Self.width {
                if places[index].key == key {
                    chosen = index
                    break
                }
                if places[index].full < places[chosen].full { chosen = index }
            }
            let known = places[chosen].key == key ? places[chosen].full : .min
            let (full, state) = limit.take(known, at: now)
            places[chosen] = Place(key: key, full: full)
            return state
        }
    }

    /// Seeded anew by each process, so that nobody can choose addresses that share their places.
    private static func key(_ address: SocketAddress) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(address.isIPv6)
        hasher.combine(address.isUnix)
        hasher.combine(address.high)
        return UInt64(bitPattern: Int64(hasher.finalize())) | 1 << 63
    }
}
