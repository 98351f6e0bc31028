/// One request on a connection of its own.
public func testRequest(
    port: UInt16, _ method: String = "GET", _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil, timeout: Double = 5
) throws -> TestResponse {
    let connection = try TestConnection(port: port, timeout: timeout)
    defer { connection.close() }
    var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    try connection.send(Array((head + "\r\n").utf8) + (body ?? []))
    return try connection.receiveResponse(toHead: method == "HEAD")
}
