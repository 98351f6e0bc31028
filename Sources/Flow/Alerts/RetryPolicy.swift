/// When a notification that could not be delivered is tried again.
package struct RetryPolicy: Sendable {
    /// The first pause, in microseconds; each next one is twice as long, up to the cap.
    package var first: Int64 = 1_000_000
    package var cap: Int64 = 3_600_000_000
    /// After this long without success a notification is dead: three days.
    package var giveUpAfter: Int64 = 3 * 86_400_000_000
    /// And not before so many tries: the clock may have jumped, or the server been off meanwhile.
    package var leastAttempts = 8

    package init() {}

    /// The pause after the `attempt`-th try (from 1), with up to a fifth of it added so that many do not come back in step.
    package func pause(after attempt: Int, jitter: Double) -> Int64 {
        let doubled = attempt > 40 ? cap : min(cap, first << Int64(max(0, attempt - 1)))
        return doubled + Int64(Double(doubled) * 0.2 * max(0, min(1, jitter)))
    }

    /// Statuses that trying again cannot cure: every 4xx but 408, 425 and 429.
    package static func isPermanent(_ status: Int) -> Bool {
        (300...399).contains(status) || ((400...499).contains(status) && ![408, 425, 429].contains(status))
    }
}
