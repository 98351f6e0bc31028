/// What a rule waits for.
package enum AlertCondition: String, Sendable, CaseIterable {
    /// A run ended with an exit code other than 0, by a timeout too. Not: cancelled, interrupted.
    case failure
    /// A run ended with exit code 0.
    case success
    /// A run ended.
    case always
    /// The `threshold`th failed run of an endpoint in a row; once for each such streak.
    case consecutiveFailures = "consecutive_failures"
    /// The first success after a failed run (with a `threshold`: after so many in a row).
    case recovered
    case runSlow = "run_slow"
    case runInterrupted = "run_interrupted"
    case approvalPending = "approval_pending"
    case approvalExpiring = "approval_expiring"
    /// Approved, denied, cancelled, superseded by a newer one, or stale.
    case approvalDecided = "approval_decided"
    case approvalExpired = "approval_expired"
    /// Fires of a schedule that nobody ran because the server was down or too late.
    case scheduleMissed = "schedule_missed"
    /// The `threshold`th refused delivery of an endpoint within `window`.
    case webhookRejected = "webhook_rejected"

    /// Whether it tells of an approval that waits: what waits no more is not told, and escalations and reminders belong to it.
    package var waitsForDecision: Bool { self == .approvalPending || self == .approvalExpiring }
    /// Whether it is asked when a run has ended.
    package var isOfFinishedRuns: Bool {
        switch self {
        case .failure, .success, .always, .consecutiveFailures, .recovered: true
        default: false
        }
    }

    /// What `threshold` means to it; nil where it means nothing.
    package var threshold: AlertThreshold? {
        switch self {
        case .consecutiveFailures: AlertThreshold(unit: .failures, range: 1...10_000, default: 3)
        case .recovered: AlertThreshold(unit: .failures, range: 1...10_000, default: 1)
        case .webhookRejected: AlertThreshold(unit: .rejections, range: 1...10_000, default: 10)
        case .runSlow: AlertThreshold(unit: .seconds, range: 1...86_400, default: nil)
        case .approvalExpiring: AlertThreshold(unit: .minutes, range: 1...10_080, default: 10)
        default: nil
        }
    }
}

package struct AlertThreshold: Sendable {
    package enum Unit: String, Sendable { case failures, rejections, seconds, minutes }
    /// A plain number counts these. Seconds and minutes may also be written as a duration (`5m`), and are kept in seconds.
    package let unit: Unit
    package let range: ClosedRange<Int>
    /// Nil: it must be given.
    package let `default`: Int?
}
