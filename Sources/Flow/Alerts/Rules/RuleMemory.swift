internal import JSON
internal import Model
internal import Store

/// What a rule remembers between events. All of it is in the store too: streaks and pace as states, collections as rows that wait.
struct RuleMemory {
    /// Failed runs of an endpoint in a row.
    struct Streak: Equatable {
        var failures = 0
        /// The event of its first failure.
        var first: Int64 = 0
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
    /// By step of the escalation; 0 is the rule itself.
    var paces: [Int: Pace] = [:]
    /// Of rows about what a silence kept back; not stored.
    var silenced = Pace()
    /// When the rule last told of refused deliveries, by endpoint.
    var refusalsTold: [Int64: Int64] = [:]
    var collections: [String: Collection] = [:]

    // MARK: Stored form

    static func paceKey(_ step: Int) -> String { "pace \(step)" }
    static func streakKey(_ endpoint: Int64) -> String { "streak \(endpoint)" }
    static func refusedKey(_ endpoint: Int64) -> String { "refused \(endpoint)" }

    mutating func restore(_ key: String, _ json: String) {
        guard let value = try? parseJSON(json) else { return }
        guard let number = key.split(separator: " ").last.flatMap({ Int64($0) }) else { return }
        switch key {
        case Self.paceKey(Int(number)):
            paces[Int(number)] = Pace(
                minute: value["minute"]?.int64 ?? 0, sent: value["sent"]?.int ?? 0, lastSent: value["last_sent"]?.int64 ?? 0)
        case Self.streakKey(number):
            streaks[number] = Streak(
                failures: value["failures"]?.int ?? 0, first: value["first"]?.int64 ?? 0, isTold: value["told"]?.bool ?? false)
        case Self.refusedKey(number): refusalsTold[number] = value["told"]?.int64
        default: break
        }
    }

    /// The stored form of what a key names; nil when there is nothing to be kept.
    func stored(_ key: String) -> String? {
        guard let number = key.split(separator: " ").last.flatMap({ Int64($0) }) else { return nil }
        switch key {
        case Self.paceKey(Int(number)):
            return paces[Int(number)].map { #"{"minute":\#($0.minute),"sent":\#($0.sent),"last_sent":\#($0.lastSent)}"# }
        case Self.streakKey(number):
            return streaks[number].map { #"{"failures":\#($0.failures),"first":\#($0.first),"told":\#($0.isTold)}"# }
        case Self.refusedKey(number): return refusalsTold[number].map { #"{"told":\#($0)}"# }
        default: return nil
        }
    }
}

/// The memories of all rules, by their names.
struct RuleMemories {
    private var byRule: [String: RuleMemory] = [:]

    /// - Parameter rules: the conditions of rules by name: what was collected for another condition is not taken up.
    init(store: Store, rules: [String: AlertCondition]) throws {
        for state in try store.alertStates() where rules[state.rule] != nil {
            if let json = state.json { byRule[state.rule, default: RuleMemory()].restore(state.key, json) }
        }
        for row in try store.collectingNotifications() {
            let data = AlertData(json: row.data)
            guard let rule = row.rule, let name = data.collects, rules[rule]?.rawValue == row.condition else { continue }
            byRule[rule, default: RuleMemory()].collections[name] = .init(place: .row(row.id), dueAt: row.dueAt, data: data)
        }
    }

    /// Rows in which quiet hours hold something back.
    var quietRows: [Int64] {
        byRule.values.flatMap(\.collections).compactMap { name, collection in
            guard name.hasPrefix("quiet "), case .row(let id) = collection.place else { return nil }
            return id
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
