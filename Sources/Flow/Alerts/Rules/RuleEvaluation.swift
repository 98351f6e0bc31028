internal import Crypto
internal import Model
internal import Store

/// Asks the rules about what happened.
struct RuleEvaluation {
    private let store: Store
    private let rules: AlertBook.Snapshot
    private let now: Int64
    var teller: Teller
    private var names: [Int64: String] = [:]
    /// Rules by condition.
    private let byCondition: [AlertCondition: [CompiledRule]]

    init(store: Store, rules: AlertBook.Snapshot, teller: Teller, now: Int64) {
        self.store = store
        self.rules = rules
        self.teller = teller
        self.now = now
        byCondition = Dictionary(grouping: rules.rules) { $0.rule.condition }
    }

    // MARK: What is read

    private static let kinds: [(kind: String, conditions: [AlertCondition])] = [
        ("approval_pending", [.approvalPending, .approvalExpiring]), ("approval_decided", [.approvalDecided]),
        ("approval_stale", [.approvalDecided]), ("approval_expired", [.approvalExpired]), ("run_started", [.runSlow]),
        ("run_finished", [.failure, .success, .always, .consecutiveFailures, .recovered]), ("run_interrupted", [.runInterrupted, .always]),
        ("schedule_missed", [.scheduleMissed]),
    ]

    /// The kinds of events that somebody wants to know of.
    var eventKinds: [String] {
        Self.kinds.filter { kind, conditions in
            conditions.contains { byCondition[$0] != nil } || rules.notifiesEndpoints && Self.endsRun(kind)
        }.map(\.kind)
    }

    private static func endsRun(_ kind: String) -> Bool { kind == "run_finished" || kind == "run_interrupted" }

    var countsRefusals: Bool { byCondition[.webhookRejected] != nil }

    private mutating func name(_ endpoint: Int64?) throws -> String? {
        guard let endpoint else { return nil }
        if let known = rules.endpoints[endpoint]?.name ?? names[endpoint] { return known }
        let found = try store.endpointName(endpoint)
        names[endpoint] = found
        return found
    }

    private func asking(_ condition: AlertCondition, _ endpoint: String?) -> [CompiledRule] {
        (byCondition[condition] ?? []).filter { compiled in endpoint.map { compiled.rule.covers(endpoint: $0) } ?? (compiled.rule.endpoint == nil) }
    }

    // MARK: Events

    mutating func take(_ event: Event) throws {
        let name = try name(event.endpoint)
        guard let conditions = Self.kinds.first(where: { $0.kind == event.kind })?.conditions else { return }
        if Self.endsRun(event.kind) { notifyEndpoint(event, name) }
        for condition in conditions {
            let rules = asking(condition, name)
            if rules.isEmpty { continue }
            let call = event.kind.hasPrefix("schedule_") ? nil : event.subject
            let happening = Happening(
                condition, at: event.at, endpointID: event.endpoint, endpoint: name, event: event, call: call, store: store)
            for rule in rules { try ask(rule, happening) }
        }
    }

    private mutating func ask(_ compiled: CompiledRule, _ happening: Happening) throws {
        var data = AlertData()
        if let isFailure = happening.isFailedRun, compiled.countsFailures {
            guard let streak = count(compiled, happening, isFailure: isFailure) else { return }
            data.failures = streak.failures
            data.streak = streak.first
        } else if let isFailure = happening.isFailedRun {
            switch compiled.rule.condition {
            case .failure where !isFailure, .success where happening.event?.data != RunStatus.succeeded.rawValue: return
            default: break
            }
        }
        guard let item = try item(compiled, happening, data) else { return }
        try schedule(compiled, item, happening)
    }

    /// Counts a run into the endpoint's streak.
    /// - Returns: the streak to be told of; nil when there is nothing to tell.
    private mutating func count(_ compiled: CompiledRule, _ happening: Happening, isFailure: Bool) -> RuleMemory.Streak? {
        guard let endpoint = happening.endpointID else { return nil }
        let rule = compiled.rule
        var streak = teller.memories[rule.name].streaks[endpoint] ?? .init()
        let before = streak
        defer {
            teller.memories[rule.name].streaks[endpoint] = streak.failures == 0 ? nil : streak
            if before != streak { teller.remember(rule.name, RuleMemory.streakKey(endpoint)) }
        }
        guard isFailure else {
            // A run that was ended by a person says nothing of the endpoint.
            guard happening.event?.data == RunStatus.succeeded.rawValue else { return nil }
            streak = .init()
            return rule.condition == .recovered && before.failures >= rule.effectiveThreshold ? before : nil
        }
        if streak.failures == 0 { streak.first = happening.event?.sequence ?? 0 }
        streak.failures += 1
        switch rule.condition {
        case .consecutiveFailures:
            guard streak.failures >= rule.effectiveThreshold, !streak.isTold else { return nil }
            streak.isTold = true
            return streak
        // With `for`: the first failure of a streak begins the time after which it is told.
        case .failure: return streak.failures == 1 ? streak : nil
        default: return nil
        }
    }

