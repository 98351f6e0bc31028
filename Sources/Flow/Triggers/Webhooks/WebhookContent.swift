internal import Bytes
internal import JSON

/// What a verified message carries: the command's input, and what was looked for in the body.
struct WebhookContent {
    let stdin: [UInt8]
    /// The raw body, when it is not what the command gets.
    private(set) var raw: [UInt8]?
    private(set) var fields: [FormField] = []
    private var found: [JSONValue?] = []
    private let paths: [[String]]

    /// - Parameter paths: the members of the JSON that will be asked for. Its syntax is checked in any case.
    /// - Throws: `Refusal` 400 when the body is not what the sender sends.
    init(_ message: WebhookMessage, _ bodies: WebhookBodies, paths: [[String]]) throws(Refusal) {
        self.paths = paths
        if message.isForm, bodies == .jsonOrPayload || bodies == .jsonOrForm {
            fields = try Self.fields(message.body, bodies)
            let payload = fields.first { $0.name == "payload" }.map { Array($0.value.utf8) }
            if bodies == .jsonOrPayload {
                guard let payload else { throw Refusal(400, "malformed_form", Self.formHint(message.body)) }
                raw = [UInt8](message.body)
                stdin = payload
            } else {
                stdin = [UInt8](message.body)
            }
            if let payload, bodies == .jsonOrPayload || !paths.isEmpty { found = try Self.find(payload, paths) }
        } else {
            stdin = [UInt8](message.body)
            if bodies != .any { found = try Self.find(stdin, paths) }
        }
    }

    /// The text or number at a path.
    func member(_ path: [String]) -> String? {
        guard let index = paths.firstIndex(of: path), found.indices.contains(index), let value = found[index] else { return nil }
        return value.string ?? value.number?.text
    }

    private static func fields(_ body: UnsafeRawBufferPointer, _ bodies: WebhookBodies) throws(Refusal) -> [FormField] {
        do throws(FormError) {
            return try parseForm(body, maxFields: bodies == .jsonOrPayload ? 16 : 1000)
        } catch {
            throw Refusal(400, "malformed_form", bodies == .jsonOrPayload ? formHint(body) : "the form cannot be read: \(error)")
        }
    }

    /// `curl -d` sends JSON with the content type of a form unless it is told otherwise.
    private static func formHint(_ body: UnsafeRawBufferPointer) -> String {
        let text = "a delivery of the content type application/x-www-form-urlencoded needs one field 'payload'"
        let begin = body.first { !ASCII.isWhitespace($0) }
        guard begin == UInt8(ascii: "{") || begin == UInt8(ascii: "[") else { return text }
        return text + "; the body looks like JSON: send it with Content-Type: application/json"
    }

    private static func find(_ body: [UInt8], _ paths: [[String]]) throws(Refusal) -> [JSONValue?] {
        if body.isEmpty { throw Refusal(400, "malformed_json", "the body is empty; this source sends JSON") }
        if paths.isEmpty {
            if let problem = body.withUnsafeBytes({ validateJSON($0) }) { throw .malformedJSON(problem) }
            return []
        }
        let outcome: Result<[JSONValue?], JSONError> = body.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try findJSON(bytes, at: paths) }
        }
        switch outcome {
        case .success(let values): return values
        case .failure(let problem): throw .malformedJSON(problem)
        }
    }
}

extension Refusal {
    fileprivate static func malformedJSON(_ problem: JSONError) -> Refusal {
        Refusal(400, "malformed_json", "the body is no JSON: \(problem)")
    }
}
