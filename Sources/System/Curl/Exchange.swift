internal import CCurl

/// What one HTTP exchange gathers while libcurl works.
final class Exchange: Conversation {
    let request: OutgoingRequest
    var onHead: ((ResponseHead) -> Bool)?
    var onBytes: ((UnsafeRawBufferPointer) -> Bool)?

    private var head: ResponseHead?
    private var headIsComplete = false
    private var headerBytes = 0
    private var body: [UInt8] = []
    private var bodyWasCut = false
    private var refusal: CurlError?

    private static let maxHeaderBytes = 64 * 1024

    init(_ request: OutgoingRequest) {
        self.request = request
        super.init(
            rule: AddressRule(
                denyPrivateAddresses: request.denyPrivateAddresses, alwaysDenyLinkLocal: request.alwaysDenyLinkLocal,
                mayReach: request.mayReach))
    }

    override var isCancelled: Bool { request.isCancelled?() == true }

    /// A line of the head: the status line begins a new one, after an informational answer for example.
    override func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maxHeaderBytes else {
            refusal = CurlError(.responseTooLarge, "the answer's header is larger than 64 KiB")
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/"), head == nil || headIsComplete == false {
            head = ResponseHead(status: status(ofLine: text), headers: [])
            return true
        }
        // Behind the body come trailers, which nobody here needs.
        if headIsComplete { return true }
        let field = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if field.count == 2 {
            head?.headers.append(HeaderField(String(field[0]), trimmed(field[1])))
            return true
        }
        guard trimmed(text[...]).isEmpty, let head, head.status >= 200 else { return true }
        headIsComplete = true
        return onHead?(head) ?? true
    }

    override func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let onBytes { return onBytes(bytes) }
        let room = max(0, request.maxResponseBytes - body.count)
        body.append(contentsOf: bytes.prefix(room))
        guard bytes.count > room else { return true }
        bodyWasCut = true
        if !request.cutsLongBody {
            refusal = CurlError(.responseTooLarge, "the answer is larger than \(request.maxResponseBytes) bytes")
        }
        return false
    }

    func outcome(_ result: sluice_curl_result) throws(CurlError) -> IncomingResponse {
        if let refusal { throw refusal }
        let kind = sluice_curl_kind_of(result.code)
        // Who takes a cut body has its answer with the head, whether the rest drips, breaks off or never ends.
        let brokeOff = request.cutsLongBody && headIsComplete && [sluice_curl_timeout, sluice_curl_transfer_broken].contains(kind)
        if kind == sluice_curl_ok || bodyWasCut || brokeOff, let head {
            return IncomingResponse(head: head, body: body, bodyWasCut: bodyWasCut || brokeOff)
        }
        if kind == sluice_curl_ok { throw CurlError(.protocolViolation, "the answer has no status line") }
        throw failure(result)
    }

    private func status(ofLine line: String) -> Int {
        line.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
    }

    private func trimmed(_ text: Substring) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        var part = Substring(text).utf8.drop(while: isSpace)
        while let last = part.last, isSpace(last) { part.removeLast() }
        return String(Substring(part))
    }
}
