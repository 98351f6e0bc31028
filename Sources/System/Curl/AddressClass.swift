/// What kind of network an IP address belongs to, as far as a request to it may do harm (RFC 6890 and the IANA registries of
/// special-purpose addresses).
package enum AddressClass: String, Sendable, Equatable {
    case global = "public"
    case unspecified
    case loopback
    case privateUse = "private"
    /// 169.254.0.0/16 and fe80::/10, and the address of EC2's metadata service in IPv6.
    case linkLocal = "link-local"
    case multicast
    /// Broadcast, documentation, benchmarks, future use, tunnels that hide their target.
    case reserved

    /// The class of an address of 4 or 16 bytes in network order; `reserved` for any other length.
    package init(_ address: [UInt8]) {
        switch address.count {
        case 4: self = Self.ofIPv4(address)
        case 16: self = Self.ofIPv6(address)
        default: self = .reserved
        }
    }

    private static func ofIPv4(_ a: [UInt8]) -> AddressClass {
        switch (a[0], a[1], a[2]) {
        case (0, _, _): .unspecified
        case (127, _, _): .loopback
        case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .privateUse
        case (169, 254, _): .linkLocal
        case (224...239, _, _): .multicast
        case (240...255, _, _), (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100), (203, 0, 113): .reserved
        default: .global
        }
    }

    private static func ofIPv6(_ a: [UInt8]) -> AddressClass {
        if let inner = embeddedIPv4(a) { return ofIPv4(inner) }
        if a.dropLast().allSatisfy({ $0 == 0 }) { return a[15] == 0 ? .unspecified : a[15] == 1 ? .loopback : .reserved }
        if a == [0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54] { return .linkLocal }
        switch (a[0], a[1]) {
        case (0xFE, 0x80...0xBF): return .linkLocal
        case (0xFE, 0xC0...0xFF), (0xFC...0xFD, _): return .privateUse
        case (0xFF, _): return .multicast
        // Teredo, ORCHID, benchmarks and the like; documentation.
        case (0x20, 0x01) where a[2] < 0x02 || (a[2] == 0x0D && a[3] == 0xB8): return .reserved
        case (0x3F, 0xFF) where a[2] < 0x10: return .reserved
        case (0x20...0x3F, _): return .global
        default: return .reserved
        }
    }

    /// The IPv4 address inside a mapped (::ffff:0:0/96), compatible (::/96), translated (64:ff9b::/96) or 6to4 one (2002::/16).
    private static func embeddedIPv4(_ a: [UInt8]) -> [UInt8]? {
        let zeros = a.prefix(10).allSatisfy { $0 == 0 }
        if zeros, a[10] == 0xFF, a[11] == 0xFF { return Array(a[12...]) }
        if zeros, a[10] == 0, a[11] == 0, a[12] != 0 || a[13] != 0 { return Array(a[12...]) }
        if a[..<4] == [0x00, 0x64, 0xFF, 0x9B], a[4..<12].allSatisfy({ $0 == 0 }) { return Array(a[12...]) }
        if a[0] == 0x20, a[1] == 0x02 { return Array(a[2..<6]) }
        return nil
    }
}

/// Which addresses an exchange may reach.
struct AddressRule: Sendable {
    var denyPrivateAddresses = false
    var alwaysDenyLinkLocal = true
    var mayReach: (@Sendable ([UInt8]) -> Bool)?

    /// Whether an address of 4 or 16 bytes in network order may be reached. One of IPv6 that only wraps one of IPv4 (::ffff:0:0/96) is
    /// shown to `mayReach` as the latter, which is what the kernel connects to.
    func allows(_ address: [UInt8]) -> Bool {
        switch AddressClass(address) {
        case .global: return true
        case .linkLocal: return !denyPrivateAddresses && !alwaysDenyLinkLocal
        default: break
        }
        guard denyPrivateAddresses else { return true }
        guard let mayReach, address.count == 4 || address.count == 16 else { return false }
        let isMapped = address.count == 16 && address[..<10].allSatisfy { $0 == 0 } && address[10] == 0xFF && address[11] == 0xFF
        return mayReach(isMapped ? Array(address[12...]) : address)
    }
}
