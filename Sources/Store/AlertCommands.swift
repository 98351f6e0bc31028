/// Why something is told.
package enum NotificationKind: String, Sendable, CaseIterable {
    /// The outcome of a call, to its `callback_url`.
    case callback
    /// To an endpoint's `notify_url`.
    case notify
    case alert
    /// Somebody tries a rule.
    case test
    /// An answer to a click in Slack.
    case reply
}

/// pending -> sent | dead. What waits (for its time, or for others to join it) becomes other rows, or none if it does not hold any more.
package enum NotificationStatus: String, Sendable, CaseIterable { case waiting, pending, sent, dead, silenced }

/// A row for the outbox. Times are microseconds since 1970 UTC.
package struct NewNotification: Sendable, Equatable {
    package var kind: NotificationKind
    package var event: Int64?
    package var call: Int64?
    package var endpoint: Int64?
    package var rule: String?
    package var condition: String?
    /// Names the destination in the configuration; nil where `destination` is one.
    package var channel: String?
    package var destination: String?
    /// What has one lane is sent in order.
    package var lane: String
    package var status: NotificationStatus
    package var dueAt: Int64
    /// What the reader of the row made of it; JSON.
    package var data: String?

    package init(kind: NotificationKind, lane: String, status: NotificationStatus = .pending, dueAt: Int64) {
        self.kind = kind
        self.lane = lane
        self.status = status
        self.dueAt = dueAt
    }
}

/// The outcome of one attempt to send a notification.
package struct SettleNotification: Sendable {
    package enum Result: Sendable { case sent, retry(at: Int64), dead }
    package var id: Int64
    package var result: Result
    package var answer: String
    package var at: Int64

    package init(id: Int64, result: Result, answer: String, at: Int64) {
        self.id = id
        self.result = result
        self.answer = answer
        self.at = at
    }
}

/// How far the events and the refused deliveries were read.
package struct AlertMark: Sendable, Equatable {
    package var event: Int64
    package var rejection: Int64

    package init(event: Int64, rejection: Int64) {
        self.event = event
        self.rejection = rejection
    }

    static let key = "alert_mark"

    init?(_ text: String) {
        let parts = text.split(separator: " ").compactMap { Int64($0) }
        guard parts.count == 2 else { return nil }
        self.init(event: parts[0], rejection: parts[1])
    }

    var text: String { "\(event) \(rejection)" }
}

/// What rules made of events or of a time that came: all of it or none, and only if nobody read these events before.
package struct AlertTurn: Sendable {
    package struct Change: Sendable {
        /// Of a row that waits, and goes on waiting.
        package var id: Int64
        package var dueAt: Int64
        /// Nil leaves the data as they are.
        package var data: String?

        package init(id: Int64, dueAt: Int64, data: String? = nil) {
            self.id = id
            self.dueAt = dueAt
            self.data = data
        }
    }

    package struct State: Sendable, Equatable {
        package var rule: String
        package var key: String
        /// Nil forgets it.
        package var json: String?

        package init(rule: String, key: String, json: String?) {
            self.rule = rule
            self.key = key
            self.json = json
        }
    }

    /// What the reader took as read; nil when it was the first to read. Another one by now is a conflict.
    package var from: AlertMark?
    package var through: AlertMark
    package var new: [NewNotification] = []
    package var changes: [Change] = []
    package var states: [State] = []
    /// Rows that waited for their time, and have become others or do not hold any more.
    package var removed: [Int64] = []
    package var at: Int64

    package init(from: AlertMark?, through: AlertMark, at: Int64) {
        self.from = from
        self.through = through
        self.at = at
    }
}

/// A rule of the API, or (without settings) only whether one of the file is enabled.
package struct PutAlertRule: Sendable {
    package var name: String
    package var settings: String?
    package var isEnabled: Bool?
    package var mustBeNew: Bool
    package var at: Int64

    package init(name: String, settings: String?, isEnabled: Bool?, mustBeNew: Bool, at: Int64) {
        self.name = name
        self.settings = settings
        self.isEnabled = isEnabled
        self.mustBeNew = mustBeNew
        self.at = at
    }
}

/// Nothing is told by rules and about endpoints that match (globs; nil matches all) until a time.
package struct NewSilence: Sendable {
    package var rule: String?
    package var endpoint: String?
    package var reason: String
    package var author: String
    package var until: Int64
    package var at: Int64

    package init(rule: String?, endpoint: String?, reason: String, author: String, until: Int64, at: Int64) {
        self.rule = rule
        self.endpoint = endpoint
        self.reason = reason
        self.author = author
        self.until = until
        self.at = at
    }
}
