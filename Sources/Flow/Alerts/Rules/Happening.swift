internal import Conditions
internal import JSON
internal import Model
internal import Store

/// Something that rules may tell of, with what is read of it only when a rule wants to know.
final class Happening {
    let condition: AlertCondition
    let at: Int64
    let endpointID: Int64?
    let endpoint: String?
    let event: Event?
    let call: Int64?
    private let store: Store
    private var readApproval: Approval??
    private var readRun: Run??
    private var readFires: SkippedFires??
    private var readSchedule: String?

    init(
        _ condition: AlertCondition, at: Int64, endpointID: Int64?, endpoint: String?, event: Event?, call: Int64?, store: Store
    ) {
        self.condition = condition
        self.at = at
        self.endpointID = endpointID
        self.endpoint = endpoint
        self.event = event
        self.call = call
        self.store = store
    }

    /// Bodies are looked into up to here; beyond, a condition is undecided.
    private static let bodyLimit = 4 << 20

    func approval() throws -> Approval? {
        if let readApproval { return readApproval }
        let found = try call.flatMap { try store.approval($0) }
        readApproval = .some(found)
        return found
    }

    func run() throws -> Run? {
        if let readRun { return readRun }
        let found = try call.flatMap { try store.run($0) }
        readRun = .some(found)
        return found
    }

    /// Of a schedule's missed fires.
    func fires() throws -> (schedule: String, fires: SkippedFires)? {
        if readFires == nil {
            let found = try event?.subject.flatMap { try store.skippedFires(record: $0) }
            readFires = .some(found?.fires)
            readSchedule = found?.schedule.name
        }
        guard let fires = readFires ?? nil else { return nil }
        return (readSchedule ?? "", fires)
    }

    func facts(_ data: AlertData) throws -> AlertFacts {
        var facts = AlertFacts()
        facts.endpoint = endpoint
        facts.condition = condition.rawValue
        facts.count = data.refused?.count ?? data.failures
        if let refused = data.refused {
            facts.status = String(refused.status)
            facts.reason = refused.reason
        }
        if condition == .scheduleMissed, let (schedule, fires) = try fires() {
            facts.schedule = schedule
            facts.count = fires.count
            facts.reason = fires.reason.rawValue
        }
        guard call != nil else { return facts }
        let isOfRun = condition.isOfFinishedRuns || condition == .runSlow || condition == .runInterrupted
        if isOfRun, let run = try run() {
            facts.take(run.origin)
            facts.status = run.status.rawValue
            facts.exitCode = run.exitCode
            facts.durationMilliseconds = run.durationMicroseconds.map { Int($0 / 1000) }
            facts.reason = run.error
        } else if let approval = try approval() {
            facts.take(approval.origin)
            facts.status = approval.status.rawValue
            facts.decidedBy = approval.decidedBy
            facts.reason = approval.reason
        }
        return facts
    }

    /// Whether a rule's `when` lets it through. What cannot be told is told of.
    func passes(_ filter: AlertFilter, _ facts: AlertFacts) throws -> Bool {
        guard !filter.paths.isEmpty, let call else { return filter.passes(nil, facts) }
        let body = try store.stdin(ofCall: call, limit: Self.bodyLimit + 1)
        guard !body.isEmpty, body.count <= Self.bodyLimit else { return filter.passes(nil, facts) }
        return body.withUnsafeBytes { bytes in
            let found = try? filter.paths.find(in: bytes)
            return filter.passes(found, facts)
        }
    }
}

extension AlertFacts {
    fileprivate mutating func take(_ origin: CallOrigin) {
        source = origin.source.rawValue
        event = origin.event
        requestedBy = origin.requestedBy
    }
}