    /// What a rule has to tell of it; nil when its `when` leaves it out.
    private func item(_ compiled: CompiledRule, _ happening: Happening, _ data: AlertData) throws -> Teller.Item? {
        var item = Teller.Item(
            event: happening.event?.sequence, call: happening.call, endpointID: happening.endpointID, endpoint: happening.endpoint,
            at: happening.at, data: data)
        guard compiled.needsFacts else { return item }
        let facts = try happening.facts(data)
        if let filter = compiled.filter, try !happening.passes(filter, facts) { return nil }
        item.data.group = Self.group(compiled.rule.groupBy.map { facts.fact($0) ?? "" })
        return item
    }

    /// One text for the values that make a group; facts come from outside and may be long.
    private static func group(_ values: [String]) -> String? {
        guard !values.isEmpty else { return nil }
        let text = values.map { "\($0.utf8.count):\($0)" }.joined(separator: " ")
        return text.utf8.count <= 200 ? text : sha256(Array(text.utf8)).hex
    }

    /// Tells it now or at its time, and puts down what follows as long as it holds.
    private mutating func schedule(_ compiled: CompiledRule, _ item: Teller.Item, _ happening: Happening) throws {
        let rule = compiled.rule
        var item = item
        item.data.hold = compiled.hold
        var first = happening.at
        var isLater = false
        switch rule.condition {
        case .approvalExpiring:
            guard let approval = try happening.approval() else { return }
            first = approval.expiresAt - Int64(rule.effectiveThreshold) * 1_000_000
            isLater = true
        case .runSlow:
            first += Int64(rule.effectiveThreshold) * 1_000_000
            isLater = true
        default: break
        }
        if let holdFor = rule.holdFor {
            first += Int64(holdFor) * 1_000_000
            isLater = true
        }
        if isLater { teller.wait(rule, item, until: first) } else { teller.tell(compiled, item) }
        if compiled.hold == .pending {
            for (index, escalation) in rule.escalations.enumerated() {
                var step = item
                step.data.step = index + 1
                teller.wait(rule, step, until: happening.at + Int64(escalation.after) * 1_000_000)
            }
        }
        if !isLater, compiled.hold != nil { remind(rule, item, after: first) }
    }

    private mutating func remind(_ rule: AlertRule, _ item: Teller.Item, after last: Int64) {
        guard let interval = rule.repeatInterval, item.data.step == 0 else { return }
        var next = item
        next.data.reminder += 1
        teller.wait(rule, next, until: last + Int64(interval) * 1_000_000)
    }

    /// The endpoint's own `notify_url`.
    private mutating func notifyEndpoint(_ event: Event, _ name: String?) {
        guard let id = event.endpoint, let endpoint = rules.endpoints[id], endpoint.notifyURL != nil, let name else { return }
        let isSuccess = event.data == RunStatus.succeeded.rawValue
        switch endpoint.notifyOn {
        case .success where !isSuccess, .failure where isSuccess: return
        default: break
        }
        var new = NewNotification(kind: .notify, lane: "notify \(name)", dueAt: now)
        new.event = event.sequence
        new.call = event.subject
        new.endpoint = id
        new.condition = AlertCondition.always.rawValue
        teller.add(new)
    }

    // MARK: Refused deliveries

    mutating func take(_ refusals: [RefusedDelivery]) throws {
        // The newest of an endpoint stands for all that came with it.
        for (endpoint, refused) in Dictionary(grouping: refusals, by: \.endpoint).sorted(by: { $0.key < $1.key }) {
            guard let newest = refused.last else { continue }
            let name = try name(endpoint)
            for compiled in asking(.webhookRejected, name) { try count(compiled, newest, name) }
        }
    }

    private mutating func count(_ compiled: CompiledRule, _ newest: RefusedDelivery, _ name: String?) throws {
        let rule = compiled.rule
        let window = Int64(rule.window) * 1_000_000
        // Long over: the rule is new, or nobody was there to ask it.
        guard newest.at > now - window else { return }
        if let told = teller.memories[rule.name].refusalsTold[newest.endpoint], told <= newest.at, newest.at < told + window { return }
        guard let first = try store.refusal(rule.effectiveThreshold, before: newest.id, endpoint: newest.endpoint), first > newest.at - window else {
            return
        }
        var data = AlertData()
        data.refused = .init(count: rule.effectiveThreshold, window: rule.window, status: newest.status, reason: newest.reason)
        let happening = Happening(
            .webhookRejected, at: newest.at, endpointID: newest.endpoint, endpoint: name, event: nil, call: nil, store: store)
        guard let item = try item(compiled, happening, data) else { return }
        teller.memories[rule.name].refusalsTold[newest.endpoint] = newest.at
        teller.remember(rule.name, RuleMemory.refusedKey(newest.endpoint))
        teller.tell(compiled, item)
    }

