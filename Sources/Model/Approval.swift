/// The states of an approval. `pending` is left once, by one conditional update; `approved` is left only towards `stale`.
package enum ApprovalStatus: String, Sendable, CaseIterable {
    case pending, approved, denied, expired, cancelled, superseded, stale

    /// The legal moves.
    package func canBecome(_ next: ApprovalStatus) -> Bool {
        switch self {
        case .pending: next != .pending && next != .stale
        case .approved: next == .stale
        case .denied, .expired, .cancelled, .superseded, .stale: false
        }
    }
}

package enum Decision: String, Sendable { case approve, deny }

/// By what means a decision came.
package enum DecisionVia: String, Sendable { case link, dashboard, api, slack }

/// An approval as people and programs see it.
package struct Approval: Sendable {
    /// Also the number of its call and, once approved, of its run.
    package var id: Int64
    package var endpoint: String
    package var status: ApprovalStatus
    package var requestedAt: Int64
    package var expiresAt: Int64
    package var timeoutMinutes: Int
    package var origin: CallOrigin
    package var spec: CallSpec
    package var digest: String
    package var decidedAt: Int64?
    package var decidedBy: String?
    package var decidedVia: DecisionVia?
    package var reason: String?
    /// Whether the endpoint still stands at the revision that was frozen.
    package var endpointChanged: Bool
    package var hasRun: Bool
    package var stdinSize: Int
    /// The body went under `retention_size`; `stdinSize` is 0 then.
    package var isBodyGone = false
    /// How many fires of its schedule it stands for.
    package var fires = 1
    /// For missed fires that it asks about: their times, oldest first, in microseconds since 1970. Empty for all others.
    package var missed: [Int64] = []
    /// Why the gate asked, where a condition decided it.
    package var gateReason: String?

    package init(
        id: Int64, endpoint: String, status: ApprovalStatus, requestedAt: Int64, expiresAt: Int64, timeoutMinutes: Int,
        origin: CallOrigin, spec: CallSpec, digest: String, decidedAt: Int64?, decidedBy: String?, decidedVia: DecisionVia?,
        reason: String?, endpointChanged: Bool, hasRun: Bool, stdinSize: Int
    ) {
        self.id = id
        self.endpoint = endpoint
        self.status = status
        self.requestedAt = requestedAt
        self.expiresAt = expiresAt
        self.timeoutMinutes = timeoutMinutes
        self.origin = origin
        self.spec = spec
        self.digest = digest
        self.decidedAt = decidedAt
        self.decidedBy = decidedBy
        self.decidedVia = decidedVia
        self.reason = reason
        self.endpointChanged = endpointChanged
        self.hasRun = hasRun
        self.stdinSize = stdinSize
    }
}
