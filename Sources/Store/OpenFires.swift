internal import Model
internal import SQLite

/// The calls of schedules that have not ended: their approval waits, or their run is queued or running. Kept by the writer, so that a
/// fire finds its open predecessors without a search.
struct OpenFires {
    private var calls: [ScheduleReference: [Int64]] = [:]
    private var schedules: [Int64: ScheduleReference] = [:]

    init(_ connection: Connection) throws(DatabaseError) {
        let rows = try connection.prepare(
            """
            SELECT c.id, c.endpoint_id, c.idempotency_key FROM calls c WHERE c.idempotency_key GLOB 'schedule*' AND c.id IN (
              SELECT id FROM pending_approvals
              UNION SELECT id FROM runs INDEXED BY runs_open WHERE finished_at IS NULL) ORDER BY c.id
            """
        ).map { ($0.integer(0), $0.integer(1), $0.text(2)) }
        for (id, endpoint, key) in rows {
            if let fire = FireKey(key) { add(id, ScheduleReference(endpoint: endpoint, name: fire.schedule)) }
        }
    }

    mutating func add(_ call: Int64, _ schedule: ScheduleReference) {
        calls[schedule, default: []].append(call)
        schedules[call] = schedule
    }

    mutating func remove(_ call: Int64) {
        guard let schedule = schedules.removeValue(forKey: call) else { return }
        guard calls[schedule]?.count != 1 else {
            calls[schedule] = nil
            return
        }
        calls[schedule]?.removeAll { $0 == call }
    }

    /// Oldest first.
    func calls(of schedule: ScheduleReference) -> [Int64] { calls[schedule] ?? [] }
    func schedule(of call: Int64) -> ScheduleReference? { schedules[call] }
}
