internal import Model
internal import Store

/// How fast and how often is sent. Times in microseconds.
package struct OutboxPolicy: Sendable {
    package var retry = RetryPolicy()
    /// Over all destinations.
    package var maxInFlight = 64
    /// For destinations whose last message failed, and those that callers named: others must not wait for those that hang.
    package var maxSuspects = 48
    /// For destinations that callers named.
    package var maxCallers = 24
    /// Mails have few threads, and wait there for their turn.
    package var maxMails = 8
    /// So many tries keep what comes behind them waiting; then a message steps aside.
    package var orderedAttempts = 5
    /// Failures in a row after which the breaker opens.
    package var breakerFailures = 10
    package var probePause: Int64 = 5_000_000
    /// Outcomes that the store has not recorded yet.
    package var maxUnrecorded = 1024
    /// Rows kept in memory.
    package var maxRows = 4096
    package var page = 16
    /// Of each request.
    package var connectTimeout: Duration = .seconds(5)
    package var totalTimeout: Duration = .seconds(15)
    /// Until a store that failed is asked again.
    package var storePause: Int64 = 1_000_000

    package init() {}
}

/// Decides which message is sent when: in order for each destination, one at a time there, and all destinations in turn.
///
/// Knows no network and no clock; for one thread.
final class OutboxQueue {
    let policy: OutboxPolicy
    private let source: OutboxSource
    private let destination: (NotificationRow) -> Composed<Destination>
    private let log: (String) -> Void
    private var lanes: [String: Lane] = [:]
    private var targets: [String: Target] = [:]
    private var waiting: WaitingTargets
    private var timers = KeyedHeap<Target>()
    private var flights: [Int64: Flight] = [:]
    private var unrecorded: [Int64: (flight: Flight, end: End)] = [:]
    private(set) var brokenTargets = 0
    /// Lanes that could not be read.
    private var unread: Set<String> = []
    private var readAgainAt: Int64?

    private struct Flight {
        var row: NotificationRow
        let lane: Lane
        let target: Target
        let sort: WaitingTargets.Sort
    }

    /// How an attempt ended.
    struct End {
        /// What it says of the destination: `answers` also where it refused for good.
        enum Sign { case answers, fails, nothing }
        let sign: Sign
        /// Nil where it is not sent again.
        var retryAt: Int64?
        /// What the destination asked for, for all messages.
        var heldUntil: Int64?
    }

    init(
        policy: OutboxPolicy, source: OutboxSource, destination: @escaping (NotificationRow) -> Composed<Destination>,
        log: @escaping (String) -> Void
    ) {
        self.policy = policy
        waiting = WaitingTargets(policy)
        self.source = source
        self.destination = destination
        self.log = log
    }

    var inFlight: Int { flights.count }
    var laneCount: Int { lanes.count }
    var targetCount: Int { targets.count }
    var rowCount: Int { rowsInMemory }
    private var rowsInMemory = 0

    // MARK: What there is to send

    /// Something was added to a lane; or, with a number, is to be sent though its number has been passed.
    func renew(_ name: String, revived: Int64?, now: Int64) {
        let lane = lanes[name] ?? Lane(name)
        lanes[name] = lane
        count(lane) { $0.renew(from: revived) }
        if lane.head == nil || revived != nil { settleHead(lane, now) }
    }

    /// Somebody wants a message tried now, instead of when it would be.
    func push(_ name: String, _ number: Int64, now: Int64) {
        // It has just failed, which the store does not know yet.
        if unrecorded[number]?.end.retryAt != nil { unrecorded[number]?.end.retryAt = now }
        guard flights[number] == nil, unrecorded[number] == nil, let lane = lanes[name] else { return }
        guard let target = targets.values.first(where: { $0.aside[number] != nil }) ?? lane.target else { return }
        if target.aside[number] == nil, let head = lane.head { lane.notBefore[head] = nil }
        target.push(number, now)
        schedule(target, now)
    }

    /// Reads again what could not be read.
    private func readAgain(_ now: Int64) {
        guard let at = readAgainAt, at <= now else { return }
        readAgainAt = nil
        let names = unread
        unread.removeAll()
        for name in names { if let lane = lanes[name] { settleHead(lane, now) } }
    }

    /// Finds the head of a lane and queues it where the last one was; a first one where it leads to.
    private func settleHead(_ lane: Lane, _ now: Int64) {
        guard fill(lane, now) else { return }
        guard let first = lane.rows.first else {
            lane.head = nil
            forgetIfIdle(lane)
            return
        }
        // Rows of a lane mostly go to the same place; whether this one does is seen when it is sent.
        let known = lane.target.flatMap { $0.isForgotten ? nil : $0 }
        let target = known ?? self.target(of: first)
        if lane.head != first.id || lane.target !== target { target.queue(lane, head: first.id) }
        if known == nil, rowsInMemory > policy.maxRows { count(lane) { $0.release() } }
        schedule(target, now)
    }

