internal import Model
internal import Store

/// Gathers what one turn of the engine writes. It changes the rules' memories as it goes: when the turn cannot be committed, they are to be
/// read anew.
struct Teller {
    private(set) var turn: AlertTurn
    var memories: RuleMemories
    private let silences: [Silence]
    private let now: Int64
    private var touched: Set<Touched> = []
    /// Collections that are rows and have grown; written once, at the end of the turn.
    private var grown: [Int64: RuleMemory.Collection] = [:]
    /// Of collections that this turn began, by their place among its new rows.
    private var fresh: [Int: AlertData] = [:]

    private struct Touched: Hashable {
        let rule: String
        let key: String
    }

    /// Something to be told by a rule.
    struct Item {
        var event: Int64?
        var call: Int64?
        var endpointID: Int64?
        var endpoint: String?
        var at: Int64
        var data = AlertData()
        /// What makes its group, where the rule groups.
        var group = ""
    }

    private static let minute: Int64 = 60_000_000
    /// How long what joins a group is waited for, where the rule does not say.
    private static let groupWait = 30

    init(from: AlertMark?, through: AlertMark, memories: RuleMemories, silences: [Silence], now: Int64) {
        turn = AlertTurn(from: from, through: through, at: now)
        self.memories = memories
        self.silences = silences
        self.now = now
    }

    var isEmpty: Bool { turn.new.isEmpty && turn.changes.isEmpty && turn.states.isEmpty && touched.isEmpty && turn.removed.isEmpty && grown.isEmpty }

    mutating func setThrough(_ mark: AlertMark) { turn.through = mark }

    /// The turn with the states that it changed.
    func finished() -> AlertTurn {
        var turn = turn
        for (index, data) in fresh { turn.new[index].data = data.json }
        turn.changes += grown.map { .init(id: $0.key, dueAt: $0.value.dueAt, data: $0.value.data.json) }
        turn.states += touched.map { .init(rule: $0.rule, key: $0.key, json: memories[$0.rule].stored($0.key)) }
        return turn
    }

    mutating func remember(_ rule: String, _ key: String) { touched.insert(Touched(rule: rule, key: key)) }
    mutating func forget(_ state: AlertTurn.State) { turn.states.append(.init(rule: state.rule, key: state.key, json: nil)) }
    mutating func remove(_ row: Int64) { turn.removed.append(row) }
    mutating func add(_ new: NewNotification) { turn.new.append(new) }

    /// A row that waits until its time, to be looked at again then.
    mutating func wait(_ rule: AlertRule, _ item: Item, until dueAt: Int64) {
        var new = NewNotification(kind: .alert, lane: "", status: .waiting, dueAt: dueAt)
        new.event = item.event
        new.call = item.call
        new.endpoint = item.endpointID
        new.rule = rule.name
        new.condition = rule.condition.rawValue
        new.data = item.data.json
        turn.new.append(new)
    }

    // MARK: Telling

    /// Tells it now, or joins it to others: in quiet hours, in a group, or because the rule has told enough.
    mutating func tell(_ compiled: CompiledRule, _ item: Item) {
        let rule = compiled.rule
        if silences.contains(where: { $0.until > now && $0.holds(rule.name, item.endpoint) }) {
            if takePace(rule) { add(silenced(rule, item)) }
            return
        }
        if let end = compiled.quiet?.end(at: now) { return collect(rule, item, "quiet", until: end) }
        guard !rule.groupBy.isEmpty || rule.groupWait != nil else { return tellPaced(rule, item) }
        collect(rule, item, "group \(item.group)", until: now + Int64(rule.groupWait ?? Self.groupWait) * 1_000_000)
    }

    /// What was collected and is due, or what is neither grouped nor held back.
    mutating func tellPaced(_ rule: AlertRule, _ item: Item) {
        if memories[rule.name].collections["pace"] == nil, takePace(rule) { return send(rule, item) }
        let pace = memories[rule.name].pace
        let until = rule.throttle.map { pace.lastSent + Int64($0) * 1_000_000 } ?? pace.minute + Self.minute
        collect(rule, item, "pace", until: max(until, now))
    }

