internal import JSON
package import Model
package import Store
internal import Synchronization

/// The endpoints as they are in force: an immutable snapshot, made anew after every change and read once for each request.
package final class EndpointDirectory: Sendable {
    package struct Snapshot: Sendable {
        package var byName: [String: CompiledEndpoint] = [:]
        /// Endpoints that cannot serve as they are, with the reason: a secret that is not set, say.
        package var unusable: [String: Refusal] = [:]
        package var rows: [String: EndpointRow] = [:]
        /// Those that stand for crontabs, by name; they are in none of the others but `rows`.
        package var crontabs: [String: Endpoint] = [:]
    }

    private let store: Store
    package let directory: String
    private let secret: @Sendable (String) -> [UInt8]?
    private let snapshot = Mutex(Snapshot())
    /// Held from the reading to the publishing, so that what was read earlier never replaces what was read later.
    private let reloading = Mutex(())

    /// - Parameter directory: the configuration's folder, absolute.
    package init(store: Store, directory: String, secret: @escaping @Sendable (String) -> [UInt8]?) {
        self.store = store
        self.directory = directory
        self.secret = secret
    }

    package var current: Snapshot { snapshot.withLock { $0 } }

    package func endpoint(_ name: String) -> CompiledEndpoint? { snapshot.withLock { $0.byName[name] } }

    /// Reads the endpoints from the store. One that has not changed keeps its compiled form, unless all are to be compiled `anew`, because
    /// the secrets have changed.
    package func reload(anew: Bool = false) throws {
        try reloading.withLock { _ in try readAndPublish(anew: anew) }
    }

    private func readAndPublish(anew: Bool) throws {
        let before = anew ? Snapshot() : current
        var next = Snapshot()
        for row in try store.endpoints() {
            next.rows[row.name] = row
            if row.kind == .crontab {
                next.crontabs[row.name] = Endpoint(id: row.id, revision: row.revision, origin: row.origin, settings: EndpointSettings())
                continue
            }
            if let known = before.byName[row.name], known.id == row.id, known.endpoint.revision == row.revision {
                next.byName[row.name] = known
                continue
            }
            do {
                next.byName[row.name] = try compile(row)
            } catch {
                next.unusable[row.name] = error
            }
        }
        snapshot.withLock { $0 = next }
    }

    /// Whether settings would work here, without keeping them.
    package func check(_ settings: EndpointSettings) throws(Refusal) {
        _ = try CompiledEndpoint(
            Endpoint(id: 0, revision: 0, origin: .api, settings: settings), directory: directory, secret: secret)
    }

    private func compile(_ row: EndpointRow) throws(Refusal) -> CompiledEndpoint {
        let (settings, overridden) = try effectiveSettings(row)
        return try CompiledEndpoint(
            Endpoint(id: row.id, revision: row.revision, origin: row.origin, settings: settings, overridden: overridden),
            directory: directory, secret: secret)
    }
}

/// The settings of a stored endpoint: those of its file or creation, then what the API set over the file's.
package func effectiveSettings(_ row: EndpointRow) throws(Refusal) -> (settings: EndpointSettings, overridden: [String]) {
    guard let stored = try? parseJSON(row.settings), let overrides = try? parseJSON(row.overrides) else {
        throw Refusal(503, "endpoint_unreadable", "the stored settings of '\(row.name)' cannot be read")
    }
    var settings = EndpointSettings()
    var problems = settings.apply(SettingValue(stored)) { SettingProblem("unknown field '\($0)'") }
    let members = overrides.object?.members ?? []
    problems += settings.apply(.map(members.map { .init($0.key, SettingValue($0.value["value"] ?? .null)) })) {
        SettingProblem("unknown field '\($0)'")
    }
    if let problem = problems.first(where: { $0.severity == .error }) {
        throw Refusal(503, "endpoint_unreadable", "the stored settings of '\(row.name)' are invalid: \(problem.message)")
    }
    return (settings, members.map(\.key))
}
