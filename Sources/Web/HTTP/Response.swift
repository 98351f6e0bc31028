/// A response before it is encoded. The server adds Date, Content-Length and Connection, and drops those (and
/// Transfer-Encoding) when they are among `headers`. For HEAD, 204 and 304 the body is not sent.
package struct Response: Sendable {
    package typealias Header = (name: String, value: String)

    /// 200 to 599
    package var status: Int
    /// A name that is no token, or a value with a control octet, turns the response into a 500.
    package var headers: [Header]
    package var body: [UInt8]
    /// Close the connection after this response.
    package var closesConnection = false

    package init(status: Int, headers: [Header] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func text(_ status: Int, _ text: String, headers: [Header] = []) -> Response {
        Response(status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers, body: Array(text.utf8))
    }
}

/// What is decided on the head alone, before any octet of the body is read or asked for.
package enum Admission: Sendable {
    /// Read the body, of at most `maxBody` octets; a longer one is answered with 413.
    case accept(maxBody: Int)
    /// Answer at once. The connection goes on only if the whole body has already arrived.
    case refuse(Response)
}

package func reasonPhrase(_ status: Int) -> StaticString {
    switch status {
    case 100: "Continue"
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 206: "Partial Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 411: "Length Required"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 422: "Unprocessable Content"
    case 425: "Too Early"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    // The phrase may be empty (RFC 9112 section 4), the space before it may not be missing.
    default: ""
    }
}
