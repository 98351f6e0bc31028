private import CLinux
import Glibc

/// The supervisor's thread: waits, reads, signals, reaps. Everything here belongs to that thread.
final class ChildLoop {
    /// Starts in one turn, so that a burst of commands does not keep output and deadlines waiting.
    private static let startsPerTurn = 64
    /// Most buffers read from one pipe after the exit; beyond the pipe's content this is a background process talking.
    private static let readsAfterExit = 32

    private let core: ChildCore
    private var children: [UInt64: Child] = [:]
    private var waiting: [UInt64] = []
    /// Those that have started and are not reaped.
    private var runningChildren = 0
    /// Not after the earliest deadline of any child; too early costs a look at all, and is then exact again.
    private var nextDeadline = Int64.max
    private var stopGrace: Int64?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    init(_ core: ChildCore) {
        self.core = core
        sluice_keep_children()
    }

    deinit { buffer.deallocate() }

    func run() {
        var events: [Epoll.Event] = []
        while stopGrace == nil || !children.isEmpty {
            do {
                try core.epoll.wait(milliseconds: patience(), into: &events)
            } catch {
                // Out of kernel memory; children and deadlines are still served, a little later.
                usleep(10_000)
            }
            for event in events { handle(event) }
            for job in core.take() { handle(job) }
            startWaiting()
            expire()
        }
        core.close().forEach(core.refuse)
    }

    private func patience() -> Int32? {
        if !waiting.isEmpty { return 0 }
        if nextDeadline == .max { return nil }
        let left = nextDeadline - core.clock.monotonic()
        // Rounded up: waking early would only mean waiting again.
        return left <= 0 ? 0 : Int32(clamping: (left + 999) / 1000)
    }

    // MARK: events

    private func handle(_ event: Epoll.Event) {
        if event.token == ChildCore.wakeToken { return core.wakeUp.clear() }
        guard let child = children[event.token >> 2] else { return }
        switch Subject(rawValue: event.token & 3) {
        case .process: noticeExit(of: child)
        case .stdout: read(.stdout, of: child)
        case .stderr: read(.stderr, of: child)
        case nil: break
        }
    }

    /// The low two bits of a token; the rest is the child's number, which is never used again.
    private enum Subject: UInt64 {
        case process, stdout, stderr
    }

    private func read(_ source: OutputSource, of child: Child) {
        if child.read(source, into: buffer) { child.life.heard(at: core.clock.monotonic()) }
        if child.hasExited, child.isDrained { finish(child) }
    }

    private func noticeExit(of child: Child) {
        guard child.noticeExit(at: core.clock.monotonic()) else { return }
        // The pidfd stays readable, and is still needed.
        if let process = child.held?.process.raw { try? core.epoll.remove(process) }
        readRest(of: child)
        if child.isDrained { finish(child) } else { note(child) }
    }

    /// What is in the pipes now.
    private func readRest(of child: Child) {
        for source in [OutputSource.stdout, .stderr] {
            var reads = 0
            while reads < Self.readsAfterExit, child.read(source, into: buffer) { reads += 1 }
        }
    }

    private func finish(_ child: Child) {
        let pid = child.held?.pid ?? 0
        children[child.order.id] = nil
        if child.held != nil { runningChildren -= 1 }
        child.reap()
        core.ended()
        child.order.onExit(child.result(pid: pid))
    }

    // MARK: jobs

    private func handle(_ job: ChildCore.Job) {
        switch job {
        case .run(let order):
            if stopGrace != nil {
                core.ended()
                return core.refuse(order)
            }
            children[order.id] = Child(order)
            waiting.append(order.id)
        case .cancel(let id):
            guard let child = children[id] else { return }
            perform(child.life.cancel(at: core.clock.monotonic()), on: child)
        case .stop(let grace):
            stopGrace = grace
            let now = core.clock.monotonic()
            for child in Array(children.values) {
                child.life.hurry(at: now)
                perform(child.life.cancel(at: now, grace: grace), on: child)
            }
        }
    }

    private func startWaiting() {
        for id in waiting.prefix(Self.startsPerTurn) {
            if let child = children[id] { start(child) }
        }
        waiting.removeFirst(min(Self.startsPerTurn, waiting.count))
    }

    private func start(_ child: Child) {
        do throws(ChildStartFailure) {
            let started = try core.starter.start(child.order.spec)
            let startedAt = core.clock.monotonic()
            do throws(SystemError) {
                try watch(started, id: child.order.id)
            } catch {
                killUnwatched(started.pid)
                throw .refused(.unwatched(child.order.spec.argv[0], error))
            }
            runningChildren += 1
            child.started(started, wall: core.clock.wall(), at: startedAt)
            note(child)
        } catch {
            switch error {
            case .transient(let refusal, let isShortage):
                let mayWait = isShortage && runningChildren > 0
                if child.life.startFailed(at: core.clock.monotonic(), mayWait: mayWait) { note(child) } else { drop(child, refusal) }
            case .refused(let refusal): drop(child, refusal)
            }
        }
    }

    private func watch(_ child: StartedChild, id: UInt64) throws(SystemError) {
        let watched: [(OpenFile?, Subject)] = [(child.process, .process), (child.stdout, .stdout), (child.stderr, .stderr)]
        for case (let file?, let subject) in watched {
            try core.epoll.add(file.raw, .read, token: id << 2 | subject.rawValue)
        }
    }

    /// The end of a command that never ran.
    private func drop(_ child: Child, _ refusal: ChildRefusal) {
        children[child.order.id] = nil
        core.ended()
        child.order.refuse(refusal, wall: core.clock.wall(), cancelled: child.life.cause == .cancel)
    }

    // MARK: deadlines

    private func note(_ child: Child) {
        if let deadline = child.life.deadline { nextDeadline = min(nextDeadline, deadline) }
    }

    private func expire() {
        guard nextDeadline != .max else { return }
        let now = core.clock.monotonic()
        guard now >= nextDeadline else { return }
        nextDeadline = .max
        for child in Array(children.values) {
            guard let deadline = child.life.deadline else { continue }
            if deadline <= now { perform(child.life.expire(at: now), on: child) } else { note(child) }
        }
    }

    private func perform(_ act: ChildLifecycle.Act, on child: Child) {
        switch act {
        case .nothing: note(child)
        case .start: start(child)
        case .terminate:
            child.terminate()
            note(child)
        case .kill:
            child.kill()
            note(child)
        case .finish where child.held == nil: drop(child, .cancelled("cancelled before it was started"))
        case .finish:
            readRest(of: child)
            finish(child)
        case .abandon:
            readRest(of: child)
            child.giveUp(at: core.clock.monotonic())
            finish(child)
        }
    }
}
