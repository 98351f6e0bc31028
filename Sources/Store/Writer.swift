internal import Crypto
internal import Model
internal import SQLite

/// Applies commands on the one write connection. It lives on the writer's thread.
///
/// All that it remembers between transactions (counters, known specs) can be read from the database again, and is, after a rollback.
final class Writer {
    let connection: Connection
    var notice = CommitNotice()
    var nextCall: Int64 = 1
    var nextDelivery: Int64 = 1
    var nextBody: Int64 = 1
    private var specs: [SHA256Digest: (id: Int64, firstCall: Int64)] = [:]
    /// So many call numbers from the first may share a stored spec; behind them it is stored again.
    static let specStretch: Int64 = 128
    /// Refused attempts by endpoint, since the start.
    var rejections: [Int64: Int] = [:]
    /// Where the search for what may go stands, when the database is too large.
    var shrinking = ShrinkProgress()
    /// What deliveries became, in this transaction.
    var tally = DeliveryTally()
    /// Of the endpoints that are not deleted; nil when they are to be read again.
    private var revisions: [Int64: Int64]?
    /// Nil when they are to be read again.
    var openFires: OpenFires?
    /// Nil until it is asked for, and when it is to be read again.
    var expiries: ExpiryQueue?
    private(set) var statements: IntakeStatements
    let deliveryIndex: DeliveryIndex
    /// Delivery ids that fill a generation and are to be moved to their table.
    private(set) var move: DeliveryIndex.Move?
    private var hasFinishedMove = false

    init(connection: Connection, idsInMemory: Int) throws(DatabaseError) {
        self.connection = connection
        statements = try IntakeStatements(connection)
        deliveryIndex = try DeliveryIndex(connection, generation: idsInMemory)
        try loadCounters()
    }

    private func loadCounters() throws(DatabaseError) {
        // First: it may name rows that were rolled back, and what follows may fail.
        forgetSpecs()
        nextCall = (try connection.integer("SELECT max(id) FROM calls") ?? 0) + 1
        nextDelivery = (try connection.integer("SELECT max(id) FROM deliveries") ?? 0) + 1
        nextBody = (try connection.integer("SELECT max(id) FROM bodies") ?? 0) + 1
    }

    // MARK: Transactions

    /// Applies the commands in one transaction. When one of them fails by an error of its own (a value that is too large, say), each is
    /// tried alone, so that it spoils nobody else's.
    func commit(_ commands: [Command]) -> [Outcome] {
        do throws(DatabaseError) {
            return try transaction(commands)
        } catch  where commands.count > 1 && !error.concernsWholeDatabase {
            return commands.map { command in
                do throws(DatabaseError) {
                    return try transaction([command])[0]
                } catch {
                    return .unavailable(error.description)
                }
            }
        } catch {
            return commands.map { _ in .unavailable(error.description) }
        }
    }

    private func transaction(_ commands: [Command]) throws(DatabaseError) -> [Outcome] {
        let rung = notice
        do {
            try statements.begin.runFullyBound()
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(commands.count)
            for command in commands { outcomes.append(try apply(command)) }
            try statements.commit.runFullyBound()
            settleIndex()
            return outcomes
        } catch {
            // SQLite has rolled back by itself after some errors (a full disk among them).
            if !connection.isAutocommit { try? connection.execute("ROLLBACK") }
            notice = rung
            tally = DeliveryTally()
            hasFinishedMove = false
            deliveryIndex.rolledBack()
            endpointsChanged()
            openFires = nil
            expiries = nil
            shrinking = ShrinkProgress()
            try? loadCounters()
            throw error
        }
    }