    /// Counts a message, unless the rule has told enough for now.
    private mutating func takePace(_ rule: AlertRule) -> Bool {
        var pace = memories[rule.name].pace
        if let throttle = rule.throttle, pace.lastSent + Int64(throttle) * 1_000_000 > now, pace.lastSent <= now { return false }
        if now >= pace.minute + Self.minute || now < pace.minute {
            pace.minute = now
            pace.sent = 0
        }
        guard pace.sent < rule.burst else { return false }
        pace.sent += 1
        pace.lastSent = now
        memories[rule.name].pace = pace
        remember(rule.name, RuleMemory.paceKey)
        return true
    }

    /// A digest ends a minute of too many. As long as they are too many, only digests follow.
    mutating func endPace(_ rule: AlertRule, told count: Int) {
        memories[rule.name].pace = .init(minute: now, sent: count > rule.burst ? rule.burst : 1, lastSent: now)
        remember(rule.name, RuleMemory.paceKey)
    }

    /// One row for each target.
    mutating func send(_ rule: AlertRule, _ item: Item) {
        for index in rule.targets(ofStep: item.data.step).indices {
            var new = notification(.alert, rule, step: item.data.step, target: index, data: item.data, at: now)
            new.event = item.event
            new.call = item.call
            new.endpoint = item.endpointID
            turn.new.append(new)
        }
    }

    private func silenced(_ rule: AlertRule, _ item: Item) -> NewNotification {
        var new = NewNotification(kind: .alert, lane: "", status: .silenced, dueAt: now)
        new.event = item.event
        new.call = item.call
        new.endpoint = item.endpointID
        new.rule = rule.name
        new.condition = rule.condition.rawValue
        new.data = item.data.json
        return new
    }

    // MARK: Collecting

    private mutating func collect(_ rule: AlertRule, _ item: Item, _ name: String, until dueAt: Int64) {
        guard var known = memories[rule.name].collections[name] else {
            var item = item
            item.data.collects = name
            if item.data.digest == nil {
                var digest = AlertData.Digest()
                digest.add(endpoint: item.endpoint, at: item.at, call: item.call)
                item.data.digest = digest
            }
            memories[rule.name].collections[name] = .init(place: .new(turn.new.count), dueAt: dueAt, data: item.data)
            wait(rule, item, until: dueAt)
            return
        }
        if let other = item.data.digest {
            known.data.digest?.add(other)
        } else {
            known.data.digest?.add(endpoint: item.endpoint, at: item.at, call: item.call)
        }
        memories[rule.name].collections[name] = known
        switch known.place {
        case .new(let index): fresh[index] = known.data
        case .row(let id):
            grown[id] = known
        }
    }

    /// Puts a row off that waits; a collection goes on collecting.
    mutating func postpone(_ id: Int64, _ rule: String, _ collection: String?, until dueAt: Int64) {
        if let collection, var known = memories[rule].collections[collection] {
            known.dueAt = dueAt
            memories[rule].collections[collection] = known
            grown[id] = known
        } else {
            turn.changes.append(.init(id: id, dueAt: dueAt))
        }
    }

    /// - Returns: what it has collected, in this turn too.
    mutating func endCollection(_ rule: String, _ name: String) -> AlertData? {
        guard let known = memories[rule].collections.removeValue(forKey: name) else { return nil }
        if case .row(let id) = known.place { grown[id] = nil }
        return known.data
    }
}

extension Silence {
    func holds(_ rule: String, _ endpoint: String?) -> Bool {
        let fitsEndpoint = self.endpoint.map { pattern in endpoint.map { matchesGlob($0, pattern) } ?? false } ?? true
        return fitsEndpoint && (self.rule.map { matchesGlob(rule, $0) } ?? true)
    }
}
