internal import Crypto
internal import Model
internal import SQLite

extension Writer {
    /// A call, with its delivery, approval or run, its event and its schedule's mark: all or none.
    func accept(_ command: AcceptCall) throws(DatabaseError) -> Outcome {
        if let known = try firstWithKey(command) { return known }
        let sender = Sender(command.endpoint, command.delivery)
        if let sender, let first = try repeated(sender, at: command.at) { return first }
        guard try isCurrent(command.endpoint, command.revision) else { return .conflict(status: "changed") }
        return try take(command, sender: sender, schedule: nil)
    }

    /// The rows of a call that is known to be new, under settings that hold.
    /// - Parameters:
    ///   - sender: the id of its delivery, if there is one.
    ///   - schedule: whose fire it is.
    func take(_ command: AcceptCall, sender: Sender? = nil, schedule: ScheduleReference?) throws(DatabaseError) -> Outcome {
        if let limit = command.maxPending, case .ask = command.gate, try pendingCount(command.endpoint) >= limit {
            return .tooManyPending(limit: limit)
        }
        let id = nextCall
        let spec = try storeSpec(command.spec, call: id)
        let body = try storeBody(command.stdin)
        var previousFire: Int64?
        if let schedule { previousFire = try follow(schedule, with: id) }
        try insertCall(id, command, spec: spec, body: body, previousFire: previousFire)
        nextCall += 1
        var delivery: Int64?
        if let facts = command.delivery {
            let raw = try facts.rawBody.map { bytes throws(DatabaseError) in try storeBody(bytes) } ?? body
            delivery = try insertDelivery(facts, sender, endpoint: command.endpoint, at: command.at, verdict: .accepted, call: id, body: raw)
            tally.accepted += 1
        }
        if let schedule { try openFire(id, schedule) }
        switch command.gate {
        case .run:
            try queueRun(id, endpoint: command.endpoint, at: command.at)
            try appendEvent("run_queued", at: command.at, endpoint: command.endpoint, subject: id)
            return .accepted(AcceptedCall(call: id, delivery: delivery, isDuplicate: false, timeoutMinutes: nil, expiresAt: nil))
        case .ask(let minutes, let reason):
            let expiry = command.at + Int64(minutes) * 60_000_000
            try insertApproval(id, command.endpoint, at: command.at, expiry: expiry, minutes: minutes, reason: reason)
            try appendEvent("approval_pending", at: command.at, endpoint: command.endpoint, subject: id)
            return .accepted(AcceptedCall(call: id, delivery: delivery, isDuplicate: false, timeoutMinutes: minutes, expiresAt: expiry))
        }
    }

    /// A verified delivery that the filter leaves out: a row, so that a repeat is known, and no call.
    func ignore(_ command: IgnoreDelivery) throws(DatabaseError) -> Outcome {
        let sender = Sender(command.endpoint, command.delivery)
        if let sender, let first = try repeated(sender, at: command.at) { return first }
        let body = try storeBody(command.body)
        let id = try insertDelivery(
            command.delivery, sender, endpoint: command.endpoint, at: command.at, verdict: .ignored, call: nil, body: body)
        tally.ignored += 1
        return .ignored(delivery: id, isDuplicate: false)
    }

    /// Refused attempts that are kept of an endpoint.
    private static let rejectionLimit = 10_000
    private static let rejectionSweep = 100

    /// Records a refused attempt; of each endpoint the newest are kept. The oldest go at every hundredth, and at the first one after a start, so
    /// that no series of restarts lets the record grow.
    func reject(_ command: RejectDelivery) throws(DatabaseError) -> Outcome {
        _ = try run(
            """
            INSERT INTO rejected_deliveries (endpoint_id, received_at, status, reason, peer, sender_id) VALUES (?, ?, ?, ?, ?, ?)
            """
        ) {
            $0.bind(1, command.endpoint)
            $0.bind(2, command.at)
            $0.bind(3, Int64(command.status))
            $0.bind(4, command.reason)
            $0.bind(5, command.peer)
            $0.bind(6, command.senderID)
        }
        tally.rejected += 1
        notice.hasEvents = true
        let known = rejections[command.endpoint]
        let count = (known ?? 0) + 1
        rejections[command.endpoint] = count
        if known == nil || count % Self.rejectionSweep == 0 {
            _ = try run(
                """
                DELETE FROM rejected_deliveries WHERE endpoint_id = ?1 AND id <= (SELECT id FROM rejected_deliveries
                  WHERE endpoint_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                """
            ) {
                $0.bind(1, command.endpoint)
                $0.bind(2, Int64(Self.rejectionLimit))
            }
        }
        return .done
    }

    // MARK: Repeats

    /// What a sender calls a delivery, with the key that it is known by.
    struct Sender {
        let endpoint: Int64
        let id: String
        let key: DeliveryIndex.Key

        init?(_ endpoint: Int64, _ facts: DeliveryFacts?) {
            guard let id = facts?.senderID else { return nil }
            self.endpoint = endpoint
            self.id = id
            key = DeliveryIndex.Key(endpoint, id)
        }
    }

