internal import Curl
internal import Model
internal import Posix
internal import Store

/// The outbox's thread: takes news, begins what is due, waits for what ends, and hands the outcomes to the store.
final class OutboxLoop {
    private let sender: OutboxSender
    private let transport: any OutboxTransport
    private let queue: OutboxQueue
    private let heartbeat: Heartbeat
    private var counters = OutboxCounters()
    private var attempts: [Int64: Attempt] = [:]
    /// Messages for Slack that it could not read with their blocks.
    private var plain: Set<Int64> = []
    /// Outcomes of this turn.
    private var settled: [SettleNotification] = []
    /// Outcomes that the store has not confirmed, and those that it could not take.
    private var awaited: [Int64: SettleNotification] = [:]
    private var refused: [Int64] = []
    /// From the first outcome that the store could not take to the next that it has.
    private var storeTakesNothing = false
    private var settleAgainAt: Int64?
    private var lanesAgainAt: Int64?
    private var callers = CallerAddresses([])
    private var callbackAllow: [String] = []

    private struct Attempt {
        let row: NotificationRow
        let kind: ChannelKind?
        let secrets: [String]
        /// It can be sent with less in it.
        let hasBlocks: Bool
    }

    init(_ sender: OutboxSender, _ transport: any OutboxTransport) {
        self.sender = sender
        self.transport = transport
        let log = sender.surroundings.log
        let source = OutboxSource(
            rows: { [store = sender.store] in try store.pendingNotifications(lane: $0, after: $1, limit: $2) },
            row: { [store = sender.store] in try store.notification($0) })
        let composer = sender.composer
        queue = OutboxQueue(policy: sender.policy, source: source, destination: { composer.destination(of: $0) }, log: log)
        heartbeat = Heartbeat(
            policy: sender.policy, settings: sender.surroundings.heartbeat, isHealthy: sender.surroundings.isHealthy,
            now: sender.clock.monotonic(), log: log)
    }

    func run() {
        // Whatever an earlier life put off is due now: its lanes are read from their beginnings.
        lanesAgainAt = .min
        while true {
            readLanes()
            takeNews()
            settleRefused()
            beginWhatIsDue()
            hand()
            publish()
            guard !sender.inbox.isStopping else { return }
            let finished = transport.run(timeoutMilliseconds: timeout())
            let now = sender.clock.monotonic()
            for transfer in finished { end(transfer, now) }
        }
    }

    private func readLanes() {
        let now = sender.clock.monotonic()
        guard let at = lanesAgainAt, at <= now else { return }
        do {
            for lane in try sender.store.notificationLanes() {
                guard !sender.inbox.isStopping else { return }
                queue.renew(lane, revived: nil, now: now)
            }
            lanesAgainAt = nil
        } catch {
            sender.surroundings.log("the outbox cannot be read, trying again: \(error)")
            lanesAgainAt = now + sender.policy.storePause
        }
    }

    private func takeNews() {
        let news = sender.inbox.take()
        guard !news.isEmpty else { return }
        let now = sender.clock.monotonic()
        if news.isPoked {
            heartbeat.reconsider(now)
            queue.reconsider(now)
        }
        if !news.recorded.isEmpty { storeTakesNothing = false }
        for number in news.recorded {
            awaited[number] = nil
            queue.recorded(number, now: now)
        }
        if let first = news.refused.first {
            sender.surroundings.log("the outcome of a notification cannot be recorded, trying again: \(first.reason)")
            refused += news.refused.map(\.number)
            storeTakesNothing = true
            settleAgainAt = now + sender.policy.storePause
        }
        for (lane, revived) in news.lanes {
            guard !sender.inbox.isStopping else { return }
            queue.renew(lane, revived: revived, now: now)
        }
        for (lane, number) in news.pushed { queue.push(lane, number, now: now) }
    }

    private func timeout() -> Int {
        let now = sender.clock.monotonic()
        let next = [storeTakesNothing ? nil : queue.nextTime(), heartbeat.dueAt, settleAgainAt, lanesAgainAt].compactMap { $0 }.min() ?? .max
        return next <= now ? 0 : Int(min((next - now - 1) / 1000 + 1, 60_000))
    }

    private func publish() {
        counters.inFlight = attempts.count
        counters.openBreakers = queue.brokenTargets
        sender.publish(counters)
    }

    // MARK: Beginning

    private func beginWhatIsDue() {
        let now = sender.clock.monotonic()
        if let request = heartbeat.request(now: now) { transport.add(request, id: Heartbeat.id) }
        // While the store cannot take outcomes, each message that is sent would be sent again after a restart.
        guard !storeTakesNothing else { return }
        while !sender.inbox.isStopping, let turn = queue.next(now) {
            switch turn {
            case .send(let row, let destination): begin(row, destination, now)
            case .unsendable(let row, let reason, let isFinal): fail(row, nil, reason, isFinal: isFinal, now)
            }
        }
    }

