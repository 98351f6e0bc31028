private import CLinux
import Glibc

/// What a caller of `ChildSupervisor.run` asked for.
struct ChildOrder: Sendable {
    var id: UInt64
    var spec: ChildSpec
    var onOutput: (@Sendable (OutputSource, [UInt8]) -> Void)?
    var onExit: @Sendable (ChildResult) -> Void

    /// The end of a command that never started.
    func refuse(_ refusal: ChildRefusal, wall: Int64, cancelled: Bool = false) {
        var result = ChildResult(exitCode: refusal.exitCode, startedWallMicros: wall)
        result.spawnError = refusal.message
        result.cancelled = cancelled
        onExit(result)
    }
}

/// One child and what we hold of it. Belongs to the supervisor's thread.
final class Child {
    private(set) var order: ChildOrder
    var life: ChildLifecycle
    private(set) var held: StartedChild?
    private var output: BoundedOutput
    private var startedWall: Int64
    private var startedAt: Int64 = 0
    private var endedAt: Int64 = 0
    /// Exit code and signal (0: none), once the child has exited.
    private var status: (code: Int32, signal: Int32)?
    private var trouble: String?

    init(_ order: ChildOrder) {
        self.order = order
        life = ChildLifecycle(timeoutMicros: order.spec.timeoutMicros, graceMicros: order.spec.graceMicros)
        output = BoundedOutput(limit: order.spec.outputLimit)
        startedWall = 0
    }

    var hasExited: Bool { status != nil }
    var isDrained: Bool { held.map { $0.stdout == nil && $0.stderr == nil } ?? true }

    func started(_ child: StartedChild, wall: Int64, at now: Int64) {
        held = child
        startedWall = wall
        startedAt = now
        life.started(at: now)
        // The memfd has it now.
        order.spec.stdin = []
    }

    /// Reads one buffer full at most. False: nothing more for now, or at all.
    func read(_ source: OutputSource, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard let pipe = source == .stdout ? held?.stdout : held?.stderr else { return false }
        switch pipe.descriptor.read(into: buffer) {
        case .bytes(let count):
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            output.append(bytes)
            order.onOutput?(source, Array(bytes))
            return true
        case .wouldBlock: return false
        case .end, .failed:
            if source == .stdout { held?.stdout = nil } else { held?.stderr = nil }
            return false
        }
    }

    /// Looks whether the child has exited. It stays a zombie until `reap`, so that its number, which also names its group, cannot
    /// come to mean another process meanwhile.
    func noticeExit(at now: Int64) -> Bool {
        guard let held, status == nil else { return false }
        var code: Int32 = 0
        var signal: Int32 = 0
        switch sluice_child_peek(held.process.raw, &code, &signal) {
        case 0: return false
        case 1: status = (signal == 0 ? code : 128 + signal, signal)
        default:
            // Somebody else in this program reaped it.
            status = (126, 0)
            trouble = "how the command ended is not known: \(SystemError.last("waitid"))"
        }
        endedAt = now
        life.exited(at: now)
        return true
    }

    /// Asks the group to end. SIGCONT lets a stopped one hear it.
    func terminate() {
        guard let held else { return }
        // A child that has left its group would not be reached through it.
        if getpgid(held.pid) != held.pid { _ = sluice_pidfd_signal(held.process.raw, SIGTERM) }
        _ = Glibc.kill(-held.pid, SIGTERM)
        _ = Glibc.kill(-held.pid, SIGCONT)
    }

    func kill() {
        guard let held else { return }
        _ = sluice_pidfd_signal(held.process.raw, SIGKILL)
        _ = Glibc.kill(-held.pid, SIGKILL)
    }

    /// Ends what the command left behind in its group, reaps it and closes everything. A process that called setsid(2) or setpgid(2)
    /// is out of the group and lives on.
    func reap() {
        guard let held else { return }
        if trouble == nil { _ = Glibc.kill(-held.pid, SIGKILL) }
        _ = sluice_child_reap(held.process.raw)
        self.held = nil
        life.end()
    }

    /// The child would not die, and nobody waits any longer.
    func giveUp(at now: Int64) {
        status = (128 + SIGKILL, SIGKILL)
        let seconds = ChildLifecycle.abandonMicros / 1_000_000
        trouble = "the command did not end within \(seconds) s after KILL: process \(held?.pid ?? 0) hangs in the kernel"
        endedAt = now
    }

    func result(pid: Int32) -> ChildResult {
        let timedOut = life.cause == .timeout
        var result = ChildResult(exitCode: timedOut ? 124 : status?.code ?? 126, startedWallMicros: startedWall)
        result.signal = status.flatMap { $0.signal == 0 ? nil : $0.signal }
        result.timedOut = timedOut
        result.cancelled = life.cause == .cancel
        result.spawnError = trouble
        result.output = output.joined()
        result.cutBytes = output.cutBytes
        result.durationMicros = max(endedAt - startedAt, 0)
        result.processID = pid
        return result
    }
}
