internal import API
internal import Alerts
internal import Crypto
internal import Decisions
internal import Gates
internal import Glibc
internal import HTTP
package import Model
package import Posix
internal import Queue
internal import Runs
internal import Store
internal import Synchronization
internal import Triggers

/// The server as a value: started with a configuration, stopped in reverse order. The program makes one; a test may make many.
package final class Application: Sendable {
    /// What the operator is told after the start.
    package struct Address: Sendable {
        /// The first address that it listens on, which with port 0 only the kernel knew.
        package let listenURL: String
        /// The others.
        package let furtherListeners: [String]
        /// Where people reach it: the public URL if one is configured.
        package let baseURL: String
        /// Works once, for 15 minutes. Nil when it could not be stored: with a full disk there is no link, but a server.
        package let loginURL: String?
        /// Set when the admin token was made up at this start: shown once.
        package let generatedToken: String?
    }

    private static let grace: Int64 = 10_000_000

    private let data: DataDirectory
    private let store: Store
    private let directory: EndpointDirectory
    private let scheduler: Scheduler
    private let expiry: ExpiryWatch
    private let retainer: Retainer
    private let supervisor: ChildSupervisor
    private let dispatcher: Dispatcher
    private let alerts: AlertEngine
    private let book: AlertBook
    private let outbox: OutboxSender
    private let follower: EndpointFollower
    private let following: FollowerReference
    private let services: Services
    private let front: Front
    private let server: HTTPServer
    private let clock: SystemClock
    private let log: @Sendable (String) -> Void
    package let address: Address

    /// Opens the data directory, takes up what the last life left, and listens.
    /// - Throws: `StartError` with a text for the operator.
    package init(_ configuration: ServerConfiguration, clock: SystemClock = .real, log write: @escaping @Sendable (String) -> Void) throws {
        let limit = LogLimit(clock: clock, write: write)
        let log: @Sendable (String) -> Void = { limit.log($0) }
        self.clock = clock
        self.log = log
        data = try DataDirectory(configuration.dataDirectory)
        let keyring = try data.keyring()
        try data.createDatabase()
        store = try Store(path: data.database, progress: log, frame: { batchingReplies($0) })
        let (adminHash, generated) = try AdminToken(store: store).resolve(configuration.adminToken)

        directory = EndpointDirectory(store: store, directory: configuration.directory, secret: configuration.secret)
        try EndpointSync(store: store, log: log)
            .run(configuration.endpoints, crontabs: configuration.crontabs.map(\.settings), at: clock.wall())
        try directory.reload()
        for (name, refusal) in directory.current.unusable { log("endpoint '\(name)' cannot serve: \(refusal.detail)") }

        let board = RunBoard()
        supervisor = try ChildSupervisor(clock: clock)
        var settings = Dispatcher.Settings()
        let plan = DescriptorPlan(
            limit: configuration.descriptorLimit, wantedRuns: configuration.maxConcurrentRuns, wantedLoops: configuration.eventLoops)
        settings.globalLimit = plan.runs
        for shortage in plan.shortages { log(shortage) }
        let following = FollowerReference()
        self.following = following
        scheduler = Scheduler(
            store: store, clock: clock, gate: GateRule { gate($0, $1) }, log: log,
            zonesChanged: { following.value.withLock { $0 }?.follow(anew: true) })
        dispatcher = Dispatcher(
            store: store, clock: clock, supervisor: supervisor, board: board,
            environment: CommandEnvironment(environment: configuration.environment, secret: configuration.secret), keyring: keyring,
            settings: settings, changeSince: { ScriptFingerprints.difference($0.scripts) }, isSerial: { [scheduler] in scheduler.isSerial($0) },
            log: log)
        expiry = ExpiryWatch(store: store, clock: clock, log: log)
        retainer = Retainer(store: store, clock: clock, days: configuration.retentionDays, size: configuration.retentionSize)
        book = AlertBook(store: store, secret: configuration.secret, log: log)
        alerts = AlertEngine(store: store, clock: clock, book: book, log: log)
        let callbacks = CallbackComposer(store: store, keyring: keyring, clock: clock) { [directory] name in
            directory.endpoint(name).map { .init(isSensitive: $0.settings.isSensitive, callbackURL: $0.settings.callbackURL) }
        }
        var surroundings = OutboxSender.Surroundings(log: log)
        surroundings.callbackAllow = { [book] in book.current.settings.callbackAllow }
        let health = HealthProbe(store: store, clock: clock)
        surroundings.isHealthy = { health.ask() }
        surroundings.heartbeat = { [book] in
            guard var heartbeat = book.current.settings.heartbeat, let url = book.secretText(heartbeat.url) else { return nil }
            heartbeat.url = url
            return heartbeat
        }
        let follower = EndpointFollower(
            directory: directory, scheduler: scheduler, dispatcher: dispatcher, store: store, book: book, log: log)
        follower.setFiles(configuration.schedules, configuration.crontabs)
        self.follower = follower
        following.value.withLock { $0 = follower }
        services = Services(
            store: store, keyring: keyring, clock: clock, directory: directory, scheduler: scheduler, dispatcher: dispatcher, board: board,
            desk: DecisionDesk(store: store, clock: clock, changeSince: { ScriptFingerprints.difference($0.scripts) }),
            access: try Access(store: store, admin: adminHash), alerts: book, account: configuration.account, publicURL: configuration.publicURL,
            gate: GateRule { gate($0, $1) },
            endpointsChanged: { follower.follow() }, log: log)
        outbox = OutboxSender(
            store: store, composer: ComposerByKind(callbacks: callbacks, others: AlertComposer(writer: services.content, clock: clock)), clock: clock,
            surroundings: surroundings)
        book.onChange { [outbox] in outbox.poke() }

        let metrics = Metrics(store: store, dispatcher: dispatcher, scheduler: scheduler, rateRefusals: services.rateRefusals, outbox: outbox)
        front = try Front(
            services: services, pendingLimit: configuration.pendingLimit, rates: configuration.ratePerAddress.map { AddressRates($0) },
            metrics: { metrics.text() })
        var http = HTTPServerConfiguration()
        http.loops = plan.loops
        http.maxConnections = plan.connections
        http.trustedProxies = TrustedProxies(configuration.trustedProxies, trustsUnixPeers: configuration.trustsUnixPeers)
        http.clock = clock
        http.log = log
        http.errorResponse = { problemResponse(status: $0, bodyLimit: $1) }
        server = HTTPServer(configuration: http, handler: front)
        metrics.watch(server)

        let bound = try Self.listen(server, configuration)
        if configuration.publicURL == nil { services.setBaseURL(bound.first { $0.hasPrefix("http://") } ?? "http://localhost") }
        address = Address(
            listenURL: bound.first ?? "", furtherListeners: Array(bound.dropFirst()), baseURL: services.baseURL, loginURL: Self.login(services, log),
            generatedToken: generated)
        try follower.loadSchedules()
        try book.load(configuration.alerts)
        try alerts.start()
        try scheduler.start()
        try expiry.start()
        try retainer.start()
        try outbox.start()
        // Last, but for the server: a start that fails must leave what waits waiting.
        try supervisor.start()
        let limits = follower.limits
        try dispatcher.start(retry: limits.retry, limits: limits.concurrent)
        if generated != nil { try AdminToken(store: store).keep(adminHash) }
        try server.start()
    }

    private static func login(_ services: Services, _ log: (String) -> Void) -> String? {
        do {
            return try makeLogin(services).url
        } catch {
            log("there is no login link: \(error)")
            return nil
        }
    }

    /// Where it listens, in the words of URLs.
    private static func listen(_ server: HTTPServer, _ configuration: ServerConfiguration) throws -> [String] {
        try configuration.listen.map { target in
            do {
                switch target {
                case .tcp(let host, let port): return "http://\(try server.listen(host: host, port: port))"
                case .unix(let path):
                    try server.listen(unixPath: path)
                    return "unix:\(path)"
                case .inherited(let socket):
                    let address = try server.listen(inherited: socket)
                    return address.isUnix ? "unix:(\(socket.name))" : "http://\(address)"
                }
            } catch {
                let hint = (error as? SystemError)?.errno == EADDRINUSE ? "; choose another address with --listen or listen:" : ""
                throw StartError("cannot listen on \(target): \(error)\(hint)")
            }
        }
    }

    /// Takes the file's endpoints anew, and secrets for all of them, since a file of secrets may have changed alone. Address, account and
    /// directories stay until a restart.
    package func reload(
        _ endpoints: [EndpointSettings], schedules: [FileSchedule], crontabs: [CrontabFile], alerts: AlertSettings
    ) throws {
        try EndpointSync(store: store, log: log).run(endpoints, crontabs: crontabs.map(\.settings), at: clock.wall())
        follower.setFiles(schedules, crontabs)
        follower.follow(anew: true)
        try book.load(alerts)
        for (name, refusal) in directory.current.unusable { log("endpoint '\(name)' cannot serve: \(refusal.detail)") }
    }

    /// Stops taking calls and starting runs, lets what runs end within the grace of 10 seconds, ends what does not, and closes the
    /// database. What is queued stays queued for the next start.
    package func stop() {
        dispatcher.startNothingMore()
        scheduler.stop()
        following.value.withLock { $0 = nil }
        expiry.stop()
        retainer.stop()
        let drained = Mailbox<Bool>()
        let serverThread = try? startThread(name: "sluice-drain") { [server] in
            server.stop(drain: Double(Self.grace) / 1_000_000)
            drained.close()
        }
        dispatcher.stop(graceMicroseconds: Self.grace)
        _ = drained.takeAll(timeoutMicroseconds: Self.grace)
        serverThread?.join()
        front.stop()
        alerts.stop()
        outbox.stop()
        store.close()
    }

    /// A command that sends `body` to an endpoint of a GitHub webhook, signed, for the operator to paste; nil when there is none.
    package func signedSample(bodyFile: String, body: [UInt8], event: String, secret: (String) -> [UInt8]?) -> String? {
        let hooks = directory.current.byName.values.filter { $0.settings.trigger == .webhook && $0.settings.webhookSource == .github }
        guard let hook = hooks.min(by: { $0.id < $1.id }), let reference = hook.settings.signingSecrets.first?.reference,
            let key = secret(reference)
        else { return nil }
        return """
            curl -sS \(services.baseURL)/v1/\(services.account)/\(hook.name) \\
              -H 'Content-Type: application/json' -H 'X-GitHub-Event: \(event)' \\
              -H "X-GitHub-Delivery: $(cat /proc/sys/kernel/random/uuid)" \\
              -H 'X-Hub-Signature-256: sha256=\(HMACKey(key).sign(body).hex)' \\
              --data-binary @\(bodyFile)
            """
    }
}
