internal import JSON
internal import Model
internal import Store

/// Brings the file's endpoints into the store.
///
/// What the API changed of a file's endpoint stays in force until the file itself says something new about that field: an override
/// remembers the file's value at the time, and is dropped when it differs. So a gate that was put on by API is not lost with a restart.
struct EndpointSync {
    let store: Store
    let log: @Sendable (String) -> Void

    /// - Throws: `StartError` when the store cannot take them.
    func run(_ endpoints: [EndpointSettings], crontabs: [EndpointSettings], at now: Int64) throws {
        let all = endpoints.map { ($0, EndpointKind.command) } + crontabs.map { ($0, EndpointKind.crontab) }
        for _ in 0..<10 {
            if try attempt(all, at: now) { return }
        }
        throw StartError("the endpoints cannot be stored: they are being changed by API all the time")
    }

    /// False when a change by API came between the reading and the writing; all is then done again over what it left.
    private func attempt(_ endpoints: [(EndpointSettings, EndpointKind)], at now: Int64) throws -> Bool {
        let rows = Dictionary(uniqueKeysWithValues: try store.endpoints().map { ($0.name, $0) })
        var commands: [Command] = []
        for (settings, kind) in endpoints {
            let encoded = settings.encoded(onlyChanged: true).json
            let known = rows[settings.name]
            if known?.origin == .api {
                log("endpoint '\(settings.name)' was made by API and now stands in the file: the file's settings hold")
            }
            commands.append(
                .putEndpoint(
                    PutEndpoint(
                        origin: .file, kind: kind, name: settings.name, settings: encoded.encodedText(),
                        overrides: known?.origin == .file ? keep(known?.overrides ?? "{}", encoded, settings.name) : "{}",
                        mustBeNew: known == nil, expected: known?.version, at: now)))
        }
        let names = Set(endpoints.map(\.0.name))
        for row in rows.values where row.origin == .file && !names.contains(row.name) {
            log("endpoint '\(row.name)' stands no longer in the file: it is removed, and what waited for it is cancelled")
            commands.append(.deleteEndpoint(name: row.name, force: true, at: now))
        }
        var isDone = true
        for outcome in store.commit(commands) {
            switch outcome {
            case .unavailable(let reason): throw StartError("the endpoints cannot be stored: \(reason)")
            case .conflict, .notFound: isDone = false
            default: break
            }
        }
        return isDone
    }

    private func keep(_ overrides: String, _ file: JSONValue, _ name: String) -> String {
        guard let known = (try? parseJSON(overrides))?.object else { return "{}" }
        let kept = known.members.filter { member in
            if (member.value["file"] ?? .null) == (file[member.key] ?? .null) { return true }
            log("endpoint '\(name)': the file says something new about '\(member.key)'; what the API had set is dropped")
            return false
        }
        for member in kept { log("endpoint '\(name)': '\(member.key)' was set by API and stays so") }
        return JSONValue.object(JSONObject(kept.map { ($0.key, $0.value) })).encodedText()
    }
}
