internal import Alerts
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Synchronization
internal import Triggers

/// Changes alert rules for routes and pages, one change at a time: each reads what the one before left.
final class RuleEditor: Sendable {
    private let services: Services
    private let changing = Mutex(())

    init(services: Services) { self.services = services }

    static let unknown = Problem(404, "unknown_rule", "there is no alert rule of this name")

    func find(_ name: String) throws(Problem) -> AlertBook.Entry {
        guard let entry = services.alerts.current.entry(name) else { throw Self.unknown }
        return entry
    }

    /// What is wrong or hardly meant so, as channels, endpoints and secrets are now: what a new rule like it would be refused or warned for.
    /// Nothing of a rule that cannot serve, whose entry says why.
    func warnings(of entry: AlertBook.Entry) -> [SettingProblem] {
        entry.problem == nil ? problems(of: entry.rule, written: entry.rule.encoded()) : []
    }

    // MARK: Changes

    /// A new rule of the API.
    func create(_ body: JSONObject) throws -> (entry: AlertBook.Entry, warnings: [SettingProblem]) {
        try changing.withLock { _ in
            let (rule, warnings) = try checked(AlertRule(), SettingValue(.object(body)))
            // No path leads to these: clients take such segments out of addresses.
            if rule.name == "." || rule.name == ".." {
                throw Problem(422, "invalid_rule", "name: expected more than dots", fields: [.init("name", "expected more than dots")])
            }
            if services.alerts.current.entry(rule.name) != nil { throw Self.exists(rule.name) }
            try store(rule.name, rule.encoded().json.encodedText(), isEnabled: nil, mustBeNew: true)
            return (try find(rule.name), warnings)
        }
    }

    /// Some fields of a rule of the API; of one of the file, whether it is enabled.
    func change(_ name: String, _ body: JSONObject) throws -> (entry: AlertBook.Entry, warnings: [SettingProblem]) {
        try changing.withLock { _ in
            let entry = try find(name)
            if let given = body["name"], given.string != name {
                throw Problem(422, "name_is_fixed", "a rule keeps its name; create another one", fields: [.init("name", "cannot change")])
            }
            if entry.isOfFile {
                try switchRule(ofFile: name, body)
                let switched = try find(name)
                return (switched, warnings(of: switched))
            }
            let (rule, warnings) = try checked(entry.rule, SettingValue(.object(body)))
            try store(name, rule.encoded().json.encodedText(), isEnabled: nil, mustBeNew: false)
            return (try find(name), warnings)
        }
    }

    func delete(_ name: String) throws {
        try changing.withLock { _ in
            if try find(name).isOfFile {
                throw Problem(409, "defined_in_file", "the rule '\(name)' stands in the configuration file; remove it there, or disable it here")
            }
            switch services.store.commit(.deleteAlertRule(name: name)) {
            case .done, .notFound: try services.alerts.reload()
            default: throw Self.unavailable
            }
        }
    }

    /// A marked message to each of the rule's targets.
    func test(_ name: String) throws -> [NotificationRow] {
        let rule = try find(name).rule
        guard !rule.targets.isEmpty || rule.escalations.contains(where: { !$0.targets.isEmpty }) else {
            throw Problem(409, "nothing_to_tell", "the rule '\(name)' has no channel to tell")
        }
        let ids: [Int64]?
        do throws(RuleProblem) { ids = try services.alerts.test(name, at: services.clock.wall()) } catch {
            services.log("a test of an alert rule was not stored: \(error.message)")
            throw Self.unavailable
        }
        guard let ids else { throw Self.unknown }
        return try ids.compactMap { try services.store.notification($0) }
    }

    // MARK: Parts

