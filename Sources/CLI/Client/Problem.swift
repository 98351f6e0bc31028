internal import JSON

/// What a server said went wrong (RFC 9457), as far as it said anything.
package struct Problem {
    package let status: Int
    /// The stable word of Sluice's own problems.
    package let code: String?
    let detail: String
    let fields: [String]

    /// Understands `application/problem+json`, any JSON object with `error`, and else falls back on the status.
    package init(status: Int, body: [UInt8]) {
        let document = try? parseJSON(body, duplicateKeys: .lastWins)
        self.status = status
        code = document?["code"]?.string
        let texts = [document?["detail"]?.string, document?["error"]?.string, document?["title"]?.string]
        detail = texts.lazy.compactMap { $0 }.first { !$0.isEmpty } ?? "the server answered \(status)"
        fields = (document?["errors"]?.array ?? []).compactMap { entry in
            guard let message = entry["message"]?.string else { return nil }
            return entry["field"]?.string.map { "\($0): \(message)" } ?? message
        }
    }

    /// One line, and one more for each field that was wrong, unless the first line says it already.
    package var message: String {
        ([visible(detail)] + fields.filter { !detail.contains($0) }.map { "  " + visible($0) }).joined(separator: "\n")
    }
}
