internal import Model

/// What is known of a destination while something is to be sent there. All times are by the monotonic clock, in microseconds.
final class Target {
    let key: String
    var kind: ChannelKind?
    /// As the last message that was sent had it.
    var isCallers: Bool
    /// The lanes that lead here, by the number of their heads. Entries that no longer hold are passed over.
    private var heads = KeyedHeap<Lane>()
    /// Messages that others may pass, by number.
    private(set) var aside: [Int64: Aside] = [:]
    private var asideByTime = KeyedHeap<Int64>()
    /// Under way, or failed and not yet recorded as that.
    var current: Int64?
    /// What the destination asked for by `Retry-After`.
    var heldUntil: Int64 = .min
    /// What its pace asks for.
    var nextStart: Int64 = .min
    /// Failures in a row.
    var failures = 0
    /// Nil while the breaker is closed.
    var nextProbe: Int64?
    /// Set while it waits for a time.
    var wakesAt: Int64?
    var isInLine = false
    /// Another one may stand for its key by now.
    var isForgotten = false
    /// What somebody wants tried now.
    private var wanted: Int64?
    private var prefersHead = false
    /// While it is broken.
    private var probesOldest = false

    struct Aside {
        var due: Int64
        let lane: Lane
        let attempts: Int
    }

    init(_ key: String, kind: ChannelKind?, isCallers: Bool) {
        self.key = key
        self.kind = kind
        self.isCallers = isCallers
    }

    var sort: WaitingTargets.Sort { .init(share: isCallers ? .callers : kind == .email ? .mail : .operators, isSuspect: isSuspect) }

    var isBroken: Bool { nextProbe != nil }
    /// It may not take all places, since it may hang.
    var isSuspect: Bool { failures > 0 }

    /// The lane whose head comes first.
    var firstLane: Lane? {
        while let (number, lane) = heads.first {
            if lane.target === self, lane.head == number { return lane }
            heads.removeFirst()
        }
        return nil
    }

    func queue(_ lane: Lane, head: Int64) {
        lane.target = self
        lane.head = head
        heads.insert(head, lane)
    }

    func setAside(_ number: Int64, _ entry: Aside) {
        aside[number] = entry
        asideByTime.insert(entry.due, number)
    }

    func takeAside(_ number: Int64) -> Aside? { aside.removeValue(forKey: number) }

    private var firstAside: (due: Int64, number: Int64)? {
        while let (due, number) = asideByTime.first {
            if aside[number]?.due == due { return (due, number) }
            asideByTime.removeFirst()
        }
        return nil
    }

    enum Choice { case head(Lane), aside(Int64) }

    /// When something may be sent, at the earliest `now`; nil when there is nothing.
    func nextTime(_ now: Int64) -> Int64? {
        let gate = max(now, heldUntil, nextStart)
        if let nextProbe { return firstLane == nil && aside.isEmpty ? nil : max(gate, nextProbe) }
        return [headTime, firstAside?.due].compactMap { $0 }.min().map { max(gate, $0) }
    }

    private var headTime: Int64? {
        guard let lane = firstLane, let head = lane.head else { return nil }
        return lane.notBefore[head] ?? .min
    }

    /// Somebody wants a message tried now, whatever the destination asked for. In order, what stands first goes first.
    func push(_ number: Int64, _ now: Int64) {
        if var entry = aside[number] {
            entry.due = now
            setAside(number, entry)
            wanted = number
        } else if let lane = firstLane, let head = lane.head {
            lane.notBefore[head] = nil
            wanted = head
        }
        heldUntil = .min
        nextProbe = nextProbe.map { min($0, now) }
    }

    private func takeWanted(_ lane: Lane?) -> Choice? {
        defer { wanted = nil }
        guard let wanted else { return nil }
        if aside[wanted] != nil { return .aside(wanted) }
        return lane?.head == wanted ? lane.map { .head($0) } : nil
    }

    /// What is sent next, once its time has come.
    func choose(_ now: Int64) -> Choice? {
        let lane = firstLane
        if let choice = takeWanted(lane) { return choice }
        if isBroken { return probe(lane) }
        let headIsDue = headTime.map { $0 <= now } ?? false
        if let firstAside, firstAside.due <= now, !(headIsDue && prefersHead) { return .aside(firstAside.number) }
        return headIsDue ? lane.map { .head($0) } : nil
    }

    /// What a broken destination is tried with, whenever that is due itself: in turn the oldest message, and the one with the fewest
    /// tries, which is a head where there is one. If the oldest is what the destination cannot take, another one shows that it works.
    private func probe(_ lane: Lane?) -> Choice? {
        let oldest = aside.keys.min()
        if probesOldest, let oldest, oldest < lane?.head ?? .max { return .aside(oldest) }
        if let lane { return .head(lane) }
        if probesOldest { return oldest.map { .aside($0) } }
        return aside.min { ($0.value.attempts, $0.key) < ($1.value.attempts, $1.key) }.map { .aside($0.key) }
    }

    /// Those in order, and those that stepped aside, take turns.
    func noteStart(_ choice: Choice) {
        let number: Int64?
        switch choice {
        case .aside(let one): (number, prefersHead) = (one, true)
        case .head(let lane): (number, prefersHead) = (lane.head, false)
        }
        guard isBroken else { return probesOldest = false }
        probesOldest = number != min(firstLane?.head ?? .max, aside.keys.min() ?? .max)
    }

    /// Whether nothing would be lost if it were forgotten.
    func isIdle(at now: Int64) -> Bool { current == nil && firstLane == nil && aside.isEmpty && heldUntil <= now && nextStart <= now }
}