    private func fill(_ lane: Lane, _ now: Int64) -> Bool {
        do {
            let limit = rowsInMemory < policy.maxRows ? policy.page : 1
            try count(lane) { try $0.fill(source, limit: limit) }
            return true
        } catch {
            lane.head = nil
            unread.insert(lane.name)
            if readAgainAt == nil {
                log("the outbox cannot be read, trying again: \(error)")
                readAgainAt = now + policy.storePause
            }
            return false
        }
    }

    private func count(_ lane: Lane, _ change: (Lane) throws -> Void) rethrows {
        rowsInMemory -= lane.rows.count
        defer { rowsInMemory += lane.rows.count }
        try change(lane)
    }

    private func target(of row: NotificationRow) -> Target {
        target(at: place(of: row))
    }

    private func target(at place: Place) -> Target {
        if let known = targets[place.key] { return known }
        let made = Target(place.key, kind: place.kind, isCallers: place.isCallers)
        targets[place.key] = made
        return made
    }

    private func forgetIfIdle(_ lane: Lane) {
        guard lane.isIdle, !unread.contains(lane.name) else { return }
        lane.target = nil
        lanes[lane.name] = nil
    }

    /// The configuration may have changed: what leads elsewhere now waits no more for where it led to.
    func reconsider(_ now: Int64) {
        // What cannot be read stays where it is, and is looked at when it is sent.
        for lane in Array(lanes.values) {
            guard let old = lane.target, let head = lane.head else { continue }
            guard let row = lane.rows.first ?? (try? source.row(head)), row.id == head else { continue }
            let place = place(of: row)
            guard place.key != old.key else { continue }
            moveHead(lane, head, to: place, now)
            schedule(old, now)
        }
        for old in Array(targets.values) {
            for number in Array(old.aside.keys) {
                guard let row = try? source.row(number), case let place = place(of: row), place.key != old.key else { continue }
                if let entry = old.takeAside(number) { moveAside(number, entry, to: place, now) }
            }
            schedule(old, now)
        }
    }

    /// Whatever it had to wait for was asked by the destination before.
    private func moveHead(_ lane: Lane, _ head: Int64, to place: Place, _ now: Int64) {
        lane.notBefore[head] = nil
        let target = target(at: place)
        target.queue(lane, head: head)
        schedule(target, now)
    }

    private func moveAside(_ number: Int64, _ entry: Target.Aside, to place: Place, _ now: Int64) {
        let target = target(at: place)
        target.setAside(number, Target.Aside(due: now, lane: entry.lane, attempts: entry.attempts))
        schedule(target, now)
    }

    // MARK: Turns

    /// Puts a destination where it belongs now: in line, to a time, or nowhere.
    private func schedule(_ target: Target, _ now: Int64) {
        guard target.current == nil, !target.isInLine else { return }
        guard let next = target.nextTime(now) else {
            if target.isIdle(at: now) {
                forget(target)
            } else if target.wakesAt == nil {
                wake(target, at: max(target.heldUntil, target.nextStart))
            }
            return
        }
        if next > now {
            wake(target, at: next)
        } else {
            target.wakesAt = nil
            target.isInLine = true
            waiting.append(target)
        }
    }

    private func wake(_ target: Target, at time: Int64) {
        guard target.wakesAt != time else { return }
        target.wakesAt = time
        timers.insert(time, target)
    }

    private func forget(_ target: Target) {
        if target.isBroken { brokenTargets -= 1 }
        target.nextProbe = nil
        target.wakesAt = nil
        target.isForgotten = true
        targets[target.key] = nil
    }

    /// When there will be something to do though nothing happens.
    func nextTime() -> Int64? {
        while let (time, target) = timers.first, target.wakesAt != time { timers.removeFirst() }
        return [timers.first?.key, readAgainAt].compactMap { $0 }.min()
    }

    /// A message whose turn it is.
    enum Turn {
        case send(NotificationRow, Destination)
        /// It cannot be sent: the reason. `isFinal`: and never can.
        case unsendable(NotificationRow, reason: String, isFinal: Bool)
    }

    /// The next message to be sent now; nil when there is none, or no place. Each is to be followed by `ended` and `recorded`.
    func next(_ now: Int64) -> Turn? {
        readAgain(now)
        while let (time, target) = timers.first, time <= now {
            timers.removeFirst()
            guard target.wakesAt == time else { continue }
            target.wakesAt = nil
            schedule(target, now)
        }
        while unrecorded.count < policy.maxUnrecorded, let target = waiting.removeFirst() {
            target.isInLine = false
            if let turn = begin(target, now) { return turn }
            schedule(target, now)
        }
        return nil
    }

    /// Begins with a destination's next message; nil when it has none after all.
    private func begin(_ target: Target, _ now: Int64) -> Turn? {
        guard target.current == nil, let time = target.nextTime(now), time <= now, let choice = target.choose(now) else { return nil }
        target.noteStart(choice)
        switch choice {
        case .head(let lane): return beginHead(lane, target, now)
        case .aside(let number): return beginAside(number, target, now)
        }
    }

