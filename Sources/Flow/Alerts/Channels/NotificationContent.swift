package import Model

/// What a message tells, before any channel gives it a form. All texts are as they came, from whoever: each channel escapes and cuts them
/// for itself. Times are microseconds since 1970 UTC.
package struct NotificationContent: Sendable, Equatable {
    package enum Severity: String, Sendable { case ok, info, warning, critical }

    /// The same on every try; receivers tell repeats by it.
    package var messageID: String
    /// Nil for an endpoint's `notify_url`.
    package var rule: String?
    package var condition: AlertCondition
    package var severity = Severity.info
    /// The first line: what has happened, in a sentence without its end ("deploy waits for approval").
    package var title: String
    /// Somebody tries the rule: every channel marks it as a test, and no button decides anything.
    package var isTest = false
    package var endpoint: String?
    /// When it happened, and when this is written.
    package var at: Int64
    package var now: Int64
    package var approval: ApprovalPart?
    package var run: RunPart?
    package var missed: MissedPart?
    package var rejected: RejectedPart?
    package var digest: DigestPart?
    /// 1 for the first reminder, 2 for the next.
    package var reminder = 0
    /// From 1, for a step of an escalation.
    package var escalation = 0
    /// The page about it on the dashboard.
    package var pageURL: String?

    package init(messageID: String, rule: String?, condition: AlertCondition, title: String, at: Int64, now: Int64) {
        self.messageID = messageID
        self.rule = rule
        self.condition = condition
        self.title = title
        self.at = at
        self.now = now
    }

    package struct ApprovalPart: Sendable, Equatable {
        /// Its UUID.
        package var id: String
        package var status: ApprovalStatus
        package var requestedBy: String
        package var source: CallSource
        package var event: String?
        /// The exact command line, quoted so that a shell would read it the same.
        package var command: String
        package var arguments: [NamedValue] = []
        /// The beginning of the body and its length in bytes; nil when it is empty, gone or sensitive.
        package var bodyStart: String?
        package var bodySize = 0
        package var digest: String
        package var expiresAt: Int64
        /// The single-use page where a person decides. Nil when it is decided, and in tests.
        package var approveURL: String?
        package var decidedBy: String?
        package var decidedVia: String?
        package var reason: String?

        package init(
            id: String, status: ApprovalStatus, requestedBy: String, source: CallSource, command: String, digest: String, expiresAt: Int64
        ) {
            self.id = id
            self.status = status
            self.requestedBy = requestedBy
            self.source = source
            self.command = command
            self.digest = digest
            self.expiresAt = expiresAt
        }
    }

    package struct RunPart: Sendable, Equatable {
        /// Its UUID.
        package var id: String
        package var status: RunStatus
        package var exitCode: Int?
        package var durationMilliseconds: Int?
        package var error: String?
        /// The output's end (at most 64 KiB) as text; nil when there is none or the endpoint is sensitive.
        package var output: String?
        package var source: CallSource
        package var requestedBy: String
        package var command: String
        /// Of `consecutive_failures` and `recovered`: failed runs in a row.
        package var failures: Int?
        /// Of `run_slow`: it still runs, since then.
        package var startedAt: Int64?

        package init(id: String, status: RunStatus, source: CallSource, requestedBy: String, command: String) {
            self.id = id
            self.status = status
            self.source = source
            self.requestedBy = requestedBy
            self.command = command
        }
    }

    package struct MissedPart: Sendable, Equatable {
        /// Empty for an endpoint's only schedule.
        package var schedule: String
        package var count: Int
        package var first: Int64?
        package var last: Int64?
        package var reason: String

        package init(schedule: String, count: Int, first: Int64?, last: Int64?, reason: String) {
            self.schedule = schedule
            self.count = count
            self.first = first
            self.last = last
            self.reason = reason
        }
    }

    package struct RejectedPart: Sendable, Equatable {
        package var count: Int
        package var windowSeconds: Int
        package var lastStatus: Int
        package var lastReason: String

        package init(count: Int, windowSeconds: Int, lastStatus: Int, lastReason: String) {
            self.count = count
            self.windowSeconds = windowSeconds
            self.lastStatus = lastStatus
            self.lastReason = lastReason
        }
    }

    /// Several events in one message.
    package struct DigestPart: Sendable, Equatable {
        package var count: Int
        /// The endpoints with most of them first, at most 10.
        package var endpoints: [Line]
        /// Endpoints beyond these.
        package var furtherEndpoints: Int
        package var first: Int64
        package var last: Int64
        /// The filtered list on the dashboard.
        package var listURL: String?

        package struct Line: Sendable, Equatable {
            package var endpoint: String
            package var count: Int

            package init(endpoint: String, count: Int) {
                self.endpoint = endpoint
                self.count = count
            }
        }

        package init(count: Int, endpoints: [Line], furtherEndpoints: Int, first: Int64, last: Int64, listURL: String?) {
            self.count = count
            self.endpoints = endpoints
            self.furtherEndpoints = furtherEndpoints
            self.first = first
            self.last = last
            self.listURL = listURL
        }
    }
}
