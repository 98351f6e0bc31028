package import Model
package import Posix
package import Store

/// What became of an attempt to decide.
package enum DecisionResult: Sendable, Equatable {
    /// This attempt decided: approved, denied, or approved and stale at once.
    case decided(ApprovalStatus)
    /// Somebody, or the clock, was faster; the status that holds.
    case tooLate(ApprovalStatus)
    case unknown
    case unavailable(String)
}

/// The single act that ends an approval: one winner, whether it comes by link, dashboard or API.
package final class DecisionDesk: Sendable {
    private let store: Store
    private let clock: SystemClock
    /// Says in words what changed on disk since the call was frozen; nil when nothing did.
    private let changeSince: @Sendable (CallSpec) -> String?

    package init(store: Store, clock: SystemClock, changeSince: @escaping @Sendable (CallSpec) -> String?) {
        self.store = store
        self.clock = clock
        self.changeSince = changeSince
    }

    /// Decides. Blocks until the decision is on disk; never to be called on an event loop.
    package func decide(
        _ id: Int64, _ decision: Decision, by: String, via: DecisionVia, reason: String?, runsAllMissed: Bool = false
    ) -> DecisionResult {
        var stale: String?
        if decision == .approve {
            do {
                guard let frozen = try store.frozenCall(id) else { return .unknown }
                stale = changeSince(frozen.spec)
            } catch {
                return .unavailable("the call cannot be read: \(error)")
            }
        }
        return result(
            store.commit(
                .decide(
                    Decide(
                        approval: id, decision: decision, by: by, via: via, reason: reason.map(Self.bounded), staleReason: stale,
                        runsAllMissed: runsAllMissed, at: clock.wall()))))
    }

    package func cancel(_ id: Int64, by: String) -> DecisionResult {
        result(store.commit(.cancelApproval(id: id, by: by, at: clock.wall())))
    }

    private func result(_ outcome: Outcome) -> DecisionResult {
        switch outcome {
        case .decided(let status): .decided(status)
        case .conflict(let status): .tooLate(ApprovalStatus(rawValue: status) ?? .expired)
        case .notFound: .unknown
        case .unavailable(let reason): .unavailable(reason)
        default: .unavailable("unexpected answer of the store")
        }
    }

    /// A reason is kept to 1,000 characters.
    private static func bounded(_ text: String) -> String { String(text.prefix(1000)) }
}
