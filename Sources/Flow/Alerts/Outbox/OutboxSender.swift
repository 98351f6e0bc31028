internal import Curl
package import Model
package import Posix
package import Store
internal import Synchronization

/// Sends what the outbox holds: each notification until its destination takes it, at least once, with the same id on every try.
///
/// One thread with one transfer loop does it all. What happens elsewhere (commits, a stop) waits for it in an inbox.
package final class OutboxSender: Sendable {
    /// What the sender asks of the rest of the program, on its own thread.
    package struct Surroundings: Sendable {
        /// `callback_allow`: blocks of addresses or host names that callers' destinations may have though they are private.
        package var callbackAllow: @Sendable () -> [String] = { [] }
        /// With the URL itself instead of a reference; nil without a heartbeat.
        package var heartbeat: @Sendable () -> HeartbeatSettings? = { nil }
        package var isHealthy: @Sendable () -> Bool = { true }
        package var makeTransport: MakeTransport = { waker throws(CurlError) in try TransferLoop(waker: waker) }
        package var log: @Sendable (String) -> Void

        package init(log: @escaping @Sendable (String) -> Void) { self.log = log }
    }

    let store: Store
    let composer: any NotificationComposer
    let clock: SystemClock
    let policy: OutboxPolicy
    let surroundings: Surroundings
    let inbox = OutboxInbox()
    private let tally = Mutex(OutboxCounters())
    private let thread = Mutex<ThreadHandle?>(nil)

    package init(
        store: Store, composer: any NotificationComposer, clock: SystemClock, policy: OutboxPolicy = OutboxPolicy(), surroundings: Surroundings
    ) {
        self.store = store
        self.composer = composer
        self.clock = clock
        self.policy = policy
        self.surroundings = surroundings
    }

    package var counters: OutboxCounters { tally.withLock { $0 } }

    func publish(_ counters: OutboxCounters) { tally.withLock { $0 = counters } }

    package func start() throws(SystemError) {
        // Before the lanes are read, so that none is missed.
        store.onCommit { [inbox] notice in
            if !notice.notificationLanes.isEmpty { inbox.note(notice.notificationLanes, revived: notice.revivedNotifications) }
            if !notice.pushedNotifications.isEmpty { inbox.notePushed(notice.pushedNotifications) }
        }
        let handle = try startThread(name: "sluice-outbox") { [self] in serve() }
        thread.withLock { $0 = handle }
    }

    private func serve() {
        while !inbox.isStopping {
            do {
                let transport = try surroundings.makeTransport(inbox.waker)
                return OutboxLoop(self, transport).run()
            } catch {
                surroundings.log("notifications cannot be sent, trying again: \(error)")
                inbox.pause(microseconds: policy.storePause)
            }
        }
    }

    /// Has the thread look at its clock and its configuration again.
    package func poke() { inbox.poke() }

    /// Ends the thread; what is under way is cut off, and what is unsent stays in the outbox for the next start. Twice is fine.
    package func stop() {
        inbox.stop()
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }
}
