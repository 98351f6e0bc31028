package import HTTP
internal import JSON
internal import Triggers

/// An error as RFC 9457 problem details, with a stable `code`, and the `error` text that clients of the hosted product read.
struct Problem: Error, Sendable {
    var status: Int
    var code: String
    var detail: String
    var fields: [Refusal.Field] = []
    var extra: [(name: String, value: JSONValue)] = []
    var headers: [Response.Header] = []

    init(
        _ status: Int, _ code: String, _ detail: String, fields: [Refusal.Field] = [], extra: [(name: String, value: JSONValue)] = [],
        headers: [Response.Header] = []
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
        self.extra = extra
        self.headers = headers
    }

    init(_ refusal: Refusal) { self.init(refusal.status, refusal.code, refusal.detail, fields: refusal.fields) }

    static let notFound = Problem(404, "not_found", "there is nothing at this address")
    static let noToken = Problem(
        401, "unauthorized", "this address wants the header Authorization: Bearer <admin token>",
        headers: [("WWW-Authenticate", "Bearer realm=\"sluice\"")])
    static let noKey = Problem(401, "api_key_required", "this endpoint wants an API key in the header X-API-Key")

    static func unavailable(_ reason: String) -> Problem {
        Problem(503, "store_unavailable", "nothing was stored: \(reason)", headers: [("Retry-After", "5")])
    }

    static func overloaded(_ reason: String) -> Problem {
        Problem(503, "overloaded", reason, headers: [("Retry-After", "1")])
    }

    static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(405, "method_not_allowed", "this address takes \(allowed)", headers: [("Allow", allowed)])
    }

    var response: Response {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("type", "about:blank")
        writer.member("title", "\(reasonPhrase(status))")
        writer.member("status", status)
        writer.member("code", code)
        writer.member("detail", detail)
        writer.member("error", detail)
        if !fields.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for field in fields {
                writer.beginObject()
                writer.member("field", field.name)
                writer.member("message", field.message)
                writer.endObject()
            }
            writer.endArray()
        }
        for (name, value) in extra { writer.member(name, value) }
        writer.endObject()
        return Response(status: status, headers: [("Content-Type", "application/problem+json")] + headers, body: writer.bytes)
    }
}

extension Response {
    static func json(_ status: Int, _ body: [UInt8], headers: [Header] = []) -> Response {
        Response(status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")] + headers, body: body)
    }

    static func json(_ status: Int, _ value: JSONValue, headers: [Header] = []) -> Response {
        .json(status, value.encoded(), headers: headers)
    }
}

/// The answer to what the HTTP server refuses by itself, in the form of all other errors.
package func problemResponse(status: Int, bodyLimit: Int?) -> Response {
    let detail = bodyLimit.map { "the body may have at most \($0) bytes here" } ?? "\(reasonPhrase(status))"
    return Problem(status, "http_\(status)", detail).response
}