    private func apply(_ command: Command) throws(DatabaseError) -> Outcome {
        switch command {
        case .accept(let call): try accept(call)
        case .ignoreDelivery(let ignored): try ignore(ignored)
        case .rejectDelivery(let rejected): try reject(rejected)
        case .decide(let decision): try decide(decision)
        case .cancelApproval(let id, let by, let at): try cancelApproval(id, by: by, at: at)
        case .expire(let at, let limit): try expire(at: at, limit: limit)
        case .claim(let run, let at): try claim(run, at: at)
        case .unclaim(let run, let began, let at): try unclaim(run, began: began, at: at)
        case .finish(let run, let result, let at): try finish(run, result, at: at)
        case .refuseStale(let run, let reason, let at): try refuseStale(run, reason: reason, at: at)
        case .cancelRun(let id, let at): try cancelRun(id, at: at)
        case .interruptRunning(let at, let retry): try interruptRunning(at: at, retry: retry)
        case .putEndpoint(let put): try putEndpoint(put)
        case .deleteEndpoint(let name, let force, let at): try deleteEndpoint(name, force: force, at: at)
        case .fire(let fires): try fire(fires)
        case .markSchedules(let through, let mayGoBack): try markSchedules(through: through, mayGoBack: mayGoBack)
        case .knowSchedules(let source, let hashes): try knowSchedules(source, hashes)
        case .pauseSchedule(let schedule, let paused, let reason, let at): try pauseSchedule(schedule, paused: paused, reason: reason, at: at)
        case .createKey(let label, let hash, let prefix, let at): try createKey(label: label, hash: hash, prefix: prefix, at: at)
        case .revokeKey(let id, let at): try revokeKey(id, at: at)
        case .createLogin(let hash, let expires): try createLogin(hash, expiresAt: expires)
        case .redeemLogin(let login, let session, let at, let expires):
            try redeemLogin(login, session: session, at: at, sessionExpiresAt: expires)
        case .createSession(let hash, let expires): try createSession(hash, expiresAt: expires)
        case .deleteSession(let hash): try deleteSession(hash)
        case .setMeta(let key, let value): try setMeta(key, value)
        case .settleNotification(let settled): try settle(settled)
        case .queueNotifications(let new, let at): try queue(new, at: at)
        case .resendNotification(let id, let at): try resend(id, at: at)
        case .turnAlerts(let turn): try turnAlerts(turn)
        case .forgetAlertMark(let drops): try forgetAlertMark(drops: drops)
        case .putAlertRule(let put): try putAlertRule(put)
        case .deleteAlertRule(let name): try deleteAlertRule(name)
        case .addSilence(let silence): try addSilence(silence)
        case .endSilence(let id, let at): try endSilence(id, at: at)
        case .prune(let retention, let at): try prune(retention, at: at)
        case .shrink(let limit, let batch, let at): try shrink(to: limit, batch: batch, at: at)
        case .moveDeliveryIDs(let entries): try moveDeliveryIDs(entries)
        case .finishMove(let through): try finishMove(through)
        case .installFilter(let box): install(box.filter)
        case .finishCheckpoint: .done
        }
    }

    // MARK: Delivery ids

    private func moveDeliveryIDs(_ entries: [DeliveryHash]) throws(DatabaseError) -> Outcome {
        try deliveryIndex.insert(entries)
        return .done
    }

    private func finishMove(_ through: Int64) throws(DatabaseError) -> Outcome {
        try deliveryIndex.finish(through: through)
        hasFinishedMove = true
        return .done
    }

    private func install(_ filter: DeliveryFilter) -> Outcome {
        deliveryIndex.install(filter)
        return .done
    }

    private func settleIndex() {
        if hasFinishedMove { deliveryIndex.finished() }
        hasFinishedMove = false
        if let due = deliveryIndex.committed() { move = due }
    }

    /// What the upkeep is to move, once.
    func takeMove() -> DeliveryIndex.Move? {
        defer { move = nil }
        return move
    }

    // MARK: Shared steps

    /// What became of deliveries since the last call.
    func takeTally() -> DeliveryTally {
        defer { tally = DeliveryTally() }
        return tally
    }

    /// What the listeners are told after the commit; empties the notice.
    func takeNotice() -> CommitNotice {
        defer { notice = CommitNotice() }
        return notice
    }

    @discardableResult
    func appendEvent(_ kind: String, at: Int64, endpoint: Int64?, subject: Int64?, data: String? = nil) throws(DatabaseError) -> Int64 {
        let statement = statements.event
        statement.bind(1, at)
        statement.bind(2, kind)
        statement.bind(3, endpoint)
        statement.bind(4, subject)
        statement.bind(5, data)
        try statement.runFullyBound()
        notice.hasEvents = true
        return connection.lastInsertRowID
    }

    /// Whether an endpoint is there and has this revision.
    func isCurrent(_ endpoint: Int64, _ revision: Int64) throws(DatabaseError) -> Bool {
        if let known = revisions { return known[endpoint] == revision }
        let rows = try connection.prepare("SELECT id, revision FROM endpoints WHERE deleted_at IS NULL")
            .map { ($0.integer(0), $0.integer(1)) }
        let read = Dictionary(uniqueKeysWithValues: rows)
        revisions = read
        return read[endpoint] == revision
    }

    func endpointsChanged() { revisions = nil }

