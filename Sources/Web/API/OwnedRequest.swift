internal import Bytes
internal import HTTP
internal import Posix

/// A request copied out of its connection's buffer, for the routes that work on threads of their own.
struct OwnedRequest: Sendable {
    let method: Method
    let segments: [String]
    let query: [FormField]
    private let headers: [(name: String, value: String)]
    let body: [UInt8]
    let peer: String

    init(_ head: borrowing RequestHead, body: UnsafeRawBufferPointer) {
        method = head.method
        segments = head.pathSegments()
        // A query never decides on the route; a broken one is an empty one.
        query = (try? parseForm(head.query, maxFields: 100)) ?? []
        var headers: [(name: String, value: String)] = []
        head.forEachHeader { name, value in headers.append((lossyString(name).lowercased(), lossyString(value))) }
        self.headers = headers
        self.body = [UInt8](body)
        peer = head.peer.host
    }

    func header(_ lowercaseName: String) -> String? { headers.first { $0.name == lowercaseName }?.value }

    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// A cookie by its name (RFC 6265, section 5.4); of several, the first.
    func cookie(_ name: String) -> String? {
        for (header, value) in headers where header == "cookie" {
            for part in value.split(separator: ";") {
                let pair = part.drop { $0 == " " }
                if pair.hasPrefix("\(name)=") { return String(pair.dropFirst(name.utf8.count + 1)) }
            }
        }
        return nil
    }

    /// The fields of a form post; nil when the body is no form.
    func form() -> [FormField]? { try? parseForm(body, maxFields: 32) }
}