    private func beginHead(_ lane: Lane, _ target: Target, _ now: Int64) -> Turn? {
        guard fill(lane, now), let first = lane.rows.first, first.id == lane.head else {
            // It was settled by somebody else, or cannot be read.
            lane.head = nil
            if !unread.contains(lane.name) { settleHead(lane, now) }
            return nil
        }
        let place = place(of: first)
        guard place.key == target.key else {
            moveHead(lane, first.id, to: place, now)
            return nil
        }
        count(lane) { _ = $0.takeFirst() }
        lane.head = nil
        lane.open.insert(first.id)
        return begin(first, lane, target, place, now)
    }

    private func beginAside(_ number: Int64, _ target: Target, _ now: Int64) -> Turn? {
        guard var entry = target.takeAside(number) else { return nil }
        let lane = entry.lane
        let row: NotificationRow?
        do {
            row = try source.row(number)
        } catch {
            log("the outbox cannot be read, trying again: \(error)")
            entry.due = now + policy.storePause
            target.setAside(number, entry)
            return nil
        }
        guard let row, row.status == .pending else {
            lane.open.remove(number)
            forgetIfIdle(lane)
            return nil
        }
        let place = place(of: row)
        guard place.key == target.key else {
            moveAside(number, entry, to: place, now)
            return nil
        }
        return begin(row, lane, target, place, now)
    }

    private struct Place {
        let key: String
        let kind: ChannelKind?
        let isCallers: Bool
        let composed: Composed<Destination>
    }

    /// Where a row goes by the configuration of this moment.
    private func place(of row: NotificationRow) -> Place {
        let composed = destination(row)
        guard case .ready(let destination) = composed else {
            return Place(key: "\u{0}" + row.lane, kind: nil, isCallers: false, composed: composed)
        }
        return Place(key: destination.key, kind: destination.kind, isCallers: destination.isCallers, composed: composed)
    }

    private func begin(_ row: NotificationRow, _ lane: Lane, _ target: Target, _ place: Place, _ now: Int64) -> Turn {
        target.current = row.id
        target.kind = place.kind
        target.isCallers = place.isCallers
        let sort = target.sort
        waiting.begin(sort)
        flights[row.id] = Flight(row: row, lane: lane, target: target, sort: sort)
        switch place.composed {
        case .ready(let destination):
            target.nextStart = now + destination.pace
            return .send(row, destination)
        case .impossible(let reason): return .unsendable(row, reason: reason, isFinal: true)
        case .later(let reason): return .unsendable(row, reason: reason, isFinal: false)
        }
    }

    // MARK: Ends

    /// An attempt has ended. Its outcome is on the way to the store, and until that has it, the message is not sent again.
    func ended(_ number: Int64, _ end: End, now: Int64) {
        guard let flight = flights.removeValue(forKey: number) else { return }
        let target = flight.target
        waiting.end(flight.sort)
        if let time = end.heldUntil { target.heldUntil = max(target.heldUntil, time) }
        unrecorded[number] = (flight, end)
        switch end.sign {
        case .answers: answered(target)
        case .fails: failed(target, now)
        case .nothing: break
        }
        // One that failed keeps the others waiting, and takes its place again once the store knows.
        guard end.retryAt == nil else { return }
        flight.lane.notBefore[number] = nil
        free(target, flight.lane, now)
    }

    private func free(_ target: Target, _ lane: Lane, _ now: Int64) {
        target.current = nil
        if lane.head == nil { settleHead(lane, now) }
        schedule(target, now)
    }

    private func answered(_ target: Target) {
        target.failures = 0
        guard target.isBroken else { return }
        target.nextProbe = nil
        brokenTargets -= 1
        log("\(name(of: target)) answers again")
    }

    private func failed(_ target: Target, _ now: Int64) {
        target.failures += 1
        guard target.failures >= policy.breakerFailures else { return }
        if !target.isBroken {
            brokenTargets += 1
            log("\(name(of: target)) has failed \(target.failures) times in a row: it is tried every \(policy.probePause / 1_000_000) seconds")
        }
        target.nextProbe = now + policy.probePause
    }

    private func name(of target: Target) -> String {
        "the destination of a notification (\((target.kind ?? .webhook).rawValue)\(hostName(ofURL: target.key).map { " at \($0)" } ?? ""))"
    }

    /// The store knows how an attempt ended.
    func recorded(_ number: Int64, now: Int64) {
        guard let (flight, end) = unrecorded.removeValue(forKey: number) else { return }
        let lane = flight.lane
        guard let due = end.retryAt else {
            lane.open.remove(number)
            forgetIfIdle(lane)
            return
        }
        var row = flight.row
        row.attempts += 1
        // Meanwhile it may have come to lead elsewhere, where nobody asked it to wait.
        let place = place(of: row)
        let isMoved = place.key != flight.target.key
        let target = isMoved ? self.target(at: place) : flight.target
        if row.attempts >= policy.orderedAttempts {
            lane.notBefore[number] = nil
            target.setAside(number, Target.Aside(due: isMoved ? now : due, lane: lane, attempts: row.attempts))
        } else {
            lane.notBefore[number] = isMoved ? nil : due
            count(lane) { $0.putBack(row) }
            lane.head = nil
            lane.target = target
        }
        free(flight.target, lane, now)
        if isMoved { schedule(target, now) }
    }
}
