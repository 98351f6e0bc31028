import Model
import Store

/// What the store should do, written plainly and in memory. It answers each command with the label of the outcome it expects.
struct ReferenceModel {
    struct Call {
        var endpoint: Int64
        var key: String?
        var body: String
    }
    struct Gate {
        var status: ApprovalStatus
        var endpoint: Int64
        var expiresAt: Int64
    }

    var calls: [Int64: Call] = [:]
    var approvals: [Int64: Gate] = [:]
    var runs: [Int64: RunStatus] = [:]
    /// Delivery id at an endpoint -> the call that it made; nil inside for one that was ignored, by the delivery's number.
    var senders: [String: (delivery: Int64, call: Int64?)] = [:]
    var deliveries: Int64 = 0
    private var deleted: Set<Int64> = []
    /// Moves that no rule of the model allows.
    private(set) var illegal: [String] = []

    private mutating func move(_ id: Int64, _ status: ApprovalStatus) {
        guard let old = approvals[id]?.status else { return illegal.append("no approval \(id)") }
        if !old.canBecome(status) { illegal.append("approval \(id): \(old) -> \(status)") }
        approvals[id]?.status = status
    }

    private mutating func move(run id: Int64, _ status: RunStatus) {
        guard let old = runs[id] else { return illegal.append("no run \(id)") }
        if !old.canBecome(status) { illegal.append("run \(id): \(old) -> \(status)") }
        runs[id] = status
    }

    // MARK: Commands

    mutating func accept(
        _ endpoint: Int64, at: Int64, _ gate: GateVerdict, sender: String?, key: String?, body: String, maxPending: Int?
    ) -> String {
        if let key, let known = calls.first(where: { $0.value.endpoint == endpoint && $0.value.key == key }) {
            return known.value.body == body ? "seen \(known.key)" : "key reused"
        }
        if let sender, let known = senders["\(endpoint) \(sender)"] {
            return known.call.map { "seen \($0)" } ?? "ignored again \(known.delivery)"
        }
        if deleted.contains(endpoint) { return "conflict changed" }
        if let maxPending, gate != .run, pending(endpoint).count >= maxPending { return "too many pending: \(maxPending)" }
        let id = Int64(calls.count + 1)
        calls[id] = Call(endpoint: endpoint, key: key, body: body)
        if let sender {
            deliveries += 1
            senders["\(endpoint) \(sender)"] = (deliveries, id)
        }
        switch gate {
        case .run: runs[id] = .queued
        case .ask(let minutes, _): approvals[id] = Gate(status: .pending, endpoint: endpoint, expiresAt: at + Int64(minutes) * 60_000_000)
        }
        return "accepted \(id)"
    }

    mutating func ignore(_ endpoint: Int64, sender: String) -> String {
        if let known = senders["\(endpoint) \(sender)"] {
            return known.call.map { "seen \($0)" } ?? "ignored again \(known.delivery)"
        }
        deliveries += 1
        senders["\(endpoint) \(sender)"] = (deliveries, nil)
        return "ignored \(deliveries)"
    }

    mutating func decide(_ id: Int64, _ decision: Decision, at: Int64, isStale: Bool) -> String {
        guard let approval = approvals[id] else { return "not found" }
        guard approval.status == .pending else { return "conflict \(approval.status)" }
        guard approval.expiresAt > at else {
            move(id, .expired)
            return "conflict expired"
        }
        move(id, decision == .approve ? .approved : .denied)
        if decision == .deny { return "decided denied" }
        if isStale {
            move(id, .stale)
            return "decided stale"
        }
        if runs[id] != nil { illegal.append("a second run of call \(id)") }
        runs[id] = .queued
        return "decided approved"
    }

    mutating func cancelApproval(_ id: Int64) -> String {
        guard let approval = approvals[id] else { return "not found" }
        guard approval.status == .pending else { return "conflict \(approval.status)" }
        move(id, .cancelled)
        return "decided cancelled"
    }

    mutating func expire(at: Int64) -> String {
        let due = approvals.filter { $0.value.status == .pending && $0.value.expiresAt <= at }.keys
        for id in due { move(id, .expired) }
        let next = approvals.values.filter { $0.status == .pending }.map(\.expiresAt).min()
        return "expired \(due.count) next \(next.map { String($0) } ?? "-")"
    }

    /// A command that takes a run from one of some states to the next.
    mutating func advance(run id: Int64, from states: [RunStatus], to next: RunStatus) -> String {
        guard let status = runs[id] else { return "not found" }
        guard states.contains(status) else { return "conflict \(status.rawValue)" }
        move(run: id, next)
        return "done"
    }

    mutating func refuseStale(_ id: Int64) -> String {
        let answer = advance(run: id, from: [.queued, .running], to: .cancelled)
        if answer == "done", approvals[id]?.status == .approved { move(id, .stale) }
        return answer
    }

    mutating func interrupt(retry: Set<Int64>) -> String {
        let running = runs.filter { $0.value == .running }.keys.sorted()
        for id in running { move(run: id, retry.contains(calls[id]?.endpoint ?? 0) ? .queued : .interrupted) }
        return "interrupted \(running)"
    }

    /// Cancels all open work of an endpoint; it takes no new calls.
    mutating func delete(_ endpoint: Int64) {
        deleted.insert(endpoint)
        for id in pending(endpoint) { move(id, .cancelled) }
        for (id, status) in runs where status == .queued && calls[id]?.endpoint == endpoint { move(run: id, .cancelled) }
    }

    func pending(_ endpoint: Int64) -> [Int64] {
        approvals.filter { $0.value.endpoint == endpoint && $0.value.status == .pending }.map(\.key)
    }
}
