internal import Synchronization

/// A thread that sleeps until a wall-clock instant, does its turn, and sleeps until the instant that the turn named. A poke, or somebody
/// setting the clock, wakes it early.
package final class DeadlineThread: Sendable {
    private let name: String
    private let turn: @Sendable () -> Int64?
    private let wakeUp: WakeUp
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<ThreadHandle?>(nil)

    /// `turn` does what is due and returns when it wants to be called next, in microseconds since 1970 UTC; nil waits for a poke.
    package init(name: String, turn: @escaping @Sendable () -> Int64?) throws(SystemError) {
        self.name = name
        self.turn = turn
        wakeUp = try WakeUp()
    }

    package func start() throws(SystemError) {
        let timer = try Timer(.wall)
        let epoll = try Epoll()
        try epoll.add(timer.raw, .read, token: 0)
        try epoll.add(wakeUp.raw, .read, token: 1)
        let parts = Parts(timer: timer, epoll: epoll)
        let handle = try startThread(name: name) { [self] in serve(parts) }
        thread.withLock { $0 = handle }
    }

    private final class Parts: Sendable {
        let timer: Timer
        let epoll: Epoll

        init(timer: consuming Timer, epoll: consuming Epoll) {
            self.timer = timer
            self.epoll = epoll
        }
    }

    private func serve(_ parts: Parts) {
        var events: [Epoll.Event] = []
        while !stopping.load(ordering: .acquiring) {
            do {
                try parts.timer.arm(at: turn())
                try parts.epoll.wait(milliseconds: nil, into: &events)
            } catch {
                // Neither call fails with arguments that worked before; without the timer there is nothing to wait for but a second.
                try? parts.epoll.wait(milliseconds: 1000, into: &events)
            }
            _ = parts.timer.read()
            wakeUp.clear()
        }
    }

    /// Has the turn called soon, from whatever thread.
    package func poke() { wakeUp.signal() }

    /// Ends the thread after the turn that is under way. Twice is fine.
    package func stop() {
        stopping.store(true, ordering: .releasing)
        wakeUp.signal()
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }
}
