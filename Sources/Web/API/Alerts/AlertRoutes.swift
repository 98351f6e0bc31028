internal import Alerts
internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store

/// `/alerts`: rules of the file and of the API. Destinations are shown without what of them is a secret.
struct AlertRoutes: Sendable {
    let services: Services
    let editor: RuleEditor

    /// Cursors are positions: the list is as it was read last.
    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let entries = services.alerts.current.entries
        let start = Int(min(max(0, page.cursor ?? 0), Int64(entries.count)))
        let end = min(entries.count, start + page.limit)
        return .list(entries[start..<end].map { json($0, warnings: editor.warnings(of: $0)) }, next: end < entries.count ? Int64(end) : nil)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        let entry = try editor.find(request.segments[1])
        return .json(200, json(entry, warnings: editor.warnings(of: entry)))
    }

    @Sendable func create(_ request: OwnedRequest) throws -> Response {
        let made = try editor.create(try request.object())
        return .json(
            201, json(made.entry, warnings: made.warnings), headers: [("Location", "/alerts/\(percentEncode(made.entry.rule.name))")])
    }

    @Sendable func patch(_ request: OwnedRequest) throws -> Response {
        let changed = try editor.change(request.segments[1], try request.object())
        return .json(200, json(changed.entry, warnings: changed.warnings))
    }

    @Sendable func delete(_ request: OwnedRequest) throws -> Response {
        try editor.delete(request.segments[1])
        return Response(status: 204)
    }

    @Sendable func test(_ request: OwnedRequest) throws -> Response {
        let rows = try editor.test(request.segments[1])
        let routes = NotificationRoutes(services: services)
        return .json(202, ["notifications": .array(rows.map { .object(JSONObject(routes.members($0))) })])
    }

    private func json(_ entry: AlertBook.Entry, warnings: [SettingProblem]) -> JSONValue {
        var members = entry.rule.shown().json.object?.members.map { ($0.key, $0.value) } ?? []
        members.removeAll { $0.0 == "enabled" }
        members += [
            ("enabled", .bool(entry.rule.isEnabled)), ("origin", .string(entry.isOfFile ? "file" : "api")),
            ("overridden", .array(entry.enabledInFile == nil ? [] : ["enabled"])),
            ("updated_at", .instant(entry.updatedAt)), ("problem", .optional(entry.problem)),
        ]
        return .object(JSONObject(members + warnings.members))
    }
}

extension [SettingProblem] {
    /// As answers have warnings: not at all where there are none.
    var members: [(String, JSONValue)] {
        isEmpty ? [] : [("warnings", .array(map { ["field": .string($0.fieldName), "message": .string($0.fullMessage)] }))]
    }
}
