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
        case endpoints(limits: [Int64: Int], retry: Set<Int64>)
        case claimed(Int64, endpoint: Int64, Outcome)
        case finished(Int64, endpoint: Int64, RunResult)
        case recorded(Int64, endpoint: Int64, RunResult, Outcome)
        case unclaim(Int64, began: Bool)
        case unclaimed(Int64, began: Bool, Outcome)
        case cancel(Int64)
        /// A later fire of its schedule ends it.
        case replace(Int64)
    }

    /// What the thread alone knows.
    private struct Line {
        var queue: RunQueue
        var known: Set<Int64> = []
        /// Runs that a later fire has cancelled.
        var replaced: Set<Int64> = []
        /// Runs whose claim is not answered yet, and whether somebody has cancelled them meanwhile: there is no command to end then.
        var claiming: [Int64: Bool] = [:]
        /// Endpoints whose interrupted runs may be run again.
        var retry: Set<Int64> = []
        /// Claims that the store could not take, in their order, and other messages of that kind.
        var heldClaims: [CommitNotice.QueuedRun] = []
        var held: [Message] = []
        /// On the monotonic clock: what is held is tried again then, and nothing new is claimed before.
        var heldUntil: Int64?
    }

    package struct Settings: Sendable {
        /// Runs at once over all endpoints.
        package var globalLimit = 16
        /// From TERM to KILL when a run's time is over.
        package var graceMicroseconds: Int64 = 5_000_000
        package var outputLimit = 1 << 20
        /// Until the store is tried again that could not take something.
        package var retryPauseMicroseconds: Int64 = 1_000_000

        package init() {}
    }

    private let store: Store
    private let clock: SystemClock
    private let supervisor: ChildSupervisor
    private let board: RunBoard
    private let environment: CommandEnvironment
    private let keyring: Keyring
    private let changeSince: @Sendable (CallSpec) -> String?
    private let isSerial: @Sendable (ScheduleReference) -> Bool
    private let log: @Sendable (String) -> Void
    private let settings: Settings
    private let inbox = Mailbox<Message>()
    private let thread = Mutex<ThreadHandle?>(nil)
    private let commands = RunningCommands()
    private let claims = Claims()
    /// Rung for what a stop waits for: a run that ended, a claim that led to a command or was taken back.
    private let idle = Mailbox<Bool>()

    package init(
        store: Store, clock: SystemClock, supervisor: ChildSupervisor, board: RunBoard, environment: CommandEnvironment,
        keyring: Keyring, settings: Settings, changeSince: @escaping @Sendable (CallSpec) -> String?,
        isSerial: @escaping @Sendable (ScheduleReference) -> Bool = { _ in false }, log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.clock = clock
        self.supervisor = supervisor
        self.board = board
        self.environment = environment
        self.keyring = keyring
        self.settings = settings
        self.changeSince = changeSince
        self.isSerial = isSerial
        self.log = log
    }

    /// Ends what a former life left running, takes up what it left queued, and begins.
    /// - Parameter retry: endpoints whose interrupted runs may be run again.
    package func start(retry: Set<Int64>, limits: [Int64: Int]) throws {
        try endLeftovers()
        if case .interrupted(let ids) = store.commit(.interruptRunning(at: clock.wall(), retry: retry)), !ids.isEmpty {
            log("\(ids.count) run\(ids.count == 1 ? " was" : "s were") running when Sluice stopped last time")
        }
        inbox.append(.endpoints(limits: limits, retry: retry))
        store.onCommit { [self] notice in
            if !notice.queuedRuns.isEmpty { inbox.append(.queued(notice.queuedRuns)) }
            for run in notice.cancelRuns { inbox.append(.replace(run)) }
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

    /// How many runs each endpoint may have at once, and which may be run again after an interruption.
    package func setLimits(_ limits: [Int64: Int], retry: Set<Int64>) { inbox.append(.endpoints(limits: limits, retry: retry)) }

    /// Ends a running command; a queued run is cancelled in the store instead.
    package func cancel(_ run: Int64) { inbox.append(.cancel(run)) }

    /// From here on no command is started: what is queued stays queued, and a run whose claim is still being written goes back.
    package func startNothingMore() { claims.stop() }

    /// Starts nothing more, lets running commands end within the grace, then ends them. Their results are recorded; those that may be
    /// run again are queued for the next start.
    package func stop(graceMicroseconds: Int64) {
        startNothingMore()
        // Commands that end by themselves in time are let be; the others get TERM, and KILL a moment later.
        let patience = graceMicroseconds * 4 / 5
        let deadline = clock.monotonic() + patience
        // Claims first: one that has led to a command counts as a command from then on.
        while claims.outstanding > 0 || supervisor.runningCount > 0, clock.monotonic() < deadline {
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
    /// Commands that are remembered so that they can be cancelled.
    package var cancellableCount: Int { commands.count }

    // MARK: The thread

    private func serve() {
        var line = Line(queue: RunQueue(limit: settings.globalLimit))
        while let messages = take(line.heldUntil) {
            for message in messages { handle(message, &line) }
            release(&line)
            claimNext(&line)
        }
    }

    private func take(_ heldUntil: Int64?) -> [Message]? {
        guard let heldUntil else { return inbox.takeAll() }
        return inbox.takeAll(timeoutMicroseconds: max(0, heldUntil - clock.monotonic()))
    }

    private func claimNext(_ line: inout Line) {
        guard line.heldUntil == nil, !claims.isStopping else { return }
        while let (run, endpoint) = line.queue.next() {
            // Stopping: it stays queued in the store, which is where the next life finds it.
            guard claims.begin() else { return }
            line.claiming[run] = false
            store.submit(.claim(run: run, at: clock.wall())) { [self] outcome in
                inbox.append(.claimed(run, endpoint: endpoint, outcome))
            }
        }
    }

    private func handle(_ message: Message, _ line: inout Line) {
        switch message {
        case .queued(let runs):
            // A run that was queued between the listener's registration and the first look is told twice.
            for run in runs where line.known.insert(run.id).inserted {
                let lane = run.schedule.flatMap { isSerial($0) ? $0 : nil }
                line.queue.add(run.id, endpoint: run.endpoint, lane: lane)
            }
        case .endpoints(let limits, let retry):
            for (endpoint, limit) in limits { line.queue.setLimit(limit, endpoint: endpoint) }
            line.retry = retry
        case .claimed(let run, let endpoint, let outcome):
            claimed(run, endpoint, outcome, &line)
            claims.end()
            idle.append(true)
        case .finished(let run, let endpoint, let result):
            if result.status == .interrupted, line.retry.contains(endpoint) {
                unclaim(run, began: true)
            } else {
                var ended = result
                if ended.status == .cancelled, line.replaced.contains(run) { ended.error = "cancelled by a later fire of its schedule" }
                record(run, endpoint, ended)
            }
        case .recorded(let run, let endpoint, let result, let outcome):
            if case .unavailable(let reason) = outcome {
                log("the end of run \(keyring.uuid(.run, run)) cannot be recorded now, trying again: \(reason)")
                hold(.finished(run, endpoint: endpoint, result), &line)
            } else {
                line.replaced.remove(run)
                line.queue.finished(run, endpoint: endpoint)
            }
        case .unclaim(let run, let began): submitUnclaim(run, began)
        case .unclaimed(let run, let began, let outcome):
            if case .unavailable(let reason) = outcome {
                log("run \(keyring.uuid(.run, run)) cannot be put back into the queue now, trying again: \(reason)")
                hold(.unclaim(run, began: began), &line)
            } else {
                claims.end()
                idle.append(true)
            }
        case .cancel(let run):
            _ = end(run, &line)
        case .replace(let run):
            if end(run, &line) { line.replaced.insert(run) }
        }
    }

    /// Ends a run's command, or sees to it that the command is not started. False: there is nothing to end.
    private func end(_ run: Int64, _ line: inout Line) -> Bool {
        if line.claiming[run] != nil {
            line.claiming[run] = true
            return true
        }
        guard let handle = commands.cancel(run) else { return false }
        supervisor.cancel(handle)
        return true
    }

    private func claimed(_ run: Int64, _ endpoint: Int64, _ outcome: Outcome, _ line: inout Line) {
        let isCancelled = line.claiming.removeValue(forKey: run) ?? false
        if case .unavailable(let reason) = outcome {
            // It is queued still, and a queued run is cancelled in the store.
            line.replaced.remove(run)
            log("run \(keyring.uuid(.run, run)) cannot be claimed now, trying again: \(reason)")
            line.queue.finished(run, endpoint: endpoint, isDone: false)
            line.heldClaims.append(.init(id: run, endpoint: endpoint))
            wait(&line)
            return
        }
        line.known.remove(run)
        if case .done = outcome {
            if isCancelled { recordCancelled(run, endpoint, line) } else { begin(run, endpoint) }
        } else {
            line.replaced.remove(run)
            line.queue.finished(run, endpoint: endpoint)  // cancelled meanwhile
        }
    }

    // MARK: A store that cannot take something

    private func wait(_ line: inout Line) {
        if line.heldUntil == nil { line.heldUntil = clock.monotonic() + settings.retryPauseMicroseconds }
    }

    private func hold(_ message: Message, _ line: inout Line) {
        line.held.append(message)
        wait(&line)
    }

    /// Once the pause is over: claims go back to the front of their lines, in their order.
    private func release(_ line: inout Line) {
        guard let until = line.heldUntil, clock.monotonic() >= until else { return }
        line.heldUntil = nil
        for run in line.heldClaims.reversed() { line.queue.addFirst(run.id, endpoint: run.endpoint) }
        line.heldClaims = []
        let messages = line.held
        line.held = []
        for message in messages { handle(message, &line) }
    }

    /// Puts a claimed run back into the store's queue, for the next start. A stop waits for it.
    private func unclaim(_ run: Int64, began: Bool) {
        claims.add()
        submitUnclaim(run, began)
    }

    private func submitUnclaim(_ run: Int64, _ began: Bool) {
        store.submit(.unclaim(run: run, began: began, at: clock.wall())) { [self] outcome in
            inbox.append(.unclaimed(run, began: began, outcome))
        }
    }

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
        guard !claims.isStopping else {
            unclaim(run, began: false)
            return
        }
        commands.begin(run)
        let path = environment.first { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) }
        let spec = ChildSpec(
            argv: call.spec.argv, environment: environment, workingDirectory: call.spec.workingDirectory, stdin: call.stdin,
            timeoutMicros: Int64(call.spec.timeoutSeconds) * 1_000_000, graceMicros: settings.graceMicroseconds,
            outputLimit: settings.outputLimit, searchPath: path)
        let handle = supervisor.run(
            spec,
            onOutput: { [self] source, bytes in board.output(run, source, bytes) },
            onExit: { [self] result in
                let wasCancelled = commands.end(run)
                var ended = RunResult(result, timeout: call.spec.timeoutSeconds)
                if claims.isStopping, result.cancelled, !wasCancelled {
                    ended.status = .interrupted
                    ended.error = "Sluice was stopped while the command ran"
                }
                if ended.status == .interrupted, result.processID == 0 {
                    claims.add()
                    inbox.append(.unclaim(run, began: false))
                } else {
                    inbox.append(.finished(run, endpoint: endpoint, ended))
                }
                idle.append(true)
            })
        commands.started(run, handle)
    }

    private func record(_ run: Int64, _ endpoint: Int64, _ result: RunResult) {
        store.submit(.finish(run: run, result: result, at: clock.wall())) { [self] outcome in
            inbox.append(.recorded(run, endpoint: endpoint, result, outcome))
        }
    }

    /// 143, as when TERM comes right after the start.
    private func recordCancelled(_ run: Int64, _ endpoint: Int64, _ line: Line) {
        let reason = line.replaced.contains(run) ? "cancelled by a later fire of its schedule" : "cancelled before it was started"
        record(run, endpoint, RunResult(status: .cancelled, exitCode: 143, durationMicroseconds: 0, output: [], error: reason))
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
