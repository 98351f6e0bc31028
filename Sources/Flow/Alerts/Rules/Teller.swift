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
    /// When the quiet time ends that is now, by rule: nil where it is not quiet. The time of a turn stands still.
    private var quietEnds: [String: Int64?] = [:]

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
    mutating func remove(_ row: Int64) { turn.removed.append(row) }
    mutating func add(_ new: NewNotification) { turn.new.append(new) }

    /// A row that waits until its time, to be looked at again then.
    mutating func wait(_ rule: AlertRule, _ item: Item, until dueAt: Int64) { add(row(rule, item, .waiting, dueAt: dueAt)) }

    /// A row of a rule that is not sent as it is.
    private func row(_ rule: AlertRule, _ item: Item, _ status: NotificationStatus, dueAt: Int64) -> NewNotification {
        var new = NewNotification(kind: .alert, lane: "", status: status, dueAt: dueAt)
        new.event = item.event
        new.call = item.call
        new.endpoint = item.endpointID
        new.rule = rule.name
        new.condition = rule.condition.rawValue
        new.data = item.data.json
        return new
    }

    // MARK: Telling

    /// Tells it now, or joins it to others: in quiet hours, in a group, or because the rule has told enough.
    mutating func tell(_ compiled: CompiledRule, _ item: Item) {
        let rule = compiled.rule
        if isSilenced(rule, item.endpoint) { return silence(rule, item) }
        if let end = quietEnd(compiled) { return collect(rule, item, .quiet, until: end) }
        guard !rule.groupBy.isEmpty || rule.groupWait != nil else { return tellPaced(rule, item) }
        let wait = Int64(rule.groupWait ?? Self.groupWait) * 1_000_000
        collect(rule, item, .group(item.data.group ?? ""), until: now + wait)
    }

    /// When the quiet time ends that is now.
    mutating func quietEnd(_ compiled: CompiledRule) -> Int64? {
        guard let quiet = compiled.quiet else { return nil }
        if let known = quietEnds[compiled.rule.name] { return known }
        let end = quiet.end(at: now)
        quietEnds[compiled.rule.name] = .some(end)
        return end
    }

    /// What was collected and is due, or what is neither grouped nor held back.
    mutating func tellPaced(_ rule: AlertRule, _ item: Item) {
        let step = item.data.step
        let isCollecting = memories[rule.name].collections[Collection.pace.name(step)] != nil
        guard let until = isCollecting ? paceEnd(rule, step) : takePace(rule, step) else { return send(rule, item) }
        collect(rule, item, .pace, until: until)
    }

    /// Until when a rule that has told enough waits.
    private func paceEnd(_ rule: AlertRule, _ step: Int) -> Int64 {
        let pace = memories[rule.name].paces[step] ?? .init()
        if step == 0, let throttle = rule.throttle { return min(pace.lastSent, now) + Int64(throttle) * 1_000_000 }
        return min(pace.minute, now) + Self.minute
    }

    /// Counts a message, unless the rule has told enough for now. Each step of an escalation has a pace of its own, and no throttle: who is
    /// called when nobody decides must not wait for those who were told before.
    /// - Returns: until when it has told enough; nil when the message may go.
    private mutating func takePace(_ rule: AlertRule, _ step: Int) -> Int64? {
        var pace = memories[rule.name].paces[step] ?? .init()
        if step == 0, let throttle = rule.throttle {
            let end = pace.lastSent + Int64(throttle) * 1_000_000
            if end > now, pace.lastSent <= now { return end }
        }
        if now >= pace.minute + Self.minute || now < pace.minute {
            pace.minute = now
            pace.sent = 0
        }
        guard pace.sent < rule.burst else { return pace.minute + Self.minute }
        pace.sent += 1
        pace.lastSent = now
        keep(pace, rule, step)
        return nil
    }

    /// A digest ends a minute of too many. As long as they are too many, only digests follow.
    mutating func endPace(_ rule: AlertRule, _ step: Int, told count: Int) {
        keep(.init(minute: now, sent: count > rule.burst ? rule.burst : 1, lastSent: now), rule, step)
    }

    private mutating func keep(_ pace: RuleMemory.Pace, _ rule: AlertRule, _ step: Int) {
        memories[rule.name].paces[step] = pace
        remember(rule.name, RuleMemory.paceKey(step))
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

    // MARK: Silences

    func isSilenced(_ rule: AlertRule, _ endpoint: String?) -> Bool {
        silences.contains { $0.until > now && $0.holds(rule.name, endpoint) }
    }

    /// A row for the log, so many a minute.
    mutating func silence(_ rule: AlertRule, _ item: Item) {
        var pace = memories[rule.name].silenced
        if now >= pace.minute + Self.minute || now < pace.minute { pace = .init(minute: now) }
        guard pace.sent < rule.burst else { return }
        pace.sent += 1
        memories[rule.name].silenced = pace
        add(row(rule, item, .silenced, dueAt: now))
    }

    // MARK: Collecting

    /// Why events are told together. Steps of an escalation reach others, so nothing of theirs is told with the rule's own.
    enum Collection: Equatable {
        case quiet, pace
        case group(String)

        func name(_ step: Int) -> String {
            switch self {
            case .quiet: "quiet \(step)"
            case .pace: "pace \(step)"
            case .group(let group): "group \(step) \(group)"
            }
        }
    }

    private mutating func collect(_ rule: AlertRule, _ item: Item, _ collection: Collection, until dueAt: Int64) {
        let name = collection.name(item.data.step)
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
        // Sooner only if a clock that was ahead has been put right.
        known.dueAt = min(known.dueAt, dueAt)
        memories[rule.name].collections[name] = known
        switch known.place {
        case .new(let index): fresh[index] = known.data
        case .row(let id): grown[id] = known
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
