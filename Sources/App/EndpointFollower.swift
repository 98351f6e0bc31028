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
    private let log: @Sendable (String) -> Void
    private let following = Mutex(())

    init(
        directory: EndpointDirectory, scheduler: Scheduler, dispatcher: Dispatcher, store: Store, log: @escaping @Sendable (String) -> Void
    ) {
        self.directory = directory
        self.scheduler = scheduler
        self.dispatcher = dispatcher
        self.store = store
        self.log = log
    }

    func follow() {
        following.withLock { _ in
            do {
                try directory.reload()
                let endpoints = Array(directory.current.byName.values)
                scheduler.load(endpoints, rows: try store.schedules())
                dispatcher.setLimits(
                    Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id, $0.settings.maxConcurrent) }),
                    retry: Set(endpoints.filter(\.settings.retryInterrupted).map(\.id)))
            } catch {
                log("changed endpoints cannot be read: \(error)")
            }
        }
    }
}
