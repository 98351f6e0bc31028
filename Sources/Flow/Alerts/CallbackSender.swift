internal import Bytes
internal import Crypto
package import Curl
package import Model
package import Posix
package import Store
internal import Synchronization

/// Sends what the outbox holds: each notification until its destination takes it, at least once, with the same id on every try.
///
/// One thread looks for what is due, a few send, so that a destination that hangs holds up no other.
package final class CallbackSender: Sendable {
    package typealias Perform = @Sendable (OutgoingRequest) throws(CurlError) -> IncomingResponse

    private let store: Store
    private let keyring: Keyring
    private let clock: SystemClock
    private let policy: RetryPolicy
    private let key: HMACKey
    private let isSensitive: @Sendable (String) -> Bool
    private let perform: Perform
    private let log: @Sendable (String) -> Void
    private let due = Mailbox<NotificationRow>()
    private let inFlight = Mutex<Set<Int64>>([])
    private let threads = Mutex<(watch: DeadlineThread?, senders: [ThreadHandle])>((nil, []))
    private let isStopping = Atomic<Bool>(false)
    /// Closed by `stop`; a sender that pauses waits here.
    private let stopping = Mailbox<Bool>()
    private let settlePause: Int64

    private static let senderCount = 4
    private static let batch = 64

    /// - Parameter settlePause: microseconds until the outcome of an attempt is written again that the store could not take.
    package init(
        store: Store, keyring: Keyring, clock: SystemClock, policy: RetryPolicy = RetryPolicy(), settlePause: Int64 = 1_000_000,
        isSensitive: @escaping @Sendable (String) -> Bool, perform: @escaping Perform = { request throws(CurlError) in try performHTTP(request) },
        log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.policy = policy
        self.settlePause = settlePause
        self.isSensitive = isSensitive
        self.perform = perform
        self.log = log
        key = HMACKey(keyring.callbackSecret)
    }

    package func start() throws(SystemError) {
        let watch = try DeadlineThread(name: "sluice-outbox") { [self] in turn() }
        var senders: [ThreadHandle] = []
        for _ in 0..<Self.senderCount {
            senders.append(
                try startThread(name: "sluice-sender") { [self] in
                    while let row = due.takeOne() { send(row) }
                })
        }
        threads.withLock { $0 = (watch, senders) }
        store.onCommit { notice in
            if !notice.notificationLanes.isEmpty { watch.poke() }
        }
        try watch.start()
    }

    /// Ends the threads; what is unsent stays in the outbox for the next start.
    package func stop() {
        isStopping.store(true, ordering: .releasing)
        stopping.close()
        let running = threads.withLock { threads in
            defer { threads = (nil, []) }
            return threads
        }
        running.watch?.stop()
        due.close()
        for sender in running.senders { sender.join() }
    }

    /// Hands out what is due; returns when to look again.
    private func turn() -> Int64? {
        let now = clock.wall()
        do {
            // Taken before the rows are read: one that ends meanwhile is still pending in them. Its end pokes this thread.
            let flying = inFlight.withLock { $0 }
            guard flying.count < Self.batch else { return nil }
            let rows = try store.dueNotifications(at: now, limit: flying.count + Self.batch).filter { !flying.contains($0.id) }
            inFlight.withLock { $0.formUnion(rows.map(\.id)) }
            for row in rows { due.append(row) }
            return try store.nextNotificationAt(after: now)
        } catch {
            log("the outbox cannot be read, trying again: \(error)")
            return now + 5_000_000
        }
    }

    private func send(_ row: NotificationRow) {
        defer {
            inFlight.withLock { _ = $0.remove(row.id) }
            threads.withLock { $0.watch }?.poke()
        }
        guard !isStopping.load(ordering: .acquiring) else { return }
        let (result, answer) = attempt(row)
        let now = clock.wall()
        let settled: SettleNotification.Result
        switch result {
        case .sent: settled = .sent
        case .permanent: settled = .dead
        case .transient(let wait):
            let pause = max(policy.pause(after: row.attempts + 1, jitter: .random(in: 0...1)), wait ?? 0)
            settled = now + pause - row.createdAt > policy.giveUpAfter ? .dead : .retry(at: now + pause)
        }
        if case .dead = settled { log("a callback was given up: \(answer)") }
        settle(SettleNotification(id: row.id, result: settled, answer: answer, at: now))
    }

    /// Writes down how an attempt ended. Until the store takes it the row counts as in flight: it is still due there, and would be
    /// sent again and again. Given up only by a stop; the next start then sends once more, with the same id.
    private func settle(_ settled: SettleNotification) {
        while case .unavailable(let reason) = store.commit(.settleNotification(settled)) {
            log("the outcome of a callback cannot be recorded, trying again: \(reason)")
            guard stopping.takeAll(timeoutMicroseconds: settlePause) != nil else { return }
        }
    }

    private enum AttemptResult {
        case sent
        case permanent
        /// With what `Retry-After` asked for, in microseconds.
        case transient(wait: Int64?)
    }

    private func attempt(_ row: NotificationRow) -> (AttemptResult, String) {
        let message: CallbackMessage
        do {
            guard let made = try CallbackMessage(row, store: store, keyring: keyring, isSensitive: isSensitive) else {
                return (.permanent, "the call is not kept any more")
            }
            message = made
        } catch {
            return (.transient(wait: nil), "the call cannot be read: \(error)")
        }
        var request = OutgoingRequest(method: "POST", url: row.destination ?? "", body: message.body)
        request.headers = message.headers(key: key, at: clock.wall() / 1_000_000).map { HeaderField($0.name, $0.value) }
        request.userAgent = "Sluice/\(sluiceVersion)"
        request.maxResponseBytes = 4096
        request.cutsLongBody = true
        request.connectTimeout = .seconds(5)
        request.totalTimeout = .seconds(15)
        request.isCancelled = { [self] in isStopping.load(ordering: .acquiring) }
        do {
            let response = try perform(request)
            let answer = "\(response.status) \(lossyString(Array(response.body.prefix(200))))"
            if (200...299).contains(response.status) { return (.sent, answer) }
            if RetryPolicy.isPermanent(response.status) { return (.permanent, answer) }
            let wait = response.header("Retry-After").flatMap { parseDecimalInt($0) }.map { Int64(min($0, 86_400)) * 1_000_000 }
            return (.transient(wait: wait), answer)
        } catch {
            return (error.isTransient ? .transient(wait: nil) : .permanent, error.message)
        }
    }
}
