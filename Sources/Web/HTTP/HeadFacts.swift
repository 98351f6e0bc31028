/// What the request line and the fields say about where the request ends and how the connection goes on.
struct HeadFacts {
    var method: Method?
    var majorVersion = 0
    var minorVersion = 0
    var targetStart = 0
    var targetEnd = 0
    var path = 0..<0
    var query = 0..<0
    /// Authority of an absolute-form target.
    var authority = 0..<0
    var hostField = 0..<0
    var isServerWide = false

    var contentLength: Int?
    var isChunked = false
    var closeRequested = false
    var keepAliveRequested = false
    var expectsContinue = false

    private var hostCount = 0
    private var hostIsValid = false
    private var lengthCount = 0
    private var lengthIsMalformed = false
    private var lengthIsTooLarge = false
    private var codingCount = 0
    private var codingIsMalformed = false
    private var codingIsUnknown = false
    private var authorizationCount = 0
    private var expectsSomethingElse = false

    /// `HTTP/d.d` and CR, by offset; false for anything else (RFC 9112 section 2.3).
    mutating func takeVersion(_ octet: UInt8, at offset: Int) -> Bool {
        switch offset {
        case 0: return octet == 0x48
        case 1, 2: return octet == 0x54
        case 3: return octet == 0x50
        case 4: return octet == 0x2F
        case 5:
            majorVersion = Int(octet &- 0x30)
            return Octet.isDigit(octet)
        case 6: return octet == 0x2E
        case 7:
            // A later 1.x is served as 1.1 (RFC 9110 section 2.5).
            minorVersion = octet == 0x30 ? 0 : 1
            return Octet.isDigit(octet)
        default: return octet == Octet.carriageReturn
        }
    }

    /// Called for every field, value without the white space around it; `offset` is where the value starts.
    mutating func note(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, at offset: Int) {
        switch name.count {
        case 4 where name.equalsIgnoringCase("host"):
            hostCount += 1
            hostIsValid = isAuthority(value)
            hostField = offset..<offset + value.count
        case 6 where name.equalsIgnoringCase("expect"):
            if value.equalsIgnoringCase("100-continue") { expectsContinue = true } else { expectsSomethingElse = true }
        case 10 where name.equalsIgnoringCase("connection"): noteConnection(value)
        case 13 where name.equalsIgnoringCase("authorization"): authorizationCount += 1
        case 14 where name.equalsIgnoringCase("content-length"): noteLength(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"): noteCoding(value)
        default: break
        }
    }

    /// The status that refuses this head, or nil. 400 comes first: what is malformed is never told more about.
    func verdict() -> Int? {
        if hostCount > 1 || (hostCount == 1 && !hostIsValid) || (hostCount == 0 && minorVersion >= 1) { return 400 }
        if lengthCount > 1 || lengthIsMalformed || authorizationCount > 1 { return 400 }
        if codingCount > 0, codingCount > 1 || codingIsMalformed || lengthCount > 0 || minorVersion == 0 { return 400 }
        if codingIsUnknown || method == nil { return 501 }
        if isServerWide, method != .options { return 400 }
        if lengthIsTooLarge { return 413 }
        if expectsSomethingElse, minorVersion >= 1 { return 417 }
        return nil
    }

    /// RFC 9112 section 9.3.
    var persists: Bool {
        if closeRequested { return false }
        return minorVersion >= 1 || keepAliveRequested
    }

    private mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
        forEachListElement(value) { element in
            if element.equalsIgnoringCase("close") { closeRequested = true }
            if element.equalsIgnoringCase("keep-alive") { keepAliveRequested = true }
        }
    }

    /// Digits only; leading zeros are decimal (RFC 9110 section 8.6). Nothing is ever added that might overflow.
    private mutating func noteLength(_ value: UnsafeRawBufferPointer) {
        lengthCount += 1
        var length = 0
        lengthIsMalformed = lengthIsMalformed || value.isEmpty
        for octet in value {
            guard Octet.isDigit(octet) else {
                lengthIsMalformed = true
                return
            }
            if length > 1 << 52 { lengthIsTooLarge = true } else { length = length * 10 + Int(octet &- 0x30) }
        }
        contentLength = length
    }

    /// Exactly one `chunked`, or a list of tokens that is understood to be unknown (RFC 9112 section 6.1).
    private mutating func noteCoding(_ value: UnsafeRawBufferPointer) {
        codingCount += 1
        if value.equalsIgnoringCase("chunked") {
            isChunked = true
            return
        }
        codingIsUnknown = true
        var chunked = 0
        var chunkedIsLast = false
        forEachListElement(value) { element in
            chunkedIsLast = element.equalsIgnoringCase("chunked")
            if chunkedIsLast { chunked += 1 }
            if element.isEmpty || !element.allSatisfy(Octet.isToken) { codingIsMalformed = true }
        }
        if chunked > 1 || (chunked == 1 && !chunkedIsLast) { codingIsMalformed = true }
    }

    private func forEachListElement(_ value: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for index in 0...value.count where index == value.count || value[index] == 0x2C {
            body(value.slice(start, index).trimmed())
            start = index + 1
        }
    }
}
