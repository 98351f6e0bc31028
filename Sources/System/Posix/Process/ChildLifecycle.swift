/// The life of one child as decisions without I/O: every event says what to do now, and `deadline` when to ask again.
///
///     starting -> running -> (terminating -> killed ->) draining -> ended
struct ChildLifecycle {
    enum Phase: Equatable {
        case starting, running, terminating, killed
        /// The child has exited; somebody may still write into its pipes, until this instant at most.
        case draining(until: Int64)
        case ended
    }

    enum Cause: Equatable { case timeout, cancel }

    enum Act: Equatable {
        case nothing, start, terminate, kill, finish
        /// KILL did not help within its time, and nobody can wait longer.
        case abandon
    }

    /// Pipes that stay open behind an exited child are closed when nothing came for this long, ...
    static let quietMicros: Int64 = 100_000
    /// ... or after this long however much comes.
    static let drainMicros: Int64 = 1_000_000
    /// How long a start is tried again while the system lacks processes, descriptors or memory.
    static let startMicros: Int64 = 2_000_000
    /// How long a stopping supervisor waits for a killed child (one in an uninterruptible wait of the kernel cannot die).
    static let abandonMicros: Int64 = 5_000_000

    private(set) var phase = Phase.starting
    /// Why it was told to end: the first reason counts.
    private(set) var cause: Cause?
    private(set) var deadline: Int64?

    private let timeout: Int64
    private let grace: Int64
    private var isLast = false
    private var giveUpStarting: Int64?
    private var startDelay: Int64 = 5_000

    /// Durations in microseconds; a timeout of 0 or less is none.
    init(timeoutMicros: Int64, graceMicros: Int64) {
        timeout = timeoutMicros
        grace = max(graceMicros, 0)
    }

    /// The system had no room for another process. True: try again at `deadline`; false: give up. While others run that will make room
    /// when they end (`mayWait`), it waits as long as that takes.
    mutating func startFailed(at now: Int64, mayWait: Bool) -> Bool {
        let end = mayWait ? .max : giveUpStarting ?? after(now, Self.startMicros)
        giveUpStarting = mayWait ? nil : end
        guard now < end else { return false }
        deadline = after(now, startDelay)
        startDelay = min(startDelay * 2, 200_000)
        return true
    }

    mutating func started(at now: Int64) {
        phase = .running
        deadline = timeout > 0 ? after(now, timeout) : nil
    }

    /// Somebody wants it to end; `grace` shortens the child's own one.
    mutating func cancel(at now: Int64, grace other: Int64? = nil) -> Act {
        let grace = min(self.grace, max(other ?? self.grace, 0))
        switch phase {
        case .starting:
            cause = .cancel
            return .finish
        case .running:
            cause = .cancel
            phase = .terminating
            deadline = after(now, grace)
            return .terminate
        case .terminating:
            deadline = min(deadline ?? .max, after(now, grace))
            return .nothing
        case .draining: return .finish
        case .killed, .ended: return .nothing
        }
    }

    /// The supervisor stops: a killed child is no longer waited for without end.
    mutating func hurry(at now: Int64) {
        isLast = true
        if phase == .killed { deadline = after(now, Self.abandonMicros) }
    }

    /// To be called once `deadline` has passed.
    mutating func expire(at now: Int64) -> Act {
        switch phase {
        case .starting:
            deadline = nil
            return .start
        case .running:
            cause = .timeout
            phase = .terminating
            deadline = after(now, grace)
            return .terminate
        case .terminating:
            phase = .killed
            deadline = isLast ? after(now, Self.abandonMicros) : nil
            return .kill
        case .killed: return .abandon
        case .draining: return .finish
        case .ended: return .nothing
        }
    }

    mutating func exited(at now: Int64) {
        phase = .draining(until: after(now, Self.drainMicros))
        heard(at: now)
    }

    /// Output came: the quiet time of a draining child begins anew.
    mutating func heard(at now: Int64) {
        guard case .draining(let end) = phase else { return }
        deadline = min(after(now, Self.quietMicros), end)
    }

    mutating func end() {
        phase = .ended
        deadline = nil
    }
}

private func after(_ now: Int64, _ duration: Int64) -> Int64 {
    let (sum, overflow) = now.addingReportingOverflow(duration)
    return overflow ? .max : sum
}
