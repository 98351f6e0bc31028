package import Crypto
package import Model

/// A change of the store in domain words: self-contained, with its own precondition. In a batch each command succeeds or conflicts by
/// itself. Times are microseconds since 1970 UTC.
/// Indirect, so that handing one on copies a reference and not all of its parts.
package indirect enum Command: Sendable {
    // Intake
    case accept(AcceptCall)
    case ignoreDelivery(IgnoreDelivery)
    case rejectDelivery(RejectDelivery)
    // Approvals
    case decide(Decide)
    case cancelApproval(id: Int64, by: String, at: Int64)
    /// Expires what is due, `limit` at a time.
    case expire(at: Int64, limit: Int)
    // Runs
    case claim(run: Int64, at: Int64)
    /// At a stop: a claimed run goes back into the queue, because its command never began, or because it may run again.
    case unclaim(run: Int64, began: Bool, at: Int64)
    case finish(run: Int64, result: RunResult, at: Int64)
    case refuseStale(run: Int64, reason: String, at: Int64)
    case cancelRun(id: Int64, at: Int64)
    /// At start: what was running when the process died.
    case interruptRunning(at: Int64, retry: Set<Int64>)
    // Endpoints and schedules
    case putEndpoint(PutEndpoint)
    case deleteEndpoint(name: String, force: Bool, at: Int64)
    case fire(FireSchedule)
    /// All fires up to a time are settled.
    case markSchedules(through: Int64, mayGoBack: Bool)
    /// The schedules that a source has, as 8-byte hashes; nil when the source is gone.
    case knowSchedules(source: String, hashes: [UInt8]?)
    case pauseSchedule(ScheduleReference, paused: Bool, reason: String?, at: Int64)
    // Access
    case createKey(label: String, hash: SHA256Digest, prefix: String, at: Int64)
    case revokeKey(id: Int64, at: Int64)
    case createLogin(hash: SHA256Digest, expiresAt: Int64)
    /// Exchanges a one-time login for a session, once.
    case redeemLogin(login: SHA256Digest, session: SHA256Digest, at: Int64, sessionExpiresAt: Int64)
    case createSession(hash: SHA256Digest, expiresAt: Int64)
    case deleteSession(hash: SHA256Digest)
    case setMeta(key: String, value: String)
    // Outbox
    case settleNotification(SettleNotification)
    case queueNotifications([NewNotification], at: Int64)
    /// A dead one is to be sent again, at once; a pending one is tried now.
    case resendNotification(id: Int64, at: Int64)
    // Alerts
    case turnAlerts(AlertTurn)
    /// Nobody reads the events any more; the next reader begins with those to come.
    case forgetAlertMark(dropsWaiting: Bool)
    case putAlertRule(PutAlertRule)
    case deleteAlertRule(name: String)
    case addSilence(NewSilence)
    case endSilence(id: Int64, at: Int64)
    case prune(Retention, at: Int64)
    /// While the database holds more than `limit` bytes: the oldest of what is settled goes, about `batch` rows a time.
    case shrink(limit: Int64, batch: Int, at: Int64)
    // Upkeep
    case moveDeliveryIDs([DeliveryHash])
    case finishMove(through: Int64)
    case installFilter(FilterBox)
    /// The log is copied but for a little; an idle writer does that at once, and not before the next of its commits.
    case finishCheckpoint
}

extension Command {
    /// About how many bytes of memory it holds while it waits.
    var weight: Int {
        switch self {
        case .accept(let call): 512 + call.stdin.count + (call.delivery?.weight ?? 0)
        case .ignoreDelivery(let ignored): 512 + ignored.body.count + ignored.delivery.headers.utf8.count
        case .fire(let fire): 512 + fire.calls.reduce(0) { $0 + 512 + $1.stdin.count }
        case .knowSchedules(_, let hashes): 256 + (hashes?.count ?? 0)
        case .queueNotifications(let new, _): 256 * (1 + new.count)
        case .turnAlerts(let turn): 256 * (1 + turn.new.count + turn.changes.count + turn.states.count + turn.removed.count)
        default: 256
        }
    }
}

/// A message of a webhook sender. `senderID` is what the sender calls the delivery; without one, no repeat can be told.
package struct DeliveryFacts: Sendable {
    package var senderID: String?
    package var event: String?
    package var source: String
    package var peer: String
    /// A line `name: value` each, in the order they came, secrets masked; see `keptHeaders`.
    package var headers: String
    /// The raw body, when it differs from what the command gets on stdin.
    package var rawBody: [UInt8]?
    /// Which of the endpoint's secrets the signature was made with, from 1; nil when none was needed.
    package var matchedSecret: Int?
    /// The delivery that it repeats because somebody asked for that.
    package var redeliveryOf: Int64?
    /// How long verifying and freezing took.
    package var verifyMicroseconds: Int64?
    /// The rule that leaves it out; nil when it is taken.
    package var ignoredBecause: String?

    package init(senderID: String?, event: String?, source: String, peer: String, headers: String, rawBody: [UInt8]?) {
        self.senderID = senderID
        self.event = event
        self.source = source
        self.peer = peer
        self.headers = headers
        self.rawBody = rawBody
    }

    var weight: Int { headers.utf8.count + (rawBody?.count ?? 0) }
}

