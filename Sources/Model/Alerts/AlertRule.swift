/// A rule: what is told, when, and to whom. Durations are in seconds.
package struct AlertRule: Sendable, Equatable {
    /// Free text; unique.
    package var name = ""
    /// An endpoint's name or a glob over names (`deploy-*`); nil for all.
    package var endpoint: String?
    package var condition = AlertCondition.failure
    /// In the unit of the condition's `threshold`, where minutes count in seconds; nil leaves the condition's default.
    package var threshold: Int?
    /// Of `webhook_rejected`.
    package var window = 300
    /// In order: where it is told.
    package var targets: [AlertTarget] = []
    package var isEnabled = true
    /// A condition over the facts of the event (docs/alerts.md), beside the payload of the call.
    package var when: String?
    /// Told only when it still holds after so long: the approval still waits, the endpoint still fails, the run still runs.
    package var holdFor: Int?
    /// Times (cron expressions or dates, as a schedule's `blackout`) in which nothing is sent: it waits for their end.
    package var quietHours: [String] = []
    /// The zone of `quietHours`; UTC if nil.
    package var timezone: String?
    /// Facts that make a group (`groupFacts`); empty and without `groupWait`: nothing is grouped.
    package var groupBy: [String] = []
    /// What joins a group within this time is told in one message.
    package var groupWait: Int?
    /// Told again after so long for as long as it holds.
    package var repeatInterval: Int?
    /// At most one message in this time; what comes meanwhile is told together at its end.
    package var throttle: Int?
    /// Messages a minute above which what comes is told together.
    package var burst = 30
    /// Further steps for an approval that still waits.
    package var escalations: [AlertEscalation] = []
    /// The first line of the message, with `{fact}` in it; nil for the usual one.
    package var text: String?

    package init() {}
    package static let groupFacts = ["endpoint", "source", "requested_by", "status"]
    /// In the unit of `threshold`; the condition's default where none is given.
    package var effectiveThreshold: Int {
        guard let known = condition.threshold else { return 0 }
        return threshold ?? known.default.map { known.unit == .minutes ? $0 * 60 : $0 } ?? 0
    }
}

/// A step of a rule for approvals that nobody decided.
package struct AlertEscalation: Sendable, Equatable {
    /// Seconds since the approval began to wait.
    package var after: Int
    package var targets: [AlertTarget]

    package init(after: Int, targets: [AlertTarget]) {
        self.after = after
        self.targets = targets
    }
}

/// Where a message goes: a channel of the configuration by its name, or a destination that the rule gives itself.
package enum AlertTarget: Sendable, Equatable {
    case channel(String)
    /// `destination` is a URL, an address or a reference such as `$NAME`.
    case direct(ChannelKind, destination: String)
}
