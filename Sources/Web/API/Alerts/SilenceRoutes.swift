internal import Alerts
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import TimeZones
internal import Triggers

/// `/silences`: times in which rules tell nothing.
struct SilenceRoutes: Sendable {
    let services: Services

    /// Those that hold; with `?all=true` also those that have ended.
    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let now = services.clock.wall()
        let found = try services.store.silences(
            at: request.parameter("all") == "true" ? nil : now, below: page.cursor, limit: page.limit)
        return .list(found.items.map { json($0, now) }, next: found.next)
    }

    @Sendable func create(_ request: OwnedRequest) throws -> Response {
        let body = try request.object()
        let known = ["rule", "endpoint", "until", "duration", "reason"]
        if let other = body.keys.first(where: { !known.contains($0) }) {
            throw Self.invalid(other, "a silence has \(known.joined(separator: ", "))")
        }
        func text(_ name: String) throws(Problem) -> String? {
            guard let value = body[name], !value.isNull else { return nil }
            guard let text = value.string else { throw Self.invalid(name, "expected a text, not \(value.kind)") }
            return text
        }
        let wanted = SilenceWish(
            rule: try text("rule"), endpoint: try text("endpoint"), until: try text("until"), duration: try text("duration"),
            reason: try text("reason") ?? "")
        let (silence, warnings) = try services.silence(wanted, by: "admin token")
        return .json(201, json(silence, silence.createdAt, warnings))
    }

    @Sendable func end(_ request: OwnedRequest) throws -> Response {
        try services.endSilence(request.segments[1])
        return Response(status: 204)
    }

    fileprivate static func invalid(_ field: String, _ message: String) -> Problem {
        Problem(422, "invalid_silence", "\(field): \(message)", fields: [.init(field, message)])
    }

    private func json(_ silence: Silence, _ now: Int64, _ warnings: [SettingProblem] = []) -> JSONValue {
        let members: [(String, JSONValue)] = [
            ("id", .string(services.keyring.uuid(.silence, silence.id))), ("rule", .optional(silence.rule)),
            ("endpoint", .optional(silence.endpoint)), ("reason", .string(silence.reason)), ("author", .string(silence.author)),
            ("created_at", .instant(silence.createdAt)), ("until", .instant(silence.until)), ("active", .bool(silence.until > now)),
        ]
        return .object(JSONObject(members + warnings.members))
    }
}

/// What somebody asks for, before it is checked.
struct SilenceWish {
    /// Globs; nil matches all.
    var rule: String?
    var endpoint: String?
    /// RFC 3339. Either this or `duration`.
    var until: String?
    /// `2h`.
    var duration: String?
    var reason: String

    /// A rule that is to be silent for longer is better disabled.
    private static let longest: Int64 = 366 * 86_400

    func checked(by author: String, at now: Int64) throws(Problem) -> NewSilence {
        if let rule, !(1...200 ~= rule.utf8.count) || rule.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw SilenceRoutes.invalid("rule", "expected a rule's name, or a pattern such as night-*")
        }
        if let endpoint, let problem = globProblem(endpoint) { throw SilenceRoutes.invalid("endpoint", problem.message) }
        let isBlank = reason.unicodeScalars.allSatisfy { $0.value <= 0x20 }
        guard !isBlank, reason.unicodeScalars.count <= 1000 else {
            throw SilenceRoutes.invalid("reason", "say in 1 to 1000 characters why nothing is to be told")
        }
        let end = try self.end(now)
        guard end > now else { throw SilenceRoutes.invalid("until", "this time is over") }
        guard end - now <= Self.longest * 1_000_000 else {
            throw SilenceRoutes.invalid(until == nil ? "duration" : "until", "at most 366 days; disable the rule instead")
        }
        return NewSilence(rule: rule, endpoint: endpoint, reason: reason, author: author, until: end, at: now)
    }

    private func end(_ now: Int64) throws(Problem) -> Int64 {
        switch (until, duration) {
        case (let text?, nil):
            guard let time = Timestamp(rfc3339: text) else {
                throw SilenceRoutes.invalid("until", "expected an instant such as 2026-11-23T08:00:00Z")
            }
            // Far away years would not fit into microseconds.
            guard abs(time.seconds) < 1 << 40 else { throw SilenceRoutes.invalid("until", "at most 366 days; disable the rule instead") }
            return time.seconds * 1_000_000 + Int64(time.nanoseconds / 1000)
        case (nil, let text?):
            guard let seconds = durationSeconds(text), seconds > 0, seconds <= 10 * Int(Self.longest) else {
                throw SilenceRoutes.invalid("duration", "expected a duration such as 30m, 2h or 1d")
            }
            return now + Int64(seconds) * 1_000_000
        case (nil, nil): throw SilenceRoutes.invalid("duration", "say for how long: a duration such as 2h, or until an instant")
        default: throw SilenceRoutes.invalid("until", "give either 'until' or 'duration'")
        }
    }
}

extension Services {
    /// - Returns: also why it holds nothing back, where that is so now.
    func silence(_ wish: SilenceWish, by author: String) throws -> (made: Silence, warnings: [SettingProblem]) {
        let new = try wish.checked(by: author, at: clock.wall())
        guard case .created(let id) = store.commit(.addSilence(new)) else {
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        try alerts.reload()
        let made = Silence(
            id: id, rule: new.rule, endpoint: new.endpoint, reason: new.reason, author: new.author, createdAt: new.at, until: new.until)
        return (made, alerts.current.reachProblems(rule: new.rule, endpoint: new.endpoint))
    }

    func endSilence(_ id: String) throws {
        let unknown = Problem(404, "unknown_silence", "there is no such silence")
        guard let number = keyring.number(.silence, id) else { throw unknown }
        switch store.commit(.endSilence(id: number, at: clock.wall())) {
        case .done: try alerts.reload()
        case .notFound: throw unknown
        case .conflict: throw Problem(409, "silence_ended", "this silence has ended already")
        default: throw Problem.unavailable("the disk is full or the database cannot be written")
        }
    }
}