/// Take a call in, unless its delivery id or idempotency key is known for this endpoint, or the endpoint has changed or gone since the
/// call was frozen: its gate could be another by now.
package struct AcceptCall: Sendable {
    package var endpoint: Int64
    /// Of the settings that the call was frozen under; when they have passed, the call is a conflict.
    package var revision: Int64
    package var at: Int64
    package var origin: CallOrigin
    package var spec: EncodedSpec
    package var stdin: [UInt8]
    package var digest: SHA256Digest
    package var gate: GateVerdict
    package var delivery: DeliveryFacts?
    package var idempotencyKey: String?
    /// What the caller sent, as a hash: a repeat of the idempotency key must have the same. Nil: the digest must be the same.
    package var request: SHA256Digest?
    package var callbackURL: String?
    package var maxPending: Int?
    /// For a schedule: the fire time.
    package var fireTime: Int64?

    package init(
        endpoint: Int64, revision: Int64, at: Int64, origin: CallOrigin, spec: EncodedSpec, stdin: [UInt8], digest: SHA256Digest,
        gate: GateVerdict, delivery: DeliveryFacts? = nil, idempotencyKey: String? = nil, callbackURL: String? = nil,
        maxPending: Int? = nil, fireTime: Int64? = nil
    ) {
        self.endpoint = endpoint
        self.revision = revision
        self.at = at
        self.origin = origin
        self.spec = spec
        self.stdin = stdin
        self.digest = digest
        self.gate = gate
        self.delivery = delivery
        self.idempotencyKey = idempotencyKey
        self.callbackURL = callbackURL
        self.maxPending = maxPending
        self.fireTime = fireTime
    }
}

/// Record a verified delivery that the endpoint's filter leaves out.
package struct IgnoreDelivery: Sendable {
    package var endpoint: Int64
    package var at: Int64
    package var delivery: DeliveryFacts
    package var body: [UInt8]

    package init(endpoint: Int64, at: Int64, delivery: DeliveryFacts, body: [UInt8]) {
        self.endpoint = endpoint
        self.at = at
        self.delivery = delivery
        self.body = body
    }
}

/// Record an attempt that was refused: never its body, and never so that its delivery id counts as known.
package struct RejectDelivery: Sendable {
    package var endpoint: Int64
    package var at: Int64
    package var status: Int
    package var reason: String
    package var peer: String
    package var senderID: String?

    package init(endpoint: Int64, at: Int64, status: Int, reason: String, peer: String, senderID: String?) {
        self.endpoint = endpoint
        self.at = at
        self.status = status
        self.reason = reason
        self.peer = peer
        self.senderID = senderID
    }
}

/// Decide an approval, unless it is decided or its time has passed.
package struct Decide: Sendable {
    package var approval: Int64
    package var decision: Decision
    package var by: String
    package var via: DecisionVia
    package var reason: String?
    /// Why the approved call may not run after all: a script changed meanwhile.
    package var staleReason: String?
    /// For an approval of missed fires: each of them runs, not only the last one.
    package var runsAllMissed: Bool
    package var at: Int64

    package init(
        approval: Int64, decision: Decision, by: String, via: DecisionVia, reason: String? = nil, staleReason: String? = nil,
        runsAllMissed: Bool = false, at: Int64
    ) {
        self.approval = approval
        self.decision = decision
        self.by = by
        self.via = via
        self.reason = reason
        self.staleReason = staleReason
        self.runsAllMissed = runsAllMissed
        self.at = at
    }
}

/// Create an endpoint or give it new settings; a revision is counted only when they differ.
package struct PutEndpoint: Sendable {
    package var origin: EndpointOrigin
    package var kind: EndpointKind
    package var name: String
    /// Fields as JSON, by their names in the file; only those that differ from the defaults.
    package var settings: String
    /// For a file's endpoint: fields that the API set, `{field: {"value":..., "file":...}}`.
    package var overrides: String
    package var mustBeNew: Bool
    /// What the settings were made from: another change that came first is not written over. Nil: whatever there is.
    package var expected: EndpointVersion?
    package var at: Int64

    package init(
        origin: EndpointOrigin, kind: EndpointKind = .command, name: String, settings: String, overrides: String, mustBeNew: Bool,
        expected: EndpointVersion? = nil, at: Int64
    ) {
        self.origin = origin
        self.kind = kind
        self.name = name
        self.settings = settings
        self.overrides = overrides
        self.mustBeNew = mustBeNew
        self.expected = expected
        self.at = at
    }
}

/// An endpoint at one of its revisions.
package struct EndpointVersion: Sendable, Equatable {
    package let id: Int64
    package let revision: Int64

    package init(id: Int64, revision: Int64) {
        self.id = id
        self.revision = revision
    }
}

/// How long finished things are kept.
package struct Retention: Sendable {
    package var microseconds: Int64
    package var batch: Int

    package init(microseconds: Int64, batch: Int = 500) {
        self.microseconds = microseconds
        self.batch = batch
    }
}
