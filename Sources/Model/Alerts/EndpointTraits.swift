/// What an endpoint can bring about that rules wait for.
package struct EndpointTraits: Sendable, Equatable {
    package var name: String
    /// For how long its approvals wait; nil where it never asks.
    package var approvalMinutes: Int?
    package var isScheduled: Bool
    package var takesWebhooks: Bool
    package var timeoutSeconds: Int

    /// Of an endpoint of which nothing more is known: it may do anything.
    package init(name: String) {
        self.name = name
        approvalMinutes = .max / 60
        isScheduled = true
        takesWebhooks = true
        timeoutSeconds = .max / 2
    }

    /// - Parameter further: schedules that files give to it.
    package init(_ settings: EndpointSettings, further: [ScheduleSettings] = []) {
        let schedules = settings.schedules + further
        self.init(settings, isScheduled: !schedules.isEmpty, policies: schedules.map(\.policy))
    }

    package init(_ crontab: CrontabFile) {
        self.init(crontab.settings, isScheduled: !crontab.ids.isEmpty, policies: [crontab.settings.ownSchedule.policy])
    }

    private init(_ settings: EndpointSettings, isScheduled: Bool, policies: [SchedulePolicy]) {
        name = settings.name
        let asks = settings.approvalRequired || isScheduled && policies.contains(where: \.mayAsk)
        approvalMinutes = asks ? settings.approvalTimeoutMinutes : nil
        self.isScheduled = isScheduled
        takesWebhooks = settings.trigger == .webhook
        timeoutSeconds = settings.timeoutSeconds
    }
}

extension SchedulePolicy {
    /// Also on an endpoint without a gate.
    fileprivate var mayAsk: Bool { catchUp == .ask || !blackouts.isEmpty && blackoutAction == .ask }
}
