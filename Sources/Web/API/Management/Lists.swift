internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Store
internal import Triggers

/// `limit` and `cursor` of a list.
struct PageRequest {
    let limit: Int
    let cursor: Int64?

    init(_ request: OwnedRequest) throws(Problem) {
        if let text = request.parameter("limit") {
            guard let number = parseDecimalInt(text), number >= 1 else {
                throw Problem(422, "invalid_parameter", "limit is a whole number from 1 to 1000", fields: [.init("limit", "1 to 1000")])
            }
            limit = min(number, 1000)
        } else {
            limit = 50
        }
        if let text = request.parameter("cursor") {
            guard let number = parseDecimalInt(text) else {
                throw Problem(422, "invalid_parameter", "cursor is what next_cursor said", fields: [.init("cursor", "unknown")])
            }
            cursor = Int64(number)
        } else {
            cursor = nil
        }
    }
}

extension Response {
    /// `{"items": [...], "next_cursor": ...}`
    static func list(_ items: [JSONValue], next: Int64?) -> Response {
        .json(200, ["items": .array(items), "next_cursor": next.map { .string(String($0)) } ?? .null])
    }
}

extension JSONValue {
    static func instant(_ microseconds: Int64?) -> JSONValue { microseconds.map { .string(instantText($0)) } ?? .null }
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func optional(_ number: Int?) -> JSONValue { number.map { .int($0) } ?? .null }
}

extension OwnedRequest {
    /// The optional JSON object of a management request; an empty body is an empty object.
    func object() throws(Problem) -> JSONObject {
        if body.isEmpty { return JSONObject() }
        let value: JSONValue
        do {
            value = try parseJSON(body)
        } catch {
            throw Problem(400, "malformed_json", "the body is no JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw Problem(400, "body_not_an_object", "the body must be a JSON object, not \(value.kind)")
        }
        return object
    }

    /// One of the words of an enumeration, from the query. `also` are words that the caller of this takes by itself.
    func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Value.Type, also: [String] = []
    ) throws(Problem) -> Value? {
        guard let text = parameter(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            let all = (Value.allCases.map(\.rawValue) + also).joined(separator: ", ")
            throw Problem(422, "invalid_parameter", "\(name) is one of \(all)", fields: [.init(name, "one of \(all)")])
        }
        return value
    }
}