    /// The number of a stored spec. Specs met lately are remembered; the same text may be stored twice, which costs only space.
    func storeSpec(_ spec: EncodedSpec, call: Int64) throws(DatabaseError) -> Int64 {
        if let known = specs[spec.sha256], call < known.firstCall + Self.specStretch { return known.id }
        statements.spec.bind(1, spec.sha256.array)
        statements.spec.bind(2, String(decoding: spec.json, as: UTF8.self))
        statements.spec.bind(3, call)
        try statements.spec.run()
        let id = connection.lastInsertRowID
        if specs.count >= 4096 { specs.removeAll(keepingCapacity: true) }
        specs[spec.sha256] = (id, call)
        return id
    }

    /// To be called when stored specs may be gone.
    func forgetSpecs() { specs.removeAll() }

    func storeBody(_ bytes: [UInt8]) throws(DatabaseError) -> Int64? {
        guard !bytes.isEmpty else { return nil }
        let id = nextBody
        statements.body.bind(1, id)
        try statements.body.run(2, blob: bytes)
        nextBody += 1
        return id
    }

    func queueRun(_ id: Int64, endpoint: Int64, at: Int64) throws(DatabaseError) {
        statements.run.bind(1, id)
        statements.run.bind(2, endpoint)
        statements.run.bind(3, at)
        try statements.run.runFullyBound()
        notice.queuedRuns.append(.init(id: id, endpoint: endpoint, schedule: try loadedFires().schedule(of: id)))
    }

    // MARK: Open fires

    /// The open calls of schedules; read when they are not known.
    func loadedFires() throws(DatabaseError) -> OpenFires {
        if let known = openFires { return known }
        let read = try OpenFires(connection)
        openFires = read
        return read
    }

    func openFire(_ call: Int64, _ schedule: ScheduleReference) throws(DatabaseError) {
        _ = try loadedFires()
        openFires?.add(call, schedule)
    }

    func run(_ sql: String, _ bind: (Statement) -> Void) throws(DatabaseError) -> Int {
        let statement = try connection.prepare(sql)
        bind(statement)
        try statement.run()
        return connection.changes
    }
}

/// The statements of the hot path, prepared once.
struct IntakeStatements {
    let begin, commit, call, byKey, lastFire, newFire, delivery, approval, pending, run, body, spec, event: Statement

    init(_ connection: Connection) throws(DatabaseError) {
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        call = try connection.prepare(
            """
            INSERT INTO calls (id, endpoint_id, source, requested_by, requested_at, event, sender_id, spec_id, body_id, digest,
              idempotency_key, request, callback_url, previous_fire) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        byKey = try connection.prepare("SELECT id, ifnull(request, digest) FROM calls WHERE endpoint_id = ? AND idempotency_key = ?")
        lastFire = try connection.prepare("SELECT call_id FROM last_fires WHERE endpoint_id = ? AND schedule = ?")
        newFire = try connection.prepare(
            """
            INSERT INTO last_fires (endpoint_id, schedule, call_id) VALUES (?, ?, ?)
            ON CONFLICT (endpoint_id, schedule) DO UPDATE SET call_id = excluded.call_id
            """)
        delivery = try connection.prepare(
            """
            INSERT INTO deliveries (id, endpoint_id, sender_id, event, source, received_at, verdict, call_id, body_id, peer, headers,
              last_seen_at, matched_secret, redelivery_of, verify_us, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        approval = try connection.prepare(
            """
            INSERT INTO approvals (id, endpoint_id, status, requested_at, expires_at, timeout_mins, gate_reason)
            VALUES (?, ?, 'pending', ?, ?, ?, ?)
            """)
        pending = try connection.prepare("INSERT INTO pending_approvals (id, endpoint_id, expires_at) VALUES (?, ?, ?)")
        run = try connection.prepare("INSERT INTO runs (id, endpoint_id, status, queued_at) VALUES (?, ?, 'queued', ?)")
        body = try connection.prepare("INSERT INTO bodies (id, bytes) VALUES (?, ?)")
        spec = try connection.prepare("INSERT INTO specs (sha256, body, first_call) VALUES (?, ?, ?)")
        event = try connection.prepare("INSERT INTO events (at, kind, endpoint_id, subject_id, data) VALUES (?, ?, ?, ?, ?)")
    }
}

extension DatabaseError {
    /// The disk, the file or the memory, rather than the row: trying the commands one by one would only fail as often.
    var concernsWholeDatabase: Bool {
        // SQLITE_PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
        [3, 5, 6, 7, 8, 10, 11, 13, 14, 15, 26].contains(primaryCode)
    }
}
