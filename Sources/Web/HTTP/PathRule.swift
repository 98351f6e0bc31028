import Glibc

/// Whether every percent-encoding in `path` is complete, none is NUL, and the decoded octets are UTF-8 (RFC 3986 section 2.1).
func isWellFormedPath(_ path: UnsafeRawBufferPointer) -> Bool {
    guard path.contains(0x25) else { return true }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: path.count) { decoded in
        guard let count = percentDecode(path, into: decoded) else { return false }
        let octets = decoded[..<count]
        return !octets.contains(0) && String(validating: octets, as: UTF8.self) != nil
    }
}

/// One segment of a well-formed path.
func decodePathSegment(_ segment: UnsafeRawBufferPointer) -> String {
    guard segment.contains(0x25) else { return String(decoding: segment, as: UTF8.self) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: segment.count) { decoded in
        String(decoding: decoded[..<(percentDecode(segment, into: decoded) ?? 0)], as: UTF8.self)
    }
}

private func percentDecode(_ bytes: UnsafeRawBufferPointer, into decoded: UnsafeMutableBufferPointer<UInt8>) -> Int? {
    var count = 0
    var index = 0
    while index < bytes.count {
        var octet = bytes[index]
        index += 1
        if octet == 0x25 {
            guard index + 1 < bytes.count, let high = Octet.hexValue(bytes[index]), let low = Octet.hexValue(bytes[index + 1])
            else { return nil }
            octet = UInt8(high << 4 | low)
            index += 2
        }
        decoded[count] = octet
        count += 1
    }
    return count
}
