/// What the request means for its response.
struct ResponseContext {
    var isHead = false
    var minorVersion = 1
    /// This response is the last one of the connection.
    var closes = false
}

enum BodyFraming {
    case length(Int)
    case chunked
    /// Until the connection ends, for HTTP/1.0.
    case untilClose
}

extension GrowingBuffer {
    /// Appends head and body. False, with nothing appended, if a status or a field may not be sent.
    mutating func append(_ response: Response, _ context: ResponseContext, date: [UInt8]) -> Bool {
        guard appendHead(response, context, framing: .length(response.body.count), date: date) else { return false }
        if !context.isHead, mayHaveBody(response.status) { append(response.body) }
        return true
    }

    /// Status line and fields (RFC 9112 sections 4 to 6).
    mutating func appendHead(_ response: Response, _ context: ResponseContext, framing: BodyFraming, date: [UInt8]) -> Bool {
        guard (200...599).contains(response.status), response.headers.allSatisfy(isSendable) else { return false }
        append("HTTP/1.1 ")
        append(decimal: response.status)
        append(" ")
        append(reasonPhrase(response.status))
        append("\r\n")
        append(date)
        if mayHaveBody(response.status) {
            switch framing {
            case .length(let count):
                append("Content-Length: ")
                append(decimal: count)
                append("\r\n")
            case .chunked: append("Transfer-Encoding: chunked\r\n")
            case .untilClose: break
            }
        }
        if context.closes {
            append("Connection: close\r\n")
        } else if context.minorVersion == 0 {
            append("Connection: keep-alive\r\n")
        }
        for header in response.headers where !isOwnedByServer(header.name) {
            append(header.name)
            append(": ")
            append(header.value)
            append("\r\n")
        }
        append("\r\n")
        return true
    }

    mutating func appendChunk(_ bytes: [UInt8]) {
        append(hexadecimal: bytes.count)
        append("\r\n")
        append(bytes)
        append("\r\n")
    }
}

func mayHaveBody(_ status: Int) -> Bool { status >= 200 && status != 204 && status != 304 }

/// A token as name, and a value without control octets (RFC 9110 section 5.5).
private func isSendable(_ header: Response.Header) -> Bool {
    !header.name.isEmpty && header.name.utf8.allSatisfy(Octet.isToken) && header.value.utf8.allSatisfy(Octet.isFieldValue)
}

private func isOwnedByServer(_ name: String) -> Bool {
    switch name.utf8.count {
    case 4: equals(name, "date")
    case 10: equals(name, "connection")
    case 14: equals(name, "content-length")
    case 17: equals(name, "transfer-encoding")
    default: false
    }
}

private func equals(_ name: String, _ lowercase: StaticString) -> Bool {
    var name = name
    return name.withUTF8 { UnsafeRawBufferPointer($0).equalsIgnoringCase(lowercase) }
}
