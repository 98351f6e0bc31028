internal import JSON
package import Model
package import Store
internal import Synchronization

/// The rules and channels in force: those of the file and those of the API, as one immutable snapshot that is made anew after every change.
package final class AlertBook: Sendable {
    package struct Entry: Sendable {
        /// `isEnabled` is what counts, whoever set it.
        package var rule: AlertRule
        package var isOfFile: Bool
        package var updatedAt: Int64?
        /// Of a rule of the file that was switched since: what the file says of `enabled`.
        package var enabledInFile: Bool?
        /// Why it cannot serve.
        package var problem: String?
    }

    package struct Snapshot: Sendable {
        /// Of the file, with the file's own rules.
        package var settings = AlertSettings()
        /// The file's in their order, then the API's by name.
        package var entries: [Entry] = []
        /// Those that are enabled and can serve.
        var rules: [CompiledRule] = []
        /// Those of the file and the API by number; what is asked of them for each event or message is made once.
        var endpoints: [Int64: AlertEndpoint] = [:] {
            didSet {
                endpointNames = Dictionary(endpoints.values.map { ($0.name, $0.id) }) { first, _ in first }
                notifiesEndpoints = endpoints.values.contains { $0.notifyURL != nil }
            }
        }
        private(set) var endpointNames: [String: Int64] = [:]
        /// Whether an endpoint has a `notify_url`.
        private(set) var notifiesEndpoints = false
        /// Changes with every change of rules.
        var version = 0

        package func entry(_ name: String) -> Entry? { entries.first { $0.rule.name == name } }
        package func channel(_ name: String) -> NotificationChannel? { settings.channels.first { $0.name == name } }
        /// Of all endpoints, in the order of their making.
        package var traits: [EndpointTraits] { endpoints.values.sorted { $0.id < $1.id }.map(\.traits) }
        var hasWork: Bool { !rules.isEmpty || notifiesEndpoints }
    }

    private let store: Store
    private let secretLookup: @Sendable (String) -> [UInt8]?
    private let log: @Sendable (String) -> Void
    private let snapshot = Mutex(Snapshot())
    private let listeners = Mutex<[@Sendable () -> Void]>([])
    /// Held from the reading to the publishing.
    private let reloading = Mutex(())

    /// - Parameter secret: looks a reference such as `$NAME` up; a text that is no reference stands for itself.
    package init(store: Store, secret: @escaping @Sendable (String) -> [UInt8]?, log: @escaping @Sendable (String) -> Void) {
        self.store = store
        secretLookup = secret
        self.log = log
    }

    package var current: Snapshot { snapshot.withLock { $0 } }

    package func secret(_ reference: String) -> [UInt8]? { secretLookup(reference) }
    package func secretText(_ reference: String) -> String? {
        secretLookup(reference).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Called after every change, on the thread that made it.
    package func onChange(_ listener: @escaping @Sendable () -> Void) { listeners.withLock { $0.append(listener) } }

    /// Takes what the file says now.
    package func load(_ settings: AlertSettings) throws { try rebuild { $0.settings = settings } }

    /// Reads the API's part anew.
    package func reload() throws { try rebuild { _ in } }

    /// Takes the endpoints that there are now.
    package func setEndpoints(_ endpoints: [AlertEndpoint]) {
        let byID = Dictionary(endpoints.map { ($0.id, $0) }) { first, _ in first }
        snapshot.withLock { $0.endpoints = byID }
        tell()
    }

    private func rebuild(_ change: (inout Snapshot) -> Void) throws {
        try reloading.withLock { _ in
            var next = current
            change(&next)
            let stored = try store.alertRules()
            next.entries = Self.entries(file: next.settings.rules, stored: stored)
            next.rules = []
            for index in next.entries.indices where next.entries[index].problem == nil {
                do throws(RuleProblem) {
                    let compiled = try CompiledRule(next.entries[index].rule)
                    if compiled.rule.isEnabled { next.rules.append(compiled) }
                } catch {
                    next.entries[index].problem = error.message
                }
            }
            for entry in next.entries {
                if let problem = entry.problem { log("rule '\(entry.rule.name)' cannot serve: \(problem)") }
            }
            snapshot.withLock {
                next.endpoints = $0.endpoints
                next.version = $0.version + 1
                $0 = next
            }
        }
        tell()
    }

    private func tell() { for listener in listeners.withLock({ $0 }) { listener() } }

    /// The file's rules, switched as the API says; then the API's own. A rule of the file comes before one of the same name.
    private static func entries(file: [AlertRule], stored: [AlertRuleRow]) -> [Entry] {
        let rows = Dictionary(stored.map { ($0.name, $0) }) { first, _ in first }
        var entries = file.map { rule in
            var entry = Entry(rule: rule, isOfFile: true)
            if let row = rows[rule.name], let isEnabled = row.isEnabled {
                entry.enabledInFile = rule.isEnabled
                entry.rule.isEnabled = isEnabled
                entry.updatedAt = row.updatedAt
            }
            return entry
        }
        let taken = Set(file.map(\.name))
        for row in stored where !taken.contains(row.name) {
            guard let settings = row.settings else { continue }
            var rule = AlertRule()
            var problem: String?
            if let value = try? parseJSON(settings) {
                problem = rule.apply(SettingValue(value)).first { $0.severity == .error }?.message
            } else {
                problem = "its stored settings cannot be read"
            }
            rule.name = row.name
            if let isEnabled = row.isEnabled { rule.isEnabled = isEnabled }
            entries.append(Entry(rule: rule, isOfFile: false, updatedAt: row.updatedAt, problem: problem))
        }
        return entries
    }

    // MARK: Tests

    /// Queues a marked test of a rule, enabled or not, to each of its targets.
    /// - Returns: their numbers in the outbox; nil when there is no such rule.
    /// - Throws: `RuleProblem` when the store cannot take them, or the rule has nowhere to tell.
    package func test(_ name: String, at now: Int64) throws(RuleProblem) -> [Int64]? {
        guard let rule = current.entry(name)?.rule else { return nil }
        var new: [NewNotification] = []
        for (step, targets) in ([rule.targets] + rule.escalations.map(\.targets)).enumerated() {
            for index in targets.indices {
                new.append(notification(.test, rule, step: step, target: index, data: AlertData(step: step), at: now))
            }
        }
        guard !new.isEmpty else { throw RuleProblem("the rule has no channel to tell") }
        switch store.commit(.queueNotifications(new, at: now)) {
        case .queued(let ids): return ids
        case .unavailable(let reason): throw RuleProblem("the test cannot be stored: \(reason)")
        default: throw RuleProblem("the test cannot be stored")
        }
    }
}

/// What rules know of an endpoint.
package struct AlertEndpoint: Sendable {
    package var id: Int64
    package var name: String
    package var isSensitive: Bool
    /// A URL or a reference to one.
    package var notifyURL: String?
    package var notifyOn: NotifyCondition
    /// For the checks of new rules.
    package var traits: EndpointTraits

    package init(id: Int64, name: String, isSensitive: Bool, notifyURL: String?, notifyOn: NotifyCondition, traits: EndpointTraits? = nil) {
        self.id = id
        self.name = name
        self.isSensitive = isSensitive
        self.notifyURL = notifyURL
        self.notifyOn = notifyOn
        self.traits = traits ?? EndpointTraits(name: name)
    }
}

/// A row for one target of a rule; `step` 0 is the rule itself, others are its escalations.
func notification(
    _ kind: NotificationKind, _ rule: AlertRule, step: Int, target index: Int, data: AlertData, at now: Int64
) -> NewNotification {
    let target = rule.targets(ofStep: step)[index]
    let channel: String
    let lane: String
    switch target {
    case .channel(let name): (channel, lane) = (name, "channel \(name)")
    case .direct(let kind, _): (channel, lane) = (kind.rawValue, "rule \(step) \(index) \(rule.name)")
    }
    var data = data
    data.step = step
    data.target = index
    data.collects = nil
    var new = NewNotification(kind: kind, lane: lane, dueAt: now)
    new.rule = rule.name
    new.condition = rule.condition.rawValue
    new.channel = channel
    new.data = data.json
    return new
}

extension AlertRule {
    /// Of the rule itself (0) or of an escalation (from 1); none for a step that it does not have.
    func targets(ofStep step: Int) -> [AlertTarget] {
        step == 0 ? targets : escalations.indices.contains(step - 1) ? escalations[step - 1].targets : []
    }
}
