internal import CCurl

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

private func run(_ exchange: Exchange) throws(CurlError) -> IncomingResponse {
    try validate(exchange.request)
    try startLibrary()
    var result = sluice_curl_result()
    withWireRequest(exchange) { sluice_curl_perform($0, &result) }
    return try exchange.outcome(result)
}
