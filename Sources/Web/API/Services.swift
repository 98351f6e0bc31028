package import Alerts
package import Decisions
package import Model
package import Posix
package import Runs
package import Store
internal import Synchronization
package import Triggers

/// What the web side works with.
package struct Services: Sendable {
    package let store: Store
    package let keyring: Keyring
    package let clock: SystemClock
    package let directory: EndpointDirectory
    package let scheduler: Scheduler
    package let dispatcher: Dispatcher
    package let board: RunBoard
    package let desk: DecisionDesk
    package let access: Access
    /// Rules and channels.
    package let alerts: AlertBook
    /// Says what messages tell.
    package let content: ContentWriter
    /// The first path segment behind `/v1/`.
    package let account: String
    package let gate: GateRule
    /// To be called after endpoints have changed: directory, schedules and limits follow.
    package let endpointsChanged: @Sendable () -> Void
    package let log: @Sendable (String) -> Void
    package let rateRefusals = RateRefusals()
    private let base = BaseURL()

    package init(
        store: Store, keyring: Keyring, clock: SystemClock, directory: EndpointDirectory, scheduler: Scheduler, dispatcher: Dispatcher,
        board: RunBoard, desk: DecisionDesk, access: Access, alerts: AlertBook,
        account: String, publicURL: String?,
        gate: GateRule, endpointsChanged: @escaping @Sendable () -> Void,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.directory = directory
        self.scheduler = scheduler
        self.dispatcher = dispatcher
        self.board = board
        self.desk = desk
        self.access = access
        self.alerts = alerts
        content = ContentWriter(store: store, keyring: keyring, book: alerts, baseURL: { [base] in base.text.withLock { $0 } })
        self.account = account
        self.gate = gate
        self.endpointsChanged = endpointsChanged
        self.log = log
        if let publicURL { setBaseURL(publicURL) }
    }

    /// `http://host:port` or the configured public address, without a slash at the end.
    package var baseURL: String { base.text.withLock { $0 } }

    package func setBaseURL(_ url: String) {
        base.text.withLock { $0 = url.hasSuffix("/") ? String(url.dropLast()) : url }
    }

    package func approveURL(_ approval: Int64) -> String { "\(baseURL)/approve/\(keyring.linkToken(approval: approval))" }

    /// Known only once the socket is bound.
    private final class BaseURL: Sendable {
        let text = Mutex("")
    }
}
