internal import JSON
internal import Store

/// What a rule remembers between events. All of it is in the store too: streaks and pace as states, collections as rows that wait.
struct RuleMemory {
    /// Failed runs of an endpoint in a row.
    struct Streak: Equatable {
        var failures = 0
        /// The rule told of this streak.
        var isTold = false
    }

    /// How much a rule has told lately. Microseconds since 1970.
    struct Pace: Equatable {
        /// Of the minute that is counted.
        var minute: Int64 = 0
        var sent = 0
        var lastSent: Int64 = 0
    }

    /// Events that wait to be told together.
    struct Collection {
        enum Place: Equatable {
            /// A row of the store.
            case row(Int64)
            /// One that the turn at hand adds.
            case new(Int)
        }
        var place: Place
        var dueAt: Int64
        var data: AlertData
    }

    var streaks: [Int64: Streak] = [:]
    var pace = Pace()
    /// When the rule last told of refused deliveries, by endpoint.
    var refusalsTold: [Int64: Int64] = [:]
    var collections: [String: Collection] = [:]

    // MARK: Stored form

    static let paceKey = "pace"
    static func streakKey(_ endpoint: Int64) -> String { "streak \(endpoint)" }
    static func refusedKey(_ endpoint: Int64) -> String { "refused \(endpoint)" }

    mutating func restore(_ key: String, _ json: String) {
        guard let value = try? parseJSON(json) else { return }
        let endpoint = key.split(separator: " ").last.flatMap { Int64($0) }
        if key == Self.paceKey {
            pace = Pace(minute: value["minute"]?.int64 ?? 0, sent: value["sent"]?.int ?? 0, lastSent: value["last_sent"]?.int64 ?? 0)
        } else if let endpoint, key == Self.streakKey(endpoint) {
            streaks[endpoint] = Streak(failures: value["failures"]?.int ?? 0, isTold: value["told"]?.bool ?? false)
        } else if let endpoint, key == Self.refusedKey(endpoint) {
            refusalsTold[endpoint] = value["told"]?.int64
        }
    }

    /// The stored form of what a key names; nil when there is nothing to be kept.
    func stored(_ key: String) -> String? {
        let endpoint = key.split(separator: " ").last.flatMap { Int64($0) }
        if key == Self.paceKey { return #"{"minute":\#(pace.minute),"sent":\#(pace.sent),"last_sent":\#(pace.lastSent)}"# }
        guard let endpoint else { return nil }
        if key == Self.streakKey(endpoint), let streak = streaks[endpoint], streak.failures > 0 {
            return #"{"failures":\#(streak.failures),"told":\#(streak.isTold)}"#
        }
        if key == Self.refusedKey(endpoint), let told = refusalsTold[endpoint] { return #"{"told":\#(told)}"# }
        return nil
    }
}

/// The memories of all rules, by their names.
struct RuleMemories {
    private var byRule: [String: RuleMemory] = [:]

    init(store: Store, rules: Set<String>) throws {
        for state in try store.alertStates() where rules.contains(state.rule) {
            if let json = state.json { byRule[state.rule, default: RuleMemory()].restore(state.key, json) }
        }
        for row in try store.collectingNotifications() {
            let data = AlertData(json: row.data)
            guard let rule = row.rule, rules.contains(rule), let name = data.collects else { continue }
            byRule[rule, default: RuleMemory()].collections[name] = .init(place: .row(row.id), dueAt: row.dueAt, data: data)
        }
    }

    subscript(_ rule: String) -> RuleMemory {
        get { byRule[rule] ?? RuleMemory() }
        _modify { yield &byRule[rule, default: RuleMemory()] }
    }

    /// Collections that were new are rows now; `ids` are those of the turn's new rows, in their order.
    mutating func number(_ ids: [Int64]) {
        for (rule, memory) in byRule {
            for (name, collection) in memory.collections {
                guard case .new(let index) = collection.place, ids.indices.contains(index) else { continue }
                byRule[rule]?.collections[name]?.place = .row(ids[index])
            }
        }
    }
}
