internal import Bytes

/// Where the server is: `http://host:port`, perhaps with a path before its routes, without a slash at the end.
package struct ServerAddress: Equatable {
    package let text: String

    package static let standard = "http://127.0.0.1:8080"

    /// Throws misuse for what is no http or https URL. A missing scheme means http.
    package init(_ given: String) throws(CommandFailure) {
        var text = given
        if !text.contains("://") { text = "http://" + text }
        while text.hasSuffix("/") { text.removeLast() }
        let scheme = text.prefix { $0 != ":" }.lowercased()
        let rest = text.dropFirst(scheme.count + 3)
        let isClean = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.contains("?") && !text.contains("#")
        guard scheme == "http" || scheme == "https", !rest.isEmpty, !rest.hasPrefix("/"), isClean, !rest.contains("@") else {
            throw .misuse("not the address of a server: \"\(visible(given))\"; it looks like \(Self.standard)")
        }
        self.text = text
    }

    /// The address of a route; the parts of the path and the query's values are percent-encoded here.
    package func url(_ path: [String], query: [(String, String)] = []) -> String {
        let route = path.map { "/" + percentEncode($0) }.joined()
        let pairs = query.map { $0.0 + "=" + percentEncode($0.1) }
        return text + route + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}
