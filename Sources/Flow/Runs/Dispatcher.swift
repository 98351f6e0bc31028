internal import Crypto
package import Model
package import Posix
package import Store
internal import Synchronization

/// Starts the runs that are queued, as many at once as each endpoint and the whole may, and writes down how they end.
///
/// One thread takes messages in order. A run is claimed in the database before its command starts, so that a crash leaves it `running`
/// there and the next life calls it interrupted instead of running it again.
package final class Dispatcher: Sendable {
    private enum Message: Sendable {
        case queued([CommitNotice.QueuedRun])
        case limits([Int64: Int])
        case claimed(Int64, endpoint: Int64, Outcome)
        case finished(Int64, endpoint: Int64, RunResult)
        case recorded(Int64, endpoint: Int64, RunResult, Outcome)
        case cancel(Int64)
    }

    package struct Settings: Sendable {
        /// Runs at once over all endpoints.
        package var globalLimit = 16
        /// From TERM to KILL when a run's time is over.
        package var graceMicroseconds: Int64 = 5_000_000
        package var outputLimit = 1 << 20

        package init() {}
    }

    private let store: Store
    private let clock: SystemClock
    private let supervisor: ChildSupervisor
    private let board: RunBoard
    private let environment: CommandEnvironment
    private let keyring: Keyring
    private let changeSince: @Sendable (CallSpec) -> String?
    private let log: @Sendable (String) -> Void
    private let settings: Settings
    private let inbox = Mailbox<Message>()
    private let thread = Mutex<ThreadHandle?>(nil)
    private let handles = Mutex<[Int64: ChildHandle]>([:])
    private let isStopping = Atomic<Bool>(false)
    /// Rung for each run that ends while the program stops.
    private let idle = Mailbox<Bool>()
    /// Messages to be looked at again after a pause, because the store could not take something.
    private let held = Mutex<[Message]>([])

    package init(
        store: Store, clock: SystemClock, supervisor: ChildSupervisor, board: RunBoard, environment: CommandEnvironment,
        keyring: Keyring, settings: Settings, changeSince: @escaping @Sendable (CallSpec) -> String?,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.supervisor = supervisor
        self.board = board
        self.environment = environment
        self.keyring = keyring
        self.settings = settings
        self.changeSince = changeSince
        self.log = log
    }

    /// Ends what a former life left running, takes up what it left queued, and begins.
    /// - Parameter retry: endpoints whose interrupted runs may be run again.
    package func start(retry: Set<Int64>, limits: [Int64: Int]) throws {
        try endLeftovers()
        if case .interrupted(let ids) = store.commit(.interruptRunning(at: clock.wall(), retry: retry)), !ids.isEmpty {
            log("\(ids.count) run\(ids.count == 1 ? " was" : "s were") running when Sluice stopped last time")
        }
        inbox.append(.limits(limits))
        store.onCommit { [self] notice in
            if !notice.queuedRuns.isEmpty { inbox.append(.queued(notice.queuedRuns)) }
            for run in notice.finishedRuns { board.ended(run) }
        }
        inbox.append(.queued(try store.queuedRuns()))
        let handle = try startThread(name: "sluice-runs") { [self] in serve() }
        thread.withLock { $0 = handle }
    }

    /// What a former life started has its run's id in its environment from its first moment on, whatever that life still could record.
    private func endLeftovers() throws {
        let marks = try store.runningRuns().map { CommandEnvironment.mark(runID: keyring.uuid(.run, $0)) }
        let count = killProcesses(withEnvironment: Set(marks))
        if count > 0 { log("killed \(count) process\(count == 1 ? "" : "es") that Sluice left behind when it stopped last time") }
    }

    /// How many runs each endpoint may have at once.
    package func setLimits(_ limits: [Int64: Int]) { inbox.append(.limits(limits)) }

    /// Ends a running command; a queued run is cancelled in the store instead.
    package func cancel(_ run: Int64) { inbox.append(.cancel(run)) }

    /// Starts nothing more, lets running commands end within the grace, then ends them. Their results are recorded.
    package func stop(graceMicroseconds: Int64) {
        isStopping.store(true, ordering: .releasing)
        // Commands that end by themselves in time are let be; the others get TERM, and KILL a moment later.
        let patience = graceMicroseconds * 4 / 5
        let deadline = clock.monotonic() + patience
        while supervisor.runningCount > 0, clock.monotonic() < deadline {
            _ = idle.takeAll(timeoutMicroseconds: deadline - clock.monotonic())
        }
        supervisor.stop(graceMicros: graceMicroseconds - patience)
        inbox.close()
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }

    package var runningCount: Int { supervisor.runningCount }

    // MARK: The thread

    private func serve() {
        var queue = RunQueue(limit: settings.globalLimit)
        var known: Set<Int64> = []
        while let messages = held.withLock({ $0.isEmpty }) ? inbox.takeAll() : inbox.takeAll(timeoutMicroseconds: 1_000_000) {
            let again = held.withLock { held in
                defer { held = [] }
                return held
            }
            for message in again + messages { handle(message, &queue, &known) }
            guard !isStopping.load(ordering: .acquiring) else { continue }
            while let (run, endpoint) = queue.next() {
                store.submit(.claim(run: run, at: clock.wall())) { [self] outcome in
                    inbox.append(.claimed(run, endpoint: endpoint, outcome))
                }
            }
        }
    }

    private func handle(_ message: Message, _ queue: inout RunQueue, _ known: inout Set<Int64>) {
        switch message {
        case .queued(let runs):
            // A run that was queued between the listener's registration and the first look is told twice.
            for run in runs where known.insert(run.id).inserted { queue.add(run.id, endpoint: run.endpoint) }
        case .limits(let limits):
            for (endpoint, limit) in limits { queue.setLimit(limit, endpoint: endpoint) }
        case .claimed(let run, let endpoint, let outcome):
            known.remove(run)
            switch outcome {
            case .done: begin(run, endpoint)
            case .unavailable(let reason):
                log("run \(keyring.uuid(.run, run)) cannot be claimed now, trying again: \(reason)")
                queue.finished(endpoint: endpoint)
                hold(.queued([.init(id: run, endpoint: endpoint)]))
            default: queue.finished(endpoint: endpoint)  // cancelled meanwhile
            }
        case .finished(let run, let endpoint, let result): record(run, endpoint, result)
        case .recorded(let run, let endpoint, let result, let outcome):
            if case .unavailable(let reason) = outcome {
                log("the end of run \(keyring.uuid(.run, run)) cannot be recorded now, trying again: \(reason)")
                hold(.finished(run, endpoint: endpoint, result))
            } else {
                queue.finished(endpoint: endpoint)
            }
        case .cancel(let run):
            if let handle = handles.withLock({ $0[run] }) { supervisor.cancel(handle) }
        }
    }

    private func hold(_ message: Message) { held.withLock { $0.append(message) } }

    // MARK: One run

    private func begin(_ run: Int64, _ endpoint: Int64) {
        let call: FrozenCall
        do {
            guard let found = try store.frozenCall(run) else { throw StoreError("its call is gone") }
            call = found
        } catch {
            record(run, endpoint, failure("the call cannot be read: \(error)"))
            return
        }
        if let reason = staleness(of: call) {
            store.submit(.refuseStale(run: run, reason: reason, at: clock.wall())) { [self] outcome in
                inbox.append(.recorded(run, endpoint: endpoint, failure(reason), outcome))
            }
            return
        }
        switch environment.lines(for: call, runID: keyring.uuid(.run, run)) {
        case .failure(let missing): record(run, endpoint, failure("the environment needs \(missing.reference), which is not set"))
        case .success(let lines): spawn(call, endpoint, lines)
        }
    }

    private func staleness(of call: FrozenCall) -> String? {
        let digest = callDigest(spec: call.specHash, stdin: sha256(call.stdin), origin: call.origin)
        if digest.hex != call.digest { return "the stored call no longer matches its digest" }
        return call.wasGated ? changeSince(call.spec) : nil
    }

    private func spawn(_ call: FrozenCall, _ endpoint: Int64, _ environment: [String]) {
        let run = call.id
        let path = environment.first { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) }
        let spec = ChildSpec(
            argv: call.spec.argv, environment: environment, workingDirectory: call.spec.workingDirectory, stdin: call.stdin,
            timeoutMicros: Int64(call.spec.timeoutSeconds) * 1_000_000, graceMicros: settings.graceMicroseconds,
            outputLimit: settings.outputLimit, searchPath: path)
        let handle = supervisor.run(
            spec,
            onOutput: { [self] source, bytes in board.output(run, source, bytes) },
            onExit: { [self] result in
                handles.withLock { _ = $0.removeValue(forKey: run) }
                var ended = RunResult(result, timeout: call.spec.timeoutSeconds)
                if isStopping.load(ordering: .acquiring), result.cancelled {
                    ended.status = .interrupted
                    ended.error = "Sluice was stopped while the command ran"
                }
                inbox.append(.finished(run, endpoint: endpoint, ended))
                idle.append(true)
            })
        handles.withLock { $0[run] = handle }
    }

    private func record(_ run: Int64, _ endpoint: Int64, _ result: RunResult) {
        store.submit(.finish(run: run, result: result, at: clock.wall())) { [self] outcome in
            inbox.append(.recorded(run, endpoint: endpoint, result, outcome))
        }
    }

    private func failure(_ reason: String) -> RunResult {
        RunResult(status: .failed, exitCode: 126, durationMicroseconds: 0, output: [], error: reason)
    }
}

extension RunResult {
    init(_ child: ChildResult, timeout: Int) {
        let status: RunStatus =
            child.cancelled ? .cancelled : child.timedOut ? .timedOut : child.exitCode == 0 && child.spawnError == nil ? .succeeded : .failed
        var error = child.spawnError
        if child.timedOut { error = "the command ran longer than its timeout of \(timeout) s and was ended" }
        if child.cancelled { error = "cancelled while it ran" }
        self.init(
            status: status, exitCode: Int(child.exitCode), durationMicroseconds: child.durationMicros, output: child.output,
            cutBytes: child.cutBytes, error: error)
    }
}
