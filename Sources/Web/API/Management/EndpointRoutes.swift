internal import Diagnostics
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// `/endpoints`. An endpoint of the file can be changed here too: the change is kept as an override until the file's own value for that
/// field changes.
struct EndpointRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let rows = services.directory.current.rows.values.sorted { $0.id > $1.id }.filter { $0.id < page.cursor ?? .max }
        let items = rows.prefix(page.limit)
        return .list(try items.map(json), next: rows.count > page.limit ? items.last?.id : nil)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response { .json(200, try json(try find(request))) }

    @Sendable func create(_ request: OwnedRequest) throws -> Response {
        let body = try request.object()
        var settings = EndpointSettings()
        try apply(SettingValue(.object(body)), to: &settings)
        try check(settings)
        let put = PutEndpoint(
            origin: .api, name: settings.name, settings: settings.encoded(onlyChanged: true).json.encodedText(), overrides: "{}",
            mustBeNew: true, at: services.clock.wall())
        switch services.store.commit(.putEndpoint(put)) {
        case .endpoint: break
        case .conflict: throw Problem(409, "endpoint_exists", "there is an endpoint '\(settings.name)' already")
        default: throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        services.endpointsChanged()
        guard let row = services.directory.current.rows[settings.name] else { throw Problem.notFound }
        return .json(201, try json(row), headers: [("Location", "/endpoints/\(settings.name)")])
    }

    /// Read, changed and written as one: when another change came between, this one is made again over what that one left.
    @Sendable func patch(_ request: OwnedRequest) throws -> Response {
        let name = try find(request).name
        let body = try request.object()
        for _ in 0..<3 {
            guard let row = try services.store.endpoint(named: name) else { throw Self.unknown }
            switch services.store.commit(.putEndpoint(try patched(row, body))) {
            case .endpoint:
                services.endpointsChanged()
                guard let now = try services.store.endpoint(named: name) else { throw Self.unknown }
                return .json(200, try json(now))
            case .conflict, .notFound: continue
            default: throw Problem.unavailable("the disk is full or the database cannot be written")
            }
        }
        throw Problem(409, "endpoint_changed", "'\(name)' is being changed by others at the same time; try again")
    }

    private func patched(_ row: EndpointRow, _ body: JSONObject) throws -> PutEndpoint {
        if let name = (body["name"] ?? body["slug"])?.string, name != row.name {
            throw Problem(422, "name_is_fixed", "an endpoint keeps its name; create another one", fields: [.init("name", "cannot change")])
        }
        var settings = try effective(row)
        try apply(SettingValue(.object(body)), to: &settings)
        let put = row.origin == .api ? changed(row, settings) : try overridden(row, body)
        // What is checked is what will be in force, after the file's value has come back for a null.
        var after = row
        after.settings = put.settings
        after.overrides = put.overrides
        try check(try effective(after))
        return put
    }

    private func changed(_ row: EndpointRow, _ settings: EndpointSettings) -> PutEndpoint {
        PutEndpoint(
            origin: .api, name: row.name, settings: settings.encoded(onlyChanged: true).json.encodedText(), overrides: row.overrides,
            mustBeNew: false, expected: row.version, at: services.clock.wall())
    }

    /// Each field's value beside the one that the file has now; null takes an override back.
    private func overridden(_ row: EndpointRow, _ body: JSONObject) throws -> PutEndpoint {
        let fromFile = try parseJSON(row.settings)
        var overrides = (try parseJSON(row.overrides)).object?.members.map { ($0.key, $0.value) } ?? []
        for member in body.members where member.key != "name" && member.key != "slug" {
            overrides.removeAll { $0.0 == member.key }
            if !member.value.isNull {
                overrides.append((member.key, ["value": member.value, "file": fromFile[member.key] ?? .null]))
            }
        }
        return PutEndpoint(
            origin: .file, name: row.name, settings: row.settings, overrides: JSONValue.object(JSONObject(overrides)).encodedText(),
            mustBeNew: false, expected: row.version, at: services.clock.wall())
    }

    @Sendable func delete(_ request: OwnedRequest) throws -> Response {
        let row = try find(request)
        if row.origin == .file {
            throw Problem(409, "defined_in_file", "'\(row.name)' stands in the configuration file; remove it there")
        }
        switch services.store.commit(
            .deleteEndpoint(name: row.name, force: request.parameter("force") == "true", at: services.clock.wall()))
        {
        case .done: break
        case .conflict(let what):
            throw Problem(409, "endpoint_in_use", "'\(row.name)' has \(what); ?force=true cancels what has not begun")
        default: throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        services.endpointsChanged()
        return Response(status: 204)
    }

    // MARK: Parts

    private static let unknown = Problem(404, "unknown_endpoint", "there is no such endpoint")

    private func find(_ request: OwnedRequest) throws(Problem) -> EndpointRow {
        guard let row = services.directory.current.rows[request.segments[1]] else { throw Self.unknown }
        return row
    }

    private func effective(_ row: EndpointRow) throws(Problem) -> EndpointSettings {
        do {
            return try effectiveSettings(row).settings
        } catch {
            throw Problem(error)
        }
    }

    private func apply(_ value: SettingValue, to settings: inout EndpointSettings) throws(Problem) {
        try refuse(
            settings.apply(value) { name in
                let near = closestMatch(name, in: EndpointField.all.map(\.name) + ["slug"]).map { "; did you mean '\($0)'?" } ?? ""
                return SettingProblem("is no field of an endpoint\(near)", at: [.key(name)], atKey: true)
            })
    }

    private func check(_ settings: EndpointSettings) throws(Problem) {
        try refuse(endpointProblems(settings))
        do {
            try services.directory.check(settings)
        } catch {
            throw Problem(error)
        }
    }

    private func refuse(_ problems: [SettingProblem]) throws(Problem) {
        let errors = problems.filter { $0.severity == .error }
        guard !errors.isEmpty else { return }
        let fields = errors.map { Refusal.Field($0.fieldName, $0.message) }
        throw Problem(
            422, "invalid_endpoint", fields.map { $0.name.isEmpty ? $0.message : "\($0.name): \($0.message)" }.joined(separator: "; "),
            fields: fields)
    }

    private func json(_ row: EndpointRow) throws -> JSONValue {
        let (settings, overridden) = try effectiveSettings(row)
        var members = settings.encoded().json.object?.members.map { ($0.key, $0.value) } ?? []
        members = members.map { name, value in
            switch (name, value) {
            case ("secret", .string(let text)): (name, Self.masked(text))
            case ("secrets", .array(let texts)): (name, .array(texts.map { Self.masked($0.string ?? "") }))
            case ("notify_url", .string(let text)): (name, .string(shownDestination(text)))
            default: (name, value)
            }
        }
        members += [
            ("origin", .string(row.origin.rawValue)), ("revision", .int(Int(row.revision))),
            ("overridden", .array(overridden.map { .string($0) })), ("created_at", .instant(row.createdAt)),
            ("updated_at", .instant(row.updatedAt)),
            ("problem", .optional(services.directory.current.unusable[row.name]?.detail)),
        ]
        return .object(JSONObject(members))
    }

    /// A literal secret is not shown; a reference is no secret.
    private static func masked(_ secret: String) -> JSONValue {
        if case .literal = SecretReference(secret) { .string("(set)") } else { .string(secret) }
    }
}

extension SettingProblem {
    /// `args[0].name`
    var fieldName: String {
        var text = ""
        for step in path {
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }
}
