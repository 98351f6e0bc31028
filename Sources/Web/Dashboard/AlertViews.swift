package import Model

/// A rule on the dashboard.
package struct AlertRuleView: Sendable {
    package var rule: AlertRule
    package var isOfFile: Bool
    /// Of a rule of the file that was switched since: what the file says.
    package var enabledInFile: Bool?
    /// Why it cannot serve.
    package var problem: String?
    /// Why it hardly does what was meant, each with its field.
    package var warnings: [String]

    package init(rule: AlertRule, isOfFile: Bool, enabledInFile: Bool? = nil, problem: String? = nil, warnings: [String] = []) {
        self.rule = rule
        self.isOfFile = isOfFile
        self.enabledInFile = enabledInFile
        self.problem = problem
        self.warnings = warnings
    }
}

/// A silence that holds. Times are microseconds since 1970.
package struct SilenceView: Sendable {
    package var id: String
    /// Globs; nil: all.
    package var rule: String?
    package var endpoint: String?
    package var reason: String
    package var author: String
    package var createdAt: Int64
    package var until: Int64

    package init(id: String, rule: String?, endpoint: String?, reason: String, author: String, createdAt: Int64, until: Int64) {
        self.id = id
        self.rule = rule
        self.endpoint = endpoint
        self.reason = reason
        self.author = author
        self.createdAt = createdAt
        self.until = until
    }
}

package struct AlertsPageView: Sendable {
    package var session: SessionView
    package var rules: [AlertRuleView]
    package var silences: [SilenceView]
    /// There are more of them.
    package var areSilencesCut: Bool
    package var notice: Notice?
    package var now: Int64

    package init(
        session: SessionView, rules: [AlertRuleView], silences: [SilenceView] = [], areSilencesCut: Bool = false, notice: Notice? = nil,
        now: Int64
    ) {
        self.session = session
        self.rules = rules
        self.silences = silences
        self.areSilencesCut = areSilencesCut
        self.notice = notice
        self.now = now
    }
}

/// A notification on the dashboard. Times are microseconds since 1970.
package struct NotificationView: Sendable {
    package var id: String
    /// The words of the API.
    package var kind: String
    package var status: String
    package var rule: String?
    package var condition: String?
    package var channel: String?
    /// Without what of it is a secret.
    package var destination: String?
    package var endpoint: String?
    package var event: String?
    package var attempts: Int
    package var createdAt: Int64
    package var dueAt: Int64?
    package var lastAnswer: String?
    package var settledAt: Int64?
    package var approvalID: String?
    package var runID: String?
    /// What its message says in the first line; on its own page only.
    package var title: String?

    package init(
        id: String, kind: String, status: String, rule: String? = nil, condition: String? = nil, channel: String? = nil,
        destination: String? = nil, endpoint: String? = nil, event: String? = nil, attempts: Int = 0, createdAt: Int64, dueAt: Int64? = nil,
        lastAnswer: String? = nil, settledAt: Int64? = nil, approvalID: String? = nil, runID: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.status = status
        self.rule = rule
        self.condition = condition
        self.channel = channel
        self.destination = destination
        self.endpoint = endpoint
        self.event = event
        self.attempts = attempts
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.lastAnswer = lastAnswer
        self.settledAt = settledAt
        self.approvalID = approvalID
        self.runID = runID
    }
}

/// What the form above the list was sent with, as it was written; empty is none.
package struct NotificationFilterView: Sendable {
    package var status = ""
    package var kind = ""
    package var rule = ""
    package var endpoint = ""

    package static let statuses = ["pending", "waiting", "sent", "dead", "silenced"]
    package static let kinds = ["alert", "notify", "callback", "test", "reply"]

    package init() {}

    var isEmpty: Bool { parameters.isEmpty }

    /// For the address of the next page.
    var parameters: [(name: StaticString, value: String)] {
        let all: [(name: StaticString, value: String)] = [("status", status), ("kind", kind), ("rule", rule), ("endpoint", endpoint)]
        return all.filter { !$0.value.isEmpty }
    }
}

package struct NotificationsPageView: Sendable {
    package var session: SessionView
    package var filter: NotificationFilterView
    package var notifications: [NotificationView]
    /// The value of `before` for the next page; with a filter also when this one is empty.
    package var older: String?
    package var isFirstPage: Bool
    package var notice: Notice?
    package var now: Int64

    package init(
        session: SessionView, filter: NotificationFilterView = NotificationFilterView(), notifications: [NotificationView], older: String? = nil,
        isFirstPage: Bool = true, notice: Notice? = nil, now: Int64
    ) {
        self.session = session
        self.filter = filter
        self.notifications = notifications
        self.older = older
        self.isFirstPage = isFirstPage
        self.notice = notice
        self.now = now
    }
}

package struct NotificationPageView: Sendable {
    package var session: SessionView
    package var item: NotificationView
    package var notice: Notice?
    package var now: Int64

    package init(session: SessionView, item: NotificationView, notice: Notice? = nil, now: Int64) {
        self.session = session
        self.item = item
        self.notice = notice
        self.now = now
    }
}
