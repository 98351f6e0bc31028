/// What starts a call of an endpoint over HTTP: a caller with an API key, or a webhook sender.
package enum TriggerKind: String, Sendable, CaseIterable { case http, webhook }

/// Which finished runs are told to `notify_url`.
package enum NotifyCondition: String, Sendable, CaseIterable { case always, success, failure }

/// What becomes of a run's output before it is answered.
package enum Transformer: String, Sendable, CaseIterable { case text, json, lines }

/// A named value that callers may send.
package struct Argument: Sendable, Equatable {
    package var name: String
    package var isRequired = false
    package var defaultValue: String?
    package var description: String?
    /// Where webhooks find its value in their payload: `pull_request.head.ref`.
    package var payloadPath: String?

    package init(
        name: String, isRequired: Bool = false, defaultValue: String? = nil, description: String? = nil, payloadPath: String? = nil
    ) {
        self.name = name
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.description = description
        self.payloadPath = payloadPath
    }
}

/// Every documented setting of an endpoint, with its documented default.
package struct EndpointSettings: Sendable, Equatable {
    package var name = ""
    package var command = ""
    package var method = "POST"
    package var description: String?
    package var arguments: [Argument] = []
    package var timeoutSeconds = 60
    package var workingDirectory: String?
    package var isPublic = false
    package var trigger = TriggerKind.http
    package var isAsync = true
    /// How long a sender that gets the output waits for it; nil for what fits its source.
    package var waitSeconds: Int?
    package var secret: String?
    package var webhookSource = WebhookSource.generic
    package var webhookEvents: [String] = []
    package var allowUnsigned = false
    package var webhook = WebhookSettings()
    /// The addresses that may call over HTTP; all, when empty.
    package var allowFrom: [String] = []
    /// What the endpoint's own `schedule` or `every` and the fields beside it say.
    package var ownSchedule = ScheduleSettings()
    /// Those listed under `schedules`.
    package var furtherSchedules: [ScheduleSettings] = []
    package var transformer: Transformer?
    /// Whether calls ask; with a condition, those for which it holds. Who does not know of conditions gates them all.
    package var approvalRequired = false
    package var approvalCondition: String?
    /// `when`: which requests are taken.
    package var condition: String?
    package var approvalTimeoutMinutes = 30
    package var maxPending: Int?
    package var callbackURL: String?
    package var isPrivileged = false
    package var isSensitive = false
    package var notifyURL: String?
    package var notifyOn = NotifyCondition.always
    package var artifacts: [String] = []
    package var artifactsLocal = false
    package var agentName = "default"
    package var environment: [String: String] = [:]
    package var maxConcurrent = 1
    package var retryInterrupted = false
    package var maxBody: Int?
    /// `60/min burst 10`, checked to be a `RateLimit`.
    package var rateLimit: String?

    package init() {}

    /// All of the endpoint's schedules, its own first.
    package var schedules: [ScheduleSettings] { (ownSchedule.isScheduled ? [ownSchedule] : []) + furtherSchedules }

    /// How long a webhook's sender waits for an output before it is told where to look: as long as the source is known to wait, minus a
    /// second for the way.
    package var answerSeconds: Int { waitSeconds ?? answerSecondsOfSource(webhookSource.rawValue) }

    /// The largest body taken, in bytes: GitHub sends up to 25 MiB, a caller's arguments stay within 1 MiB, and so do Twilio's forms, which
    /// have to be taken apart before it is known who sent them.
    package var bodyLimit: Int { maxBody ?? (trigger == .webhook && webhookSource != .twilio ? 25 << 20 : 1 << 20) }
}

/// Where an endpoint came from.
package enum EndpointOrigin: String, Sendable { case file, api }

/// What an endpoint stands for.
package enum EndpointKind: String, Sendable {
    /// One command, which can be called.
    case command
    /// The jobs of a crontab file, which only its schedules start.
    case crontab
}

/// An endpoint as it stands: its settings at one revision. A revision number grows with every change and is part of what is approved.
package struct Endpoint: Sendable {
    package let id: Int64
    package let revision: Int64
    package let origin: EndpointOrigin
    package let settings: EndpointSettings
    /// Fields of a file's endpoint that the API changed since, by their names in the file.
    package let overridden: [String]

    package init(id: Int64, revision: Int64, origin: EndpointOrigin, settings: EndpointSettings, overridden: [String] = []) {
        self.id = id
        self.revision = revision
        self.origin = origin
        self.settings = settings
        self.overridden = overridden
    }

    package var name: String { settings.name }
}
