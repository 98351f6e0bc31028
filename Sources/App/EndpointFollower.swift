internal import Alerts
internal import Model
internal import Runs
internal import Store
internal import Synchronization
internal import Triggers

/// When endpoints have changed, what depends on them follows: one change after the other, so that the last one read is the one in force.
final class EndpointFollower: Sendable {
    private let directory: EndpointDirectory
    private let scheduler: Scheduler
    private let dispatcher: Dispatcher
    private let store: Store
    private let book: AlertBook
    private let log: @Sendable (String) -> Void
    private let following = Mutex(())
    /// What the folder of schedules says.
    private let files = Mutex<(schedules: [FileSchedule], crontabs: [CrontabFile])>(([], []))

    init(
        directory: EndpointDirectory, scheduler: Scheduler, dispatcher: Dispatcher, store: Store, book: AlertBook,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.scheduler = scheduler
        self.dispatcher = dispatcher
        self.store = store
        self.book = book
        self.log = log
    }

    /// Takes the folder of schedules as it is now; `follow` brings it into force.
    func setFiles(_ schedules: [FileSchedule], _ crontabs: [CrontabFile]) { files.withLock { $0 = (schedules, crontabs) } }

    func follow(anew: Bool = false) {
        following.withLock { _ in
            do {
                try directory.reload(anew: anew)
                try loadSchedules()
                let limits = self.limits
                dispatcher.setLimits(limits.concurrent, retry: limits.retry)
            } catch {
                log("changed endpoints cannot be read: \(error)")
            }
        }
    }

    func loadSchedules() throws {
        let (schedules, crontabs) = files.withLock { $0 }
        let snapshot = directory.current
        book.setEndpoints(alertEndpoints(snapshot))
        var sources: [any ScheduleSource] = [EndpointSchedules(Array(snapshot.byName.values), further: schedules, report: log)]
        for crontab in crontabs {
            guard let endpoint = snapshot.crontabs[crontab.settings.name] else { continue }
            sources.append(CrontabSchedules(crontab, endpoint: endpoint, directory: directory.directory))
        }
        try scheduler.load(sources)
    }

    /// How many runs each endpoint may have at once, and whose interrupted runs may run again.
    var limits: (concurrent: [Int64: Int], retry: Set<Int64>) {
        let snapshot = directory.current
        var all = snapshot.byName.values.map { ($0.id, $0.settings) }
        for crontab in files.withLock({ $0.crontabs }) {
            if let endpoint = snapshot.crontabs[crontab.settings.name] { all.append((endpoint.id, crontab.settings)) }
        }
        return (
            Dictionary(uniqueKeysWithValues: all.map { ($0.0, $0.1.maxConcurrent) }), Set(all.filter(\.1.retryInterrupted).map(\.0))
        )
    }

    /// Names of all endpoints by their numbers, crontabs too, with what alert rules want to know of them. One that cannot serve as it is
    /// counts as sensitive.
    private func alertEndpoints(_ snapshot: EndpointDirectory.Snapshot) -> [AlertEndpoint] {
        let files = files.withLock { $0 }
        let crontabs = Dictionary(files.crontabs.map { ($0.settings.name, $0) }) { first, _ in first }
        let further = Dictionary(grouping: files.schedules, by: \.endpoint).mapValues { $0.map(\.schedule) }
        return snapshot.rows.values.map { row in
            let endpoint = snapshot.byName[row.name]?.settings
            let settings = endpoint ?? crontabs[row.name]?.settings
            let traits = endpoint.map { EndpointTraits($0, further: further[row.name] ?? []) } ?? crontabs[row.name].map { EndpointTraits($0) }
            return AlertEndpoint(
                id: row.id, name: row.name, isSensitive: settings?.isSensitive ?? true, notifyURL: settings?.notifyURL,
                notifyOn: settings?.notifyOn ?? .always, traits: traits)
        }
    }
}

/// The follower for those who are made before it; empty once the server stops.
final class FollowerReference: Sendable {
    let value = Mutex<EndpointFollower?>(nil)
}
