internal import Bytes

/// The exceptions from the rule that a caller's destination has a public address: `callback_allow`.
struct CallerAddresses: Sendable {
    private let blocks: [AddressRange]
    private let hosts: Set<String>

    /// - Parameter entries: blocks of addresses, or host names.
    init(_ entries: [String]) {
        var blocks: [AddressRange] = []
        var hosts: Set<String> = []
        for entry in entries {
            if let block = try? AddressRange(entry) { blocks.append(block) } else { hosts.insert(plainHost(entry)) }
        }
        self.blocks = blocks
        self.hosts = hosts
    }

    /// Which of the addresses that are not public a request to `url` may reach; nil for none.
    func rule(forURL url: String) -> (@Sendable ([UInt8]) -> Bool)? {
        if let host = hostName(ofURL: url), hosts.contains(host) { return { _ in true } }
        guard !blocks.isEmpty else { return nil }
        return { [blocks] address in
            let halves = stride(from: 0, to: address.count, by: 8).map { start in
                (0..<8).reduce(UInt64(0)) { $0 << 8 | (start + $1 < address.count ? UInt64(address[start + $1]) : 0) }
            }
            guard let high = halves.first else { return false }
            return blocks.contains { $0.contains(high: high, low: halves.count > 1 ? halves[1] : 0, isIPv6: address.count == 16) }
        }
    }
}

private func plainHost(_ name: String) -> String {
    let lower = name.lowercased()
    return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
}

/// The host of an http or https URL; nil where two readers of URLs might see different ones, as with user information.
func hostName(ofURL url: String) -> String? {
    let lower = url.lowercased()
    guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else { return nil }
    let authority = lower.utf8.dropFirst(scheme.utf8.count).prefix { $0 != ASCII.slash && $0 != 0x3F && $0 != 0x23 }
    let parts = authority.split(separator: ASCII.colon, maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.first, !host.isEmpty, parts.count == 1 || parts[1].allSatisfy(ASCII.isDigit),
        host.allSatisfy({ ASCII.isDigit($0) || 0x61...0x7A ~= $0 || $0 == ASCII.minus || $0 == ASCII.period || $0 == 0x5F })
    else { return nil }
    return plainHost(String(decoding: host, as: UTF8.self))
}
