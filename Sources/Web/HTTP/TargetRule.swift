import Glibc

extension HeadFacts {
    /// Takes the request target apart (RFC 9112 section 3.2); false for a form or a path that is refused.
    mutating func splitTarget(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard targetStart < targetEnd else { return false }
        var start = targetStart
        if bytes[start] == 0x2A {
            isServerWide = true
            path = start..<targetEnd
            return targetEnd - start == 1
        }
        if bytes[start] != 0x2F {
            guard let end = absoluteAuthority(bytes) else { return false }
            start = end
        }
        let question = (start..<targetEnd).first { bytes[$0] == 0x3F } ?? targetEnd
        path = start..<question
        query = min(question + 1, targetEnd)..<targetEnd
        return isWellFormedPath(bytes.slice(start, question))
    }

    /// `http://authority` in front of the path; returns where the path, or the query, starts.
    private mutating func absoluteAuthority(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let target = bytes.slice(targetStart, targetEnd)
        let scheme: Int
        if target.count > 7, target.slice(0, 7).equalsIgnoringCase("http://") {
            scheme = 7
        } else if target.count > 8, target.slice(0, 8).equalsIgnoringCase("https://") {
            scheme = 8
        } else {
            return nil
        }
        let end = (scheme..<target.count).first { target[$0] == 0x2F || target[$0] == 0x3F } ?? target.count
        guard isAuthority(target.slice(scheme, end)) else { return nil }
        authority = targetStart + scheme..<targetStart + end
        return targetStart + end
    }
}

/// `uri-host [":" port]` with a host that is not empty and without userinfo (RFC 9110 section 7.2, RFC 3986 section 3.2.2).
func isAuthority(_ value: UnsafeRawBufferPointer) -> Bool {
    guard !value.isEmpty else { return false }
    let hostEnd: Int
    if value[0] == 0x5B {
        guard let close = value.firstIndex(of: 0x5D), isIPv6Literal(value.slice(1, close)) else { return false }
        hostEnd = close + 1
    } else {
        hostEnd = value.firstIndex(of: 0x3A) ?? value.count
        guard hostEnd > 0, isRegisteredName(value.slice(0, hostEnd)) else { return false }
    }
    if hostEnd == value.count { return true }
    guard value[hostEnd] == 0x3A else { return false }
    var port = 0
    for octet in value.slice(hostEnd + 1, value.count) {
        guard Octet.isDigit(octet) else { return false }
        port = port * 10 + Int(octet &- 0x30)
        if port > 65535 { return false }
    }
    return true
}

private func isRegisteredName(_ name: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < name.count {
        if name[index] == 0x25 {
            guard index + 2 < name.count, Octet.hexValue(name[index + 1]) != nil, Octet.hexValue(name[index + 2]) != nil
            else { return false }
            index += 3
        } else {
            guard Octet.isRegisteredName(name[index]) else { return false }
            index += 1
        }
    }
    return true
}

private func isIPv6Literal(_ text: UnsafeRawBufferPointer) -> Bool {
    guard (2...45).contains(text.count) else { return false }
    var address = in6_addr()
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { copy in
        for index in 0..<text.count { copy[index] = CChar(bitPattern: text[index]) }
        copy[text.count] = 0
        guard let base = copy.baseAddress else { return false }
        return inet_pton(AF_INET6, base, &address) == 1
    }
}
