/// Destinations that have something to send, in turn; and how many of each sort have a message under way. None that hangs may take the
/// places of those that do not.
struct WaitingTargets {
    /// Shares of the places.
    struct Sort: Hashable {
        enum Share: CaseIterable { case operators, callers, mail }
        let share: Share
        let isSuspect: Bool
        /// In this order they have their turns.
        static let all = Share.allCases.flatMap { share in [true, false].map { Sort(share: share, isSuspect: $0) } }
    }

    private let policy: OutboxPolicy
    private var lines: [Sort: Line<Target>] = [:]
    private var underWay: [Sort: Int] = [:]
    private var turn = 0

    init(_ policy: OutboxPolicy) { self.policy = policy }

    mutating func append(_ target: Target) { lines[target.sort, default: Line()].append(target) }

    /// The next one for which there is a place.
    mutating func removeFirst() -> Target? {
        guard underWay.values.reduce(0, +) < policy.maxInFlight else { return nil }
        for step in 1...Sort.all.count {
            let index = (turn + step) % Sort.all.count
            let sort = Sort.all[index]
            guard hasPlace(sort), let target = lines[sort]?.removeFirst() else { continue }
            turn = index
            return target
        }
        return nil
    }

    private func hasPlace(_ sort: Sort) -> Bool {
        func count(_ holds: (Sort) -> Bool) -> Int { underWay.reduce(0) { holds($1.key) ? $0 + $1.value : $0 } }
        let limit =
            switch sort.share {
            case .operators: policy.maxInFlight
            case .callers: policy.maxCallers
            case .mail: policy.maxMails
            }
        guard count({ $0.share == sort.share }) < limit else { return false }
        // Callers can name ever new destinations that hang, none of which has failed yet.
        let isDoubtful = sort.isSuspect || sort.share == .callers
        guard !isDoubtful || count({ $0.isSuspect || $0.share == .callers }) < policy.maxSuspects else { return false }
        // Of a share too, those that work have a quarter.
        return !sort.isSuspect || sort.share == .operators || count({ $0 == sort }) < max(1, limit * 3 / 4)
    }

    mutating func begin(_ sort: Sort) { underWay[sort, default: 0] += 1 }
    mutating func end(_ sort: Sort) { underWay[sort, default: 0] -= 1 }
}
