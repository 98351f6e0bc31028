internal import Conditions
internal import Model

/// A rule made ready to be asked.
struct CompiledRule: Sendable {
    let rule: AlertRule
    let filter: AlertFilter?
    let quiet: QuietHours?

    init(_ rule: AlertRule) throws(RuleProblem) {
        self.rule = rule
        do throws(ConditionError) {
            filter = try rule.when.map { text throws(ConditionError) in try AlertFilter(text) }
        } catch {
            throw RuleProblem("its condition cannot be read: \(error)")
        }
        quiet = try QuietHours(rule)
    }

    /// Whether facts are needed to know what becomes of an event.
    var needsFacts: Bool { filter != nil || !rule.groupBy.isEmpty }

    /// Whether streaks of failures are to be counted for it.
    var countsFailures: Bool {
        switch rule.condition {
        case .consecutiveFailures, .recovered: true
        case .failure: rule.holdFor != nil
        default: false
        }
    }

    /// What must hold when a message about it comes that was put off.
    var hold: AlertData.Hold? {
        switch rule.condition {
        case .approvalPending, .approvalExpiring: .pending
        case .failure, .consecutiveFailures: .failing
        case .runSlow: .running
        default: nil
        }
    }
}
