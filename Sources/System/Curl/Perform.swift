internal import CCurl
internal import Glibc

/// Sends a request and waits for the whole answer. Blocks the calling thread: never call it from a task or an event loop.
package func performHTTP(_ request: OutgoingRequest) throws(CurlError) -> IncomingResponse {
    let exchange = Exchange(request)
    return try run(exchange)
}

/// Sends a request and hands over the body as it comes, on the calling thread. `onHead` is called once, before the first piece;
/// false from either callback ends the exchange with the error `cancelled`. `maxResponseBytes` does not apply, and the body
/// of the result is empty.
package func streamHTTP(
    _ request: OutgoingRequest, onHead: @escaping (ResponseHead) -> Bool, onBytes: @escaping (UnsafeRawBufferPointer) -> Bool
) throws(CurlError) -> IncomingResponse {
    let exchange = Exchange(request)
    exchange.onHead = onHead
    exchange.onBytes = onBytes
    return try run(exchange)
}

/// libcurl's own start, once for the process.
private let startCode = sluice_curl_start()

private func run(_ exchange: Exchange) throws(CurlError) -> IncomingResponse {
    let request = exchange.request
    try validate(request)
    guard startCode == 0 else { throw CurlError(.other, "libcurl can't be started (code \(startCode))") }

    var result = sluice_curl_result()
    withCStrings(headerLines(of: request)) { lines in
        request.method.withCString { method in
            request.url.withCString { url in
                request.userAgent.withCString { agent in
                    (request.body ?? []).withUnsafeBytes { body in
                        var wire = sluice_curl_request()
                        wire.method = method
                        wire.url = url
                        wire.user_agent = agent
                        wire.headers = lines.baseAddress
                        wire.header_count = lines.count
                        wire.body = body.baseAddress
                        wire.body_count = body.count
                        wire.has_body = request.body == nil ? 0 : 1
                        wire.uses_environment_proxy = request.usesEnvironmentProxy && !request.denyPrivateAddresses ? 1 : 0
                        wire.connect_timeout = max(1, milliseconds(request.connectTimeout))
                        wire.total_timeout = request.totalTimeout.map { max(1, milliseconds($0)) } ?? 0
                        wire.idle_seconds = request.idleTimeout.map { max(1, milliseconds($0) / 1000) } ?? 0
                        wire.context = Unmanaged.passUnretained(exchange).toOpaque()
                        wire.allow_address = allowAddress
                        wire.take_header = takeHeader
                        wire.take_body = takeBody
                        wire.is_cancelled = isCancelled
                        withExtendedLifetime(exchange) { sluice_curl_perform(&wire, &result) }
                    }
                }
            }
        }
    }
    return try exchange.outcome(result)
}

// MARK: Callbacks
// Free functions: a closure written in place could inherit an actor, and would trap on a thread of another.

private func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}

private func allowAddress(_ bytes: UnsafePointer<UInt8>?, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    exchange(context)?.allow(Array(UnsafeBufferPointer(start: bytes, count: count))) == true ? 1 : 0
}

private func takeHeader(_ bytes: UnsafePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    exchange(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: count)) == true ? 1 : 0
}

private func takeBody(_ bytes: UnsafePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?) -> Int32 {
    exchange(context)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: count)) == true ? 1 : 0
}

private func isCancelled(_ context: UnsafeMutableRawPointer?) -> Int32 {
    exchange(context)?.request.isCancelled?() == true ? 1 : 0
}

// MARK: The request on its way to C

/// What libcurl would pass on as it is: a line break in a header is a second header.
private func validate(_ request: OutgoingRequest) throws(CurlError) {
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

private func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    return Int(clamping: min(seconds, 1 << 31) * 1000 + attoseconds / 1_000_000_000_000_000)
}

private func withCStrings(_ texts: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Void) {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    copies.map { UnsafePointer($0) }.withUnsafeBufferPointer(body)
}
