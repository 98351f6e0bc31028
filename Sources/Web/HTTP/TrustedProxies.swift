package import Bytes
internal import Posix

/// The proxies whose `X-Forwarded-For` or `Forwarded` (RFC 7239) is believed.
///
/// Every proxy adds whom it heard to the right end, so the addresses are walked from there: the first one that is no trusted proxy is the
/// sender. What does not parse, or comes in both fields at once, is nobody's word, and the sender is the peer itself: a proxy that sets one
/// field passes the other on as a client made it up.
package struct TrustedProxies: Sendable {
    package var ranges: [AddressRange]
    /// Whoever may connect to a Unix socket of ours is a proxy.
    package var trustsUnixPeers: Bool

    package init(_ ranges: [AddressRange] = [], trustsUnixPeers: Bool = false) {
        self.ranges = ranges
        self.trustsUnixPeers = trustsUnixPeers
    }

    var isEmpty: Bool { ranges.isEmpty && !trustsUnixPeers }

    func contains(_ address: SocketAddress) -> Bool {
        if address.isUnix { return trustsUnixPeers }
        return ranges.contains { $0.contains(high: address.high, low: address.low, isIPv6: address.isIPv6) }
    }

    /// Whom the trusted `peer` speaks for.
    func sender(of peer: SocketAddress, _ fields: UnsafeBufferPointer<FieldSpan>, in bytes: UnsafeRawBufferPointer) -> SocketAddress {
        var chain: [SocketAddress] = []
        var (hasPlain, hasStandard) = (false, false)
        for field in fields {
            let name = bytes.slice(Int(field.nameStart), Int(field.nameEnd))
            let value = bytes.slice(Int(field.valueStart), Int(field.valueEnd))
            if name.equalsIgnoringCase("x-forwarded-for") {
                hasPlain = true
                guard appendPlain(value, to: &chain) else { return peer }
            } else if name.equalsIgnoringCase("forwarded") {
                hasStandard = true
                guard appendStandard(value, to: &chain) else { return peer }
            }
        }
        if hasPlain, hasStandard { return peer }
        return chain.last { !contains($0) } ?? chain.first ?? peer
    }
}

/// `192.0.2.1, 2001:db8::1, [2001:db8::1]:4711`
private func appendPlain(_ value: UnsafeRawBufferPointer, to chain: inout [SocketAddress]) -> Bool {
    var start = 0
    for index in 0...value.count where index == value.count || value[index] == 0x2C {
        guard let address = node(value.slice(start, index).trimmed()) else { return false }
        chain.append(address)
        start = index + 1
    }
    return true
}

/// `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"` (RFC 7239 section 4). Every element names its `for`, once.
private func appendStandard(_ value: UnsafeRawBufferPointer, to chain: inout [SocketAddress]) -> Bool {
    var index = 0
    var found: SocketAddress?
    while true {
        let nameStart = index
        while index < value.count, Octet.isToken(value[index]) { index += 1 }
        let name = value.slice(nameStart, index)
        guard !name.isEmpty, index < value.count, value[index] == 0x3D else { return false }
        index += 1
        guard let text = forwardedValue(value, &index) else { return false }
        if name.equalsIgnoringCase("for") {
            guard found == nil, let address = node(text) else { return false }
            found = address
        }
        if index < value.count, value[index] == 0x3B {
            index += 1
            continue
        }
        guard let address = found else { return false }
        chain.append(address)
        found = nil
        while index < value.count, isBlank(value[index]) { index += 1 }
        if index == value.count { return true }
        guard value[index] == 0x2C else { return false }
        index += 1
        while index < value.count, isBlank(value[index]) { index += 1 }
    }
}

/// A token, or a quoted string; no address needs an escape, so none is taken.
private func forwardedValue(_ value: UnsafeRawBufferPointer, _ index: inout Int) -> UnsafeRawBufferPointer? {
    let start = index
    guard index < value.count, value[index] == 0x22 else {
        while index < value.count, Octet.isToken(value[index]) { index += 1 }
        return index > start ? value.slice(start, index) : nil
    }
    index += 1
    while index < value.count, value[index] != 0x22 {
        if value[index] == 0x5C { return nil }
        index += 1
    }
    guard index < value.count else { return nil }
    index += 1
    return value.slice(start + 1, index - 1)
}

/// An address, perhaps with a port, which is dropped; IPv6 in brackets if there is one. `unknown` and `_names` are no addresses.
private func node(_ text: UnsafeRawBufferPointer) -> SocketAddress? {
    guard let first = text.first else { return nil }
    if first == 0x5B {
        guard let close = text.firstIndex(of: 0x5D), close > 1, isPort(text.slice(close + 1, text.count)),
            let address = SocketAddress(literal: text.slice(1, close))
        else { return nil }
        return address
    }
    if let address = SocketAddress(literal: text) { return address }
    guard let colon = text.firstIndex(of: 0x3A), isPort(text.slice(colon, text.count)) else { return nil }
    return SocketAddress(literal: text.slice(0, colon)).flatMap { $0.isIPv6 ? nil : $0 }
}

private func isPort(_ text: UnsafeRawBufferPointer) -> Bool {
    text.isEmpty || (text[0] == 0x3A && 2...6 ~= text.count && text.slice(1, text.count).allSatisfy(Octet.isDigit))
}