    /// What the API has of a rule under the same name stays, for the day when the file's goes.
    private func switchRule(ofFile name: String, _ body: JSONObject) throws {
        let others = body.keys.filter { $0 != "enabled" && $0 != "name" }
        guard others.isEmpty else {
            throw Problem(
                409, "defined_in_file",
                "the rule '\(name)' stands in the configuration file, which says what it is; only 'enabled' can be changed here",
                fields: others.map { .init($0, "stands in the file") })
        }
        guard let given = body["enabled"] else { return }
        guard given.isNull || given.bool != nil else {
            throw Problem(422, "invalid_rule", "enabled: expected true or false", fields: [.init("enabled", "expected true or false")])
        }
        let known = try services.store.alertRules().first { $0.name == name }
        try store(name, known?.settings, isEnabled: given.bool, mustBeNew: false)
    }

    /// The rule with the fields of `body`, and what is worth a warning.
    private func checked(_ before: AlertRule, _ body: SettingValue) throws(Problem) -> (AlertRule, [SettingProblem]) {
        let (given, masked) = MaskedDestinations.resolve(body, of: before)
        var rule = before
        try refuse(rule.apply(given) + masked)
        let written = Self.merged(given, over: before)
        let found = problems(of: rule, written: written)
        try refuse(found)
        return (rule, found.filter { $0.severity == .warning })
    }

    private func problems(of rule: AlertRule, written: SettingValue) -> [SettingProblem] {
        let current = services.alerts.current
        let surroundings = AlertSurroundings(
            channels: current.settings.channels.map(\.name), endpoints: current.traits,
            hasMailServer: current.settings.smtp != nil)
        return rule.problems(in: surroundings, written: written) + secretProblems(rule, written)
    }

    /// The whole rule as it would be written, in the caller's words where there are some.
    private static func merged(_ given: SettingValue, over before: AlertRule) -> SettingValue {
        guard case .map(let new) = given, case .map(let old) = before.encoded() else { return given }
        let places = ["channel", "destination", "channels"]
        let saysPlaces = new.contains { places.contains($0.key) }
        let kept = old.filter { entry in !(saysPlaces && places.contains(entry.key)) && !new.contains { $0.key == entry.key } }
        return .map(kept + new)
    }

    /// References that lead nowhere, or to what is of no use there.
    private func secretProblems(_ rule: AlertRule, _ written: SettingValue) -> [SettingProblem] {
        var settings = AlertSettings()
        settings.rules = [rule]
        let secrets = alertSecrets(settings, written: .map([.init("alerts", .list([written]))]))
        return secrets.compactMap { secret in
            guard let name = SecretReference(secret.reference).name else { return nil }
            let path = Array(secret.path.dropFirst(2))
            guard let value = services.alerts.secret(secret.reference) else {
                return SettingProblem("\(name) is not set: neither in the environment nor in the secrets file", at: path)
            }
            return secret.problem(ofValue: value).map { SettingProblem("what \(name) stands for is not what is needed here: \($0)", at: path) }
        }
    }

    private func refuse(_ problems: [SettingProblem]) throws(Problem) {
        let errors = problems.filter { $0.severity == .error }
        guard !errors.isEmpty else { return }
        let fields = errors.map { Refusal.Field($0.fieldName, $0.fullMessage) }
        throw Problem(
            422, "invalid_rule", fields.map { $0.name.isEmpty ? $0.message : "\($0.name): \($0.message)" }.joined(separator: "; "), fields: fields)
    }

    private func store(_ name: String, _ settings: String?, isEnabled: Bool?, mustBeNew: Bool) throws {
        let put = PutAlertRule(name: name, settings: settings, isEnabled: isEnabled, mustBeNew: mustBeNew, at: services.clock.wall())
        switch services.store.commit(.putAlertRule(put)) {
        case .done: try services.alerts.reload()
        case .conflict: throw Self.exists(name)
        default: throw Self.unavailable
        }
    }

    private static func exists(_ name: String) -> Problem { Problem(409, "rule_exists", "there is an alert rule '\(name)' already") }
    private static let unavailable = Problem.unavailable("the disk is full or the database cannot be written")
}

extension SettingProblem {
    var fullMessage: String { hint.map { "\(message); \($0)" } ?? message }
}
