import Glibc

/// Classes of octets (RFC 9110 section 5.6.2, RFC 3986); never of characters.
enum Octet {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// tchar: letters, digits and !#$%&'*+-.^_`|~
    @inline(__always) static func isToken(_ octet: UInt8) -> Bool {
        member(octet, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// Whatever may stand in a field value: no control octet but HTAB.
    @inline(__always) static func isFieldValue(_ octet: UInt8) -> Bool {
        (octet >= 0x20 && octet != 0x7F) || octet == tab
    }

    /// Whatever may stand in a request target: visible ASCII without `#`.
    @inline(__always) static func isTarget(_ octet: UInt8) -> Bool { octet > 0x20 && octet < 0x7F && octet != 0x23 }

    @inline(__always) static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

    /// 0 to 15, or nil.
    @inline(__always) static func hexValue(_ octet: UInt8) -> Int? {
        if octet &- 0x30 < 10 { return Int(octet &- 0x30) }
        let letter = (octet | 0x20) &- 0x61
        return letter < 6 ? Int(letter) + 10 : nil
    }

    @inline(__always) static func lowercased(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }

    /// reg-name of a host, without the comma: unreserved, sub-delims; `%` is checked by the caller.
    static func isRegisteredName(_ octet: UInt8) -> Bool {
        (octet | 0x20) &- 0x61 < 26 || isDigit(octet) || "-._~!$&'()*+;=".utf8.contains(octet)
    }

    @inline(__always) private static func member(_ octet: UInt8, low: UInt64, high: UInt64) -> Bool {
        octet < 128 && ((octet < 64 ? low : high) &>> UInt64(octet & 63)) & 1 != 0
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always) func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let baseAddress else { return count == 0 && text.utf8CodeUnitCount == 0 }
        return memcmp(baseAddress, text.utf8Start, count) == 0
    }

    /// `text` in lower case; ASCII case is ignored, nothing else is folded.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let other = text.utf8Start
        for index in 0..<count where Octet.lowercased(self[index]) != other[index] { return false }
        return true
    }

    @inline(__always) func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// Without spaces and tabs at both ends (OWS).
    func trimmed() -> UnsafeRawBufferPointer {
        var start = 0
        var end = count
        while start < end, self[start] == Octet.space || self[start] == Octet.tab { start += 1 }
        while end > start, self[end - 1] == Octet.space || self[end - 1] == Octet.tab { end -= 1 }
        return slice(start, end)
    }
}
