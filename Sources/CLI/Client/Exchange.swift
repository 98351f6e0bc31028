internal import Curl
internal import Posix

/// One request of a command, as it is sent.
struct Exchange {
    let method: String
    let url: String
    let headers: [(String, String)]
    /// nil sends none.
    let body: [UInt8]?
    /// How long the whole may take; nil for a stream that ends when the run does.
    let seconds: Int?
}

/// The head of an answer, as far as commands care.
struct AnswerHead {
    let status: Int
    /// A 200 of type `text/event-stream`: its body comes bit by bit.
    let isEventStream: Bool
}

/// Sends a request and hands over the answer's body as it comes; gives the status. `onPart` ends the exchange by answering false.
func perform(
    _ exchange: Exchange, at address: ServerAddress, onPart: (AnswerHead, [UInt8]) -> Bool
) throws(CommandFailure) -> Int {
    // OpenSSL writes to its sockets with write(2): a server that hangs up must not end this process by a signal.
    Signals.ignoreFailedWrites()
    var request = OutgoingRequest(
        method: exchange.method, url: exchange.url, headers: exchange.headers.map { HeaderField($0.0, $0.1) }, body: exchange.body)
    request.userAgent = "sluice-cli"
    request.totalTimeout = exchange.seconds.map { .seconds($0) }
    do throws(CurlError) {
        return try stream(request, onPart)
    } catch {
        throw CommandFailure(message(of: error, address))
    }
}

// The callbacks run inside the call, on this thread; only the type of streamHTTP's parameters calls them escaping.
private func stream(_ request: OutgoingRequest, _ onPart: (AnswerHead, [UInt8]) -> Bool) throws(CurlError) -> Int {
    let outcome: Result<Int, CurlError> = withoutActuallyEscaping(onPart) { onPart in
        Result { () throws(CurlError) in
            var head = AnswerHead(status: 0, isEventStream: false)
            let answer = try streamHTTP(
                request,
                onHead: {
                    let type = $0.header("Content-Type")?.lowercased() ?? ""
                    head = AnswerHead(status: $0.status, isEventStream: $0.status == 200 && type.hasPrefix("text/event-stream"))
                    return true
                },
                onBytes: { onPart(head, Array($0)) })
            return answer.status
        }
    }
    return try outcome.get()
}

private func message(of error: CurlError, _ address: ServerAddress) -> String {
    switch error.kind {
    case .connect, .resolve: "cannot reach \(address.text): is `sluice serve` running? (\(visible(error.message)))"
    case .timeout: "\(address.text) did not answer in time"
    case .cancelled: "the answer of \(address.text) is larger than a command takes"
    case .transfer: "the connection to \(address.text) broke: \(visible(error.message))"
    default: "\(address.text): \(visible(error.message))"
    }
}
