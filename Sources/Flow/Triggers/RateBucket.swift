package import Model
internal import Synchronization

/// What an endpoint's `rate_limit` counts with: one number, taken from by all event loops without a lock.
package final class RateBucket: Sendable {
    package let limit: RateLimit
    private let full = Atomic<Int64>(.min)

    package init(_ limit: RateLimit) { self.limit = limit }

    /// `now` in microseconds of the monotonic clock.
    package func take(at now: Int64) -> RateLimit.State {
        var known = full.load(ordering: .relaxed)
        while true {
            let (after, state) = limit.take(known, at: now)
            if !state.isAllowed { return state }
            let (exchanged, original) = full.compareExchange(expected: known, desired: after, ordering: .relaxed)
            if exchanged { return state }
            known = original
        }
    }

    package func look(at now: Int64) -> RateLimit.State { limit.look(full.load(ordering: .relaxed), at: now) }
}
