internal import CCurl
internal import Glibc

// The request on its way to C.

/// libcurl's own start, once for the process.
private let startCode = sluice_curl_start()

func startLibrary() throws(CurlError) {
    guard startCode == 0 else { throw CurlError(.other, "libcurl can't be started (code \(startCode))") }
}

/// The request as C takes it; its texts are valid during `body` only, and the exchange has to outlive the use of its callbacks.
func withWireRequest<Value>(_ exchange: Exchange, _ body: (UnsafePointer<sluice_curl_request>) -> Value) -> Value {
    let request = exchange.request
    let texts = [request.method, request.url, request.userAgent] + (request.caFile.map { [$0] } ?? [])
    return withCStrings(texts) { texts in
        withCStrings(headerLines(of: request)) { lines in
            (request.body ?? []).withUnsafeBytes { bytes in
                var wire = sluice_curl_request()
                wire.exchange = exchange.wireCallbacks(isCancellable: request.isCancelled != nil)
                wire.exchange.url = texts[1]
                wire.exchange.ca_file = texts.count > 3 ? texts[3] : nil
                wire.exchange.uses_environment_proxy = request.usesEnvironmentProxy && !request.denyPrivateAddresses ? 1 : 0
                wire.exchange.connect_timeout = max(1, milliseconds(request.connectTimeout))
                wire.exchange.total_timeout = request.totalTimeout.map { max(1, milliseconds($0)) } ?? 0
                wire.exchange.idle_seconds = request.idleTimeout.map { max(1, milliseconds($0) / 1000) } ?? 0
                wire.method = texts[0]
                wire.user_agent = texts[2]
                wire.headers = lines.baseAddress
                wire.header_count = lines.count
                wire.body = bytes.baseAddress
                wire.body_count = bytes.count
                wire.has_body = request.body == nil ? 0 : 1
                return withExtendedLifetime(exchange) { body(&wire) }
            }
        }
    }
}

/// What libcurl would pass on as it is: a line break in a header is a second header.
func validate(_ request: OutgoingRequest) throws(CurlError) {
    guard !request.method.isEmpty, request.method.utf8.allSatisfy(isTokenByte) else {
        throw CurlError(.invalidRequest, "the method is not an HTTP token")
    }
    guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
        throw CurlError(.invalidRequest, "the URL contains a blank or a control character")
    }
    guard isFieldValue(request.userAgent) else { throw CurlError(.invalidRequest, "the user agent contains a control character") }
    for header in request.headers {
        guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else {
            throw CurlError(.invalidRequest, "a header's name is not an HTTP token")
        }
        guard isFieldValue(header.value) else {
            throw CurlError(.invalidRequest, "the value of the header \(header.name) contains a control character")
        }
    }
}

private func isFieldValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
}

/// RFC 9110 section 5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
    default: false
    }
}

private func headerLines(of request: OutgoingRequest) -> [String] {
    var lines = request.headers.map { header in
        header.value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(header.name);" : "\(header.name): \(header.value)"
    }
    // libcurl adds these for a body: a form's content type, and a question that costs a second where nobody answers it.
    for name in ["Content-Type", "Expect"] where !request.headers.contains(where: { $0.name.lowercased() == name.lowercased() }) {
        lines.append("\(name):")
    }
    return lines
}

func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    return Int(clamping: min(seconds, 1 << 31) * 1000 + attoseconds / 1_000_000_000_000_000)
}

func withCStrings<Value>(_ texts: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer(body)
}