    private func repeated(_ sender: Sender, at: Int64) throws(DatabaseError) -> Outcome? {
        guard let delivery = try deliveryIndex.find(sender.key, sender.endpoint, sender.id) else { return nil }
        let statement = try connection.prepare(
            "SELECT call_id, EXISTS (SELECT 1 FROM calls WHERE calls.id = call_id) FROM deliveries WHERE id = ?")
        statement.bind(1, delivery)
        // An id whose delivery or call is beyond the retention is a new one.
        guard let (call, isThere) = try statement.first({ ($0.optionalInteger(0), $0.bool(1)) }), call == nil || isThere else { return nil }
        _ = try run("UPDATE deliveries SET seen = seen + 1, last_seen_at = ? WHERE id = ?") {
            $0.bind(1, at)
            $0.bind(2, delivery)
        }
        tally.repeated += 1
        guard let call else { return .ignored(delivery: delivery, isDuplicate: true) }
        return .accepted(try first(call, delivery: delivery))
    }

    func firstWithKey(_ command: AcceptCall) throws(DatabaseError) -> Outcome? {
        guard let key = command.idempotencyKey else { return nil }
        let statement = statements.byKey
        statement.bind(1, command.endpoint)
        statement.bind(2, key)
        guard let (call, request) = try statement.first({ ($0.integer(0), $0.blob(1)) }) else { return nil }
        if !FireKey.isFire(key), request != (command.request ?? command.digest).array { return .keyReused }
        return .accepted(try first(call, delivery: nil))
    }

    private func first(_ call: Int64, delivery: Int64?) throws(DatabaseError) -> AcceptedCall {
        let statement = try connection.prepare("SELECT timeout_mins, expires_at FROM approvals WHERE id = ?")
        statement.bind(1, call)
        let gate = try statement.first { (Int($0.integer(0)), $0.integer(1)) }
        return AcceptedCall(call: call, delivery: delivery, isDuplicate: true, timeoutMinutes: gate?.0, expiresAt: gate?.1)
    }

    private func pendingCount(_ endpoint: Int64) throws(DatabaseError) -> Int {
        let statement = try connection.prepare("SELECT count(*) FROM pending_approvals WHERE endpoint_id = ?")
        statement.bind(1, endpoint)
        return try statement.first { Int($0.integer(0)) } ?? 0
    }

    // MARK: Rows

    /// Makes a call the newest of its schedule.
    /// - Returns: the newest one before.
    private func follow(_ schedule: ScheduleReference, with id: Int64) throws(DatabaseError) -> Int64? {
        statements.lastFire.bind(1, schedule.endpoint)
        statements.lastFire.bind(2, schedule.name)
        let before = try statements.lastFire.first { $0.integer(0) }
        statements.newFire.bind(1, schedule.endpoint)
        statements.newFire.bind(2, schedule.name)
        statements.newFire.bind(3, id)
        try statements.newFire.runFullyBound()
        return before
    }

    private func insertCall(_ id: Int64, _ command: AcceptCall, spec: Int64, body: Int64?, previousFire: Int64?) throws(DatabaseError) {
        let statement = statements.call
        statement.bind(1, id)
        statement.bind(2, command.endpoint)
        statement.bind(3, command.origin.source.rawValue)
        statement.bind(4, command.origin.requestedBy)
        statement.bind(5, command.at)
        statement.bind(6, command.origin.event)
        statement.bind(7, command.origin.deliveryID)
        statement.bind(8, spec)
        statement.bind(9, body)
        statement.bind(10, command.digest.array)
        statement.bind(11, command.idempotencyKey)
        statement.bind(12, command.request?.array)
        statement.bind(13, command.callbackURL)
        statement.bind(14, previousFire)
        try statement.runFullyBound()
    }

    private func insertDelivery(
        _ facts: DeliveryFacts, _ sender: Sender?, endpoint: Int64, at: Int64, verdict: DeliveryVerdict, call: Int64?, body: Int64?
    ) throws(DatabaseError) -> Int64 {
        let id = nextDelivery
        let statement = statements.delivery
        statement.bind(1, id)
        statement.bind(2, endpoint)
        statement.bind(3, facts.senderID)
        statement.bind(4, facts.event)
        statement.bind(5, facts.source)
        statement.bind(6, at)
        statement.bind(7, verdict.rawValue)
        statement.bind(8, call)
        statement.bind(9, body)
        statement.bind(10, facts.peer)
        statement.bind(11, facts.headers)
        statement.bind(12, at)
        statement.bind(13, facts.matchedSecret.map { Int64($0) })
        statement.bind(14, facts.redeliveryOf)
        statement.bind(15, facts.verifyMicroseconds)
        statement.bind(16, facts.ignoredBecause)
        try statement.runFullyBound()
        nextDelivery += 1
        if let sender { deliveryIndex.add(sender.key, delivery: id) }
        return id
    }

    private func insertApproval(
        _ id: Int64, _ endpoint: Int64, at: Int64, expiry: Int64, minutes: Int, reason: String?
    ) throws(DatabaseError) {
        let statement = statements.approval
        statement.bind(1, id)
        statement.bind(2, endpoint)
        statement.bind(3, at)
        statement.bind(4, expiry)
        statement.bind(5, Int64(minutes))
        statement.bind(6, reason)
        try statement.runFullyBound()
        statements.pending.bind(1, id)
        statements.pending.bind(2, endpoint)
        statements.pending.bind(3, expiry)
        try statements.pending.runFullyBound()
        expiries?.add(id, expiry: expiry)
        notice.earliestExpiry = min(notice.earliestExpiry ?? .max, expiry)
    }
}
