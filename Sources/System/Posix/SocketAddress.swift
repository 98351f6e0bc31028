import Glibc

/// The address and port of a TCP endpoint, or a peer on a Unix socket.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// Network order; an IPv4 address fills the first four bytes.
    package let high: UInt64
    package let low: UInt64
    package let port: UInt16
    package let isIPv6: Bool
    /// A peer on a Unix socket, which has no address.
    package let isUnix: Bool

    package static let unknown = SocketAddress(high: 0, low: 0, port: 0, isIPv6: false)

    package static let unix = SocketAddress(high: 0, low: 0, port: 0, isIPv6: false, isUnix: true)

    init(high: UInt64, low: UInt64, port: UInt16, isIPv6: Bool, isUnix: Bool = false) {
        self.high = high
        self.low = low
        self.port = port
        self.isIPv6 = isIPv6
        self.isUnix = isUnix
    }

    /// An IPv4 or IPv6 literal without brackets, zone and port (inet_pton(3)); an IPv4 address in the notation of IPv6 is the IPv4 address.
    package init?(literal: UnsafeRawBufferPointer) {
        guard 2...45 ~= literal.count else { return nil }
        let address = withUnsafeTemporaryAllocation(of: CChar.self, capacity: literal.count + 1) { copy -> SocketAddress? in
            for index in 0..<literal.count { copy[index] = CChar(bitPattern: literal[index]) }
            copy[literal.count] = 0
            guard let text = copy.baseAddress else { return nil }
            var storage = sockaddr_storage()
            return withUnsafeMutableBytes(of: &storage) { bytes -> SocketAddress? in
                var (v4, v6) = (sockaddr_in(), sockaddr_in6())
                if inet_pton(AF_INET, text, &v4.sin_addr) == 1 {
                    v4.sin_family = sa_family_t(AF_INET)
                    bytes.storeBytes(of: v4, as: sockaddr_in.self)
                } else if inet_pton(AF_INET6, text, &v6.sin6_addr) == 1 {
                    v6.sin6_family = sa_family_t(AF_INET6)
                    bytes.storeBytes(of: v6, as: sockaddr_in6.self)
                } else {
                    return nil
                }
                return SocketAddress(bytes.loadUnaligned(as: sockaddr_storage.self))
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// nil for a family other than IPv4, IPv6 and Unix. An IPv4 address mapped into IPv6 is the IPv4 address.
    init?(_ storage: sockaddr_storage) {
        let address = withUnsafeBytes(of: storage) { bytes -> SocketAddress? in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let v4 = bytes.loadUnaligned(as: sockaddr_in.self)
                return SocketAddress(
                    high: UInt64(UInt32(bigEndian: v4.sin_addr.s_addr)) << 32, low: 0, port: UInt16(bigEndian: v4.sin_port), isIPv6: false)
            case AF_INET6:
                let v6 = bytes.loadUnaligned(as: sockaddr_in6.self)
                let (high, low) = withUnsafeBytes(of: v6.sin6_addr) {
                    (
                        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                        UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    )
                }
                let port = UInt16(bigEndian: v6.sin6_port)
                if high == 0, low >> 32 == 0xFFFF { return SocketAddress(high: low << 32, low: 0, port: port, isIPv6: false) }
                return SocketAddress(high: high, low: low, port: port, isIPv6: true)
            case AF_UNIX: return .unix
            default: return nil
            }
        }
        guard let address else { return nil }
        self = address
    }

    /// `192.0.2.1` or `2001:db8::1`, without port and brackets; `unix`.
    package var host: String {
        if isUnix { return "unix" }
        var bytes = (high.bigEndian, low.bigEndian)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
            guard let base = text.baseAddress, inet_ntop(isIPv6 ? AF_INET6 : AF_INET, &bytes, base, 64) != nil else { return "?" }
            return String(cString: base)
        }
    }

    /// `192.0.2.1:8080` or `[2001:db8::1]:8080`
    package var description: String { isUnix ? host : isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
