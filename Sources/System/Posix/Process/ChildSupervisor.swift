private import Synchronization

/// Runs commands as child processes, all from one thread that waits for pidfds, pipes and deadlines together (pidfd_open(2), epoll(7)).
///
/// A child leads a process group of its own; signals go to the group. A run ends when the command itself has exited and its pipes
/// are empty. Should something that it left in the background keep a pipe open, the pipe is closed after 100 ms without output, or
/// one second; whatever is then left of the group is killed. Only a process that left the group (setsid, as daemons do) survives.
///
/// Callbacks run on the supervisor's thread, must not block, and must not call `stop`. Every `run` has exactly one `onExit`.
package final class ChildSupervisor: Sendable {
    private let core: ChildCore
    private let thread = Mutex<ThreadHandle?>(nil)

    /// Takes three descriptors for good: epoll, eventfd and `/dev/null`. Undoes an ignored SIGCHLD, under which exit codes are lost.
    package init(clock: SystemClock) throws(SystemError) {
        core = try ChildCore(clock: clock)
    }

    /// Starts the thread, once; commands given before wait for it.
    package func start() throws(SystemError) {
        let core = core
        let started = thread.withLock { (thread) -> Result<Void, SystemError> in
            guard thread == nil, !core.isClosed else { return .success(()) }
            do throws(SystemError) {
                thread = try startThread(name: "children", isUrgent: true) { ChildLoop(core).run() }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try started.get()
    }

    /// Returns at once. `onOutput` gets all output as it comes, beyond the limit of what is kept. After `stop`, `onExit` is called before
    /// `run` returns.
    @discardableResult
    package func run(
        _ spec: ChildSpec, onOutput: (@Sendable (OutputSource, [UInt8]) -> Void)? = nil,
        onExit: @escaping @Sendable (ChildResult) -> Void
    ) -> ChildHandle {
        let order = ChildOrder(id: core.nextID(), spec: spec, onOutput: onOutput, onExit: onExit)
        if !core.post(.run(order)) { core.refuse(order) }
        return ChildHandle(id: order.id)
    }

    /// TERM now, KILL after the child's grace; the result says `cancelled`. One that has ended stays as it is.
    package func cancel(_ handle: ChildHandle) { _ = core.post(.cancel(handle.id)) }

    /// Commands given to `run` whose `onExit` is still to come.
    package var runningCount: Int { core.count }

    /// TERM to all, KILL after the grace (or a child's own, if that is shorter), then ends the thread and waits for it. Commands that
    /// have not started are refused. A second call waits for the first; the supervisor cannot be started again.
    package func stop(graceMicros: Int64) {
        thread.withLock { thread in
            if let running = thread {
                _ = core.post(.stop(graceMicros))
                running.join()
                thread = nil
            }
            core.close().forEach(core.refuse)
        }
    }
}

/// What the threads share: the inbox and what wakes the loop.
final class ChildCore: Sendable {
    enum Job: Sendable {
        case run(ChildOrder)
        case cancel(UInt64)
        /// With the grace in microseconds.
        case stop(Int64)
    }

    private struct Inbox {
        var jobs: [Job] = []
        var isClosed = false
    }

    static let wakeToken: UInt64 = 0
    let clock: SystemClock
    let epoll: Epoll
    let wakeUp: WakeUp
    let starter: ChildStarter
    private let inbox = Mutex(Inbox())
    private let lastID = Atomic<UInt64>(0)
    private let running = Atomic<Int>(0)

    init(clock: SystemClock) throws(SystemError) {
        self.clock = clock
        epoll = try Epoll()
        wakeUp = try WakeUp()
        starter = try ChildStarter()
        try epoll.add(wakeUp.raw, .read, token: Self.wakeToken)
    }

    var isClosed: Bool { inbox.withLock { $0.isClosed } }
    var count: Int { running.load(ordering: .relaxed) }

    func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    /// False: closed, and the job is not taken.
    func post(_ job: Job) -> Bool {
        let (taken, wasEmpty) = inbox.withLock { inbox in
            if inbox.isClosed { return (false, false) }
            if case .run = job { running.add(1, ordering: .relaxed) }
            inbox.jobs.append(job)
            return (true, inbox.jobs.count == 1)
        }
        if wasEmpty { wakeUp.signal() }
        return taken
    }

    func take() -> [Job] {
        inbox.withLock { inbox in
            var jobs: [Job] = []
            swap(&jobs, &inbox.jobs)
            return jobs
        }
    }

    /// Takes nothing more; the commands that nobody has taken yet.
    func close() -> [ChildOrder] {
        let jobs = inbox.withLock { inbox in
            inbox.isClosed = true
            var jobs: [Job] = []
            swap(&jobs, &inbox.jobs)
            return jobs
        }
        return jobs.compactMap { job in
            guard case .run(let order) = job else { return nil }
            ended()
            return order
        }
    }

    func ended() { running.subtract(1, ordering: .relaxed) }

    func refuse(_ order: ChildOrder) {
        order.refuse(.cancelled("not started: the program is stopping"), wall: clock.wall(), cancelled: true)
    }
}

extension ChildRefusal {
    /// 143, as if TERM had come right after the start.
    static func cancelled(_ message: String) -> ChildRefusal { ChildRefusal(exitCode: 143, message: message) }
}
