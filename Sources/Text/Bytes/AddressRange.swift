/// A block of IP addresses as CIDR writes it: `192.30.252.0/22`, `2a0a:a440::/29` (RFC 4632, RFC 4291 section 2.3). An address without
/// a prefix is a block of one.
///
/// Strict: octets in decimal without leading zeros, since some read `010` as eight, and no bits behind the prefix, since somebody who
/// writes `192.30.252.7/22` meant either the one address or the whole block.
package struct AddressRange: Sendable, Equatable {
    /// In network order; an IPv4 address fills the first four bytes.
    private let high: UInt64
    private let low: UInt64
    private let highMask: UInt64
    private let lowMask: UInt64
    package let isIPv6: Bool

    package init(_ text: String) throws(AddressRangeError) {
        let bytes = [UInt8](text.utf8)
        let slash = bytes.firstIndex(of: ASCII.slash)
        let address = bytes[..<(slash ?? bytes.count)]
        let width: Int
        if address.contains(ASCII.colon) {
            guard let (first, second) = parseIPv6(address) else { throw AddressRangeError("'\(text)' is no IPv6 address or block") }
            (high, low, isIPv6, width) = (first, second, true, 128)
        } else {
            guard let number = parseIPv4(address) else { throw AddressRangeError("'\(text)' is no IP address or block such as 192.0.2.0/24") }
            (high, low, isIPv6, width) = (UInt64(number) << 32, 0, false, 32)
        }
        var prefix = width
        if let slash {
            guard let length = parsePrefix(bytes[(slash + 1)...]), length <= width else {
                throw AddressRangeError("'\(text)' needs a prefix of 0 to \(width) bits behind the slash")
            }
            prefix = length
        }
        highMask = mask(prefix)
        lowMask = mask(prefix - 64)
        guard high & ~highMask == 0, low & ~lowMask == 0 else {
            let meant = isIPv6 ? "" : "; the block is \(ipv4Text(UInt32((high & highMask) >> 32)))/\(prefix)"
            throw AddressRangeError("'\(text)' has bits behind its prefix of \(prefix)\(meant)")
        }
        if isIPv6, prefix >= 96, high == 0, low >> 32 == 0xffff {
            let meant = ipv4Text(UInt32(truncatingIfNeeded: low))
            throw AddressRangeError("'\(text)' is IPv4 in the notation of IPv6, which never matches; write \(meant)/\(prefix - 96)")
        }
    }

    /// Whether an address is in it: two halves in network order, IPv4 in the first four bytes, as a socket's address has them.
    package func contains(high: UInt64, low: UInt64, isIPv6: Bool) -> Bool {
        self.isIPv6 == isIPv6 && high & highMask == self.high && low & lowMask == self.low
    }
}

/// Why a text is no block of addresses.
package struct AddressRangeError: Error, Sendable, Equatable {
    package let message: String

    init(_ message: String) { self.message = message }
}

/// The first `bits` of 64 set.
private func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits)) }

/// Decimal digits without a leading zero.
private func parsePrefix(_ digits: ArraySlice<UInt8>) -> Int? {
    guard 1...3 ~= digits.count, digits.allSatisfy(ASCII.isDigit), digits.count == 1 || digits.first != ASCII.zero else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - ASCII.zero) }
}

private func parseIPv4(_ text: ArraySlice<UInt8>) -> UInt32? {
    let parts = text.split(separator: ASCII.period, maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
        guard let octet = parsePrefix(part), octet <= 255 else { return nil }
        address = address << 8 | UInt32(octet)
    }
    return address
}

private func ipv4Text(_ address: UInt32) -> String { [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }.joined(separator: ".") }

/// RFC 4291 section 2.2: eight groups, `::` for a run of zeros once, the last two groups also as IPv4. No zone.
private func parseIPv6(_ text: ArraySlice<UInt8>) -> (UInt64, UInt64)? {
    guard text.count <= 45 else { return nil }
    let colons = zip(text.indices, text.indices.dropFirst()).first { text[$0] == ASCII.colon && text[$1] == ASCII.colon }
    let groups: [UInt16]
    if let (first, second) = colons {
        guard let before = parseGroups(text[..<first], mayEndInIPv4: false), let after = parseGroups(text[(second + 1)...], mayEndInIPv4: true),
            before.count + after.count <= 7
        else { return nil }
        groups = before + [UInt16](repeating: 0, count: 8 - before.count - after.count) + after
    } else {
        guard let all = parseGroups(text, mayEndInIPv4: true), all.count == 8 else { return nil }
        groups = all
    }
    let half: (ArraySlice<UInt16>) -> UInt64 = { $0.reduce(0) { $0 << 16 | UInt64($1) } }
    return (half(groups[..<4]), half(groups[4...]))
}

private func parseGroups(_ text: ArraySlice<UInt8>, mayEndInIPv4: Bool) -> [UInt16]? {
    if text.isEmpty { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ASCII.colon, omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
        if mayEndInIPv4, index == parts.count - 1, part.contains(ASCII.period) {
            guard let address = parseIPv4(part) else { return nil }
            groups += [UInt16(address >> 16), UInt16(address & 0xffff)]
            continue
        }
        guard 1...4 ~= part.count else { return nil }
        var group: UInt16 = 0
        for byte in part {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            group = group << 4 | UInt16(digit)
        }
        groups.append(group)
    }
    return groups
}