    private func begin(_ row: NotificationRow, _ destination: Destination, _ now: Int64) {
        let message: OutgoingNotification
        switch sender.composer.compose(row) {
        case .ready(let made): message = made
        case .impossible(let reason): return fail(row, destination.kind, reason, isFinal: true, now)
        case .later(let reason): return fail(row, destination.kind, reason, isFinal: false, now)
        }
        let isPlain = plain.contains(row.id)
        guard let postage = Postage(message, to: destination, plain: isPlain, callers: currentCallers(), policy: sender.policy) else {
            return fail(row, destination.kind, "there is no mail server to send it by", isFinal: true, now)
        }
        attempts[row.id] = Attempt(row: row, kind: destination.kind, secrets: postage.secrets, hasBlocks: postage.hasBlocks)
        switch postage.parcel {
        case .request(let request): transport.add(request, id: row.id)
        case .mail(let mail): transport.add(mail, id: row.id)
        }
    }

    private func currentCallers() -> CallerAddresses {
        let allowed = sender.surroundings.callbackAllow()
        if allowed != callbackAllow {
            callbackAllow = allowed
            callers = CallerAddresses(allowed)
        }
        return callers
    }

    /// A message that cannot be written, or not now; its destination has no part in that.
    private func fail(_ row: NotificationRow, _ kind: ChannelKind?, _ reason: String, isFinal: Bool, _ now: Int64) {
        let answer = shownAnswer(Array(reason.utf8), wasCut: false, hiding: [])
        if isFinal { return conclude(row, kind, .dead, answer, OutboxQueue.End(sign: .nothing), now) }
        putOff(row, kind, answer, .nothing, wait: nil, now)
    }

    // MARK: Ending

    private func end(_ transfer: FinishedTransfer, _ now: Int64) {
        if transfer.id == Heartbeat.id { return heartbeat.ended(transfer.outcome) }
        guard let attempt = attempts.removeValue(forKey: transfer.id) else { return }
        let row = attempt.row
        let verdict = Verdict(transfer.outcome, kind: attempt.kind, hiding: attempt.secrets, at: sender.clock.wall())
        switch verdict.result {
        case .sent: conclude(row, attempt.kind, .sent, verdict.answer, OutboxQueue.End(sign: .answers), now)
        case .refused: conclude(row, attempt.kind, .dead, verdict.answer, OutboxQueue.End(sign: .answers), now)
        case .wantsPlainText:
            guard attempt.hasBlocks, plain.insert(row.id).inserted else {
                return conclude(row, attempt.kind, .dead, verdict.answer, OutboxQueue.End(sign: .answers), now)
            }
            // Once more, at once, as plain text.
            let retry = SettleNotification.Result.retry(at: sender.clock.wall())
            conclude(row, attempt.kind, retry, verdict.answer, OutboxQueue.End(sign: .answers, retryAt: now), now)
        case .failed(let wait): putOff(row, attempt.kind, verdict.answer, .fails, wait: wait, now)
        }
    }

    /// Tries again later, or gives up after too long.
    private func putOff(_ row: NotificationRow, _ kind: ChannelKind?, _ answer: String, _ sign: OutboxQueue.End.Sign, wait: Int64?, _ now: Int64) {
        let wall = sender.clock.wall()
        let retry = sender.policy.retry
        let pause = max(retry.pause(after: row.attempts + 1, jitter: .random(in: 0...1)), wait ?? 0)
        let heldUntil = wait.map { now + $0 }
        if wall + pause - row.createdAt > retry.giveUpAfter, row.attempts + 1 >= retry.leastAttempts {
            return conclude(row, kind, .dead, answer, OutboxQueue.End(sign: sign, heldUntil: heldUntil), now)
        }
        conclude(row, kind, .retry(at: wall + pause), answer, OutboxQueue.End(sign: sign, retryAt: now + pause, heldUntil: heldUntil), now)
    }

    private func conclude(
        _ row: NotificationRow, _ kind: ChannelKind?, _ result: SettleNotification.Result, _ answer: String, _ end: OutboxQueue.End, _ now: Int64
    ) {
        let kind = kind ?? .webhook
        switch result {
        case .sent: counters.sent[kind, default: 0] += 1
        case .retry: counters.retried[kind, default: 0] += 1
        case .dead:
            counters.dead[kind, default: 0] += 1
            let rule = row.rule.map { " of rule '\($0)'" } ?? ""
            let endpoint = row.endpoint.map { " about endpoint '\($0)'" } ?? ""
            sender.surroundings.log("a notification (\(row.kind.rawValue), \(kind.rawValue))\(rule)\(endpoint) was given up: \(answer)")
        }
        if end.retryAt == nil { plain.remove(row.id) }
        queue.ended(row.id, end, now: now)
        settled.append(SettleNotification(id: row.id, result: result, answer: answer, at: sender.clock.wall()))
    }

    // MARK: Recording

    /// Hands the outcomes of this turn to the store, together.
    private func hand() {
        guard !settled.isEmpty else { return }
        submit(settled)
        settled.removeAll(keepingCapacity: true)
    }

    private func submit(_ outcomes: [SettleNotification]) {
        let inbox = sender.inbox
        for outcome in outcomes { awaited[outcome.id] = outcome }
        sender.store.submit(
            outcomes.map { outcome in
                (
                    .settleNotification(outcome),
                    {
                        if case .unavailable(let reason) = $0 { inbox.noteRefused(outcome.id, reason) } else { inbox.noteRecorded(outcome.id) }
                    }
                )
            })
    }

    private func settleRefused() {
        guard let at = settleAgainAt, at <= sender.clock.monotonic() else { return }
        settleAgainAt = nil
        let again = refused.compactMap { awaited[$0] }
        // What is refused once more comes back as news.
        refused.removeAll()
        submit(again)
    }
}