    // MARK: Rows whose time has come

    mutating func take(_ timers: [NotificationRow]) throws {
        let waits = try store.pending(among: timers.compactMap(\.call))
        let compiled = Dictionary(rules.rules.map { ($0.rule.name, $0) }) { first, _ in first }
        for row in timers {
            guard let rule = row.rule.flatMap({ compiled[$0] }), rule.rule.condition.rawValue == row.condition else {
                // The rule is gone, switched off, or another one by now.
                teller.remove(row.id)
                continue
            }
            try take(row, rule, waits)
        }
    }

    private mutating func take(_ row: NotificationRow, _ compiled: CompiledRule, _ waits: Set<Int64>) throws {
        let rule = compiled.rule
        var data = AlertData(json: row.data)
        if data.collects != nil, now < row.createdAt + QuietHours.longest * 1_000_000, let end = teller.quietEnd(compiled) {
            teller.postpone(row.id, rule.name, data.collects, until: end)
            return
        }
        let collection = data.collects
        if let collection, let all = teller.endCollection(rule.name, collection) { data = all }
        data.collects = nil
        teller.remove(row.id)
        var item = Teller.Item(
            event: row.event?.sequence, call: row.call, endpointID: row.endpointID, endpoint: row.endpoint, at: row.event?.at ?? row.createdAt,
            data: data)
        if data.digest?.count == 1 { item.data.digest = nil }
        if let digest = item.data.digest {
            guard let left = try stillHolding(unsilenced(digest, rule), rule) else { return }
            item.data.digest = left
            // What is left of many is told as itself, with its command and buttons.
            if left.count == 1, rule.condition.waitsForDecision, let call = try onlyOne(left) {
                (item.call, item.event, item.data.digest) = (call, nil, nil)
                item.endpoint = left.endpoints.keys.first
            }
        } else if collection != nil, teller.isSilenced(rule, item.endpoint) {
            return teller.silence(rule, item)
        } else if let hold = data.hold {
            guard try holds(hold, row, rule, waits) else { return }
        }
        let step = item.data.step
        switch collection {
        case nil:
            teller.tell(compiled, item)
            if compiled.hold != nil { remind(rule, item, after: now) }
        case Teller.Collection.pace.name(step)?:
            teller.endPace(rule, step, told: item.data.digest?.count ?? 1)
            teller.send(rule, item)
        case .some: teller.tellPaced(rule, item)
        }
    }

    private func holds(_ hold: AlertData.Hold, _ row: NotificationRow, _ rule: AlertRule, _ waits: Set<Int64>) throws -> Bool {
        switch hold {
        case .pending: row.call.map(waits.contains) ?? false
        case .running: try row.call.flatMap { try store.runningSince($0) }.map { now - $0 >= Int64(rule.effectiveThreshold) * 1_000_000 } ?? false
        case .failing: row.endpointID.map { teller.memories[rule.name].streaks[$0]?.first == AlertData(json: row.data).streak } ?? false
        }
    }

    /// Without the endpoints of which a silence wants nothing told.
    private func unsilenced(_ digest: AlertData.Digest, _ rule: AlertRule) -> AlertData.Digest {
        var left = digest
        for (endpoint, count) in digest.endpoints where teller.isSilenced(rule, endpoint) {
            left.endpoints[endpoint] = nil
            left.count -= count
        }
        return left
    }

    private func onlyOne(_ digest: AlertData.Digest) throws -> Int64? {
        guard let endpoint = digest.endpoints.keys.first else { return nil }
        return try store.pendingApproval(of: endpoint, from: digest.firstCall, through: digest.lastCall)
    }

    /// Of approvals only those that still wait are told: no more than were collected, for others wait among the same numbers.
    private func stillHolding(_ digest: AlertData.Digest, _ rule: AlertRule) throws -> AlertData.Digest? {
        guard rule.condition.waitsForDecision, digest.firstCall <= digest.lastCall else { return digest.count > 0 ? digest : nil }
        var left = digest
        (left.count, left.endpoints, left.elsewhere) = (0, [:], 0)
        var others = 0
        for (endpoint, waiting) in try store.pendingApprovals(from: digest.firstCall, through: digest.lastCall) {
            guard let collected = digest.endpoints[endpoint] else {
                if rule.covers(endpoint: endpoint) { others += waiting }
                continue
            }
            if min(waiting, collected) > 0 { left.endpoints[endpoint] = min(waiting, collected) }
        }
        left.elsewhere = min(others, digest.elsewhere)
        left.count = left.endpoints.values.reduce(left.elsewhere, +)
        return left.count == 0 ? nil : left
    }
}

extension Happening {
    /// Nil when it is not about the end of a run.
    var isFailedRun: Bool? {
        guard event?.kind == "run_finished" else { return nil }
        return event?.data == RunStatus.failed.rawValue || event?.data == RunStatus.timedOut.rawValue
    }
}
