internal import Model
internal import Store
internal import Triggers

/// What making up for a range of a schedule's fires comes to.
struct BackfillPlan: Sendable {
    /// Those without a call, microseconds since 1970.
    let open: [Int64]
    let alreadyMade: Int
}

extension Services {
    /// - Throws: `Problem` for a range that is none.
    func backfillPlan(_ schedule: ScheduleReference, from: Int64, to: Int64) throws -> BackfillPlan {
        let times: [Int64]
        do {
            times = try scheduler.backfillTimes(schedule, from: from, to: to)
        } catch {
            throw Problem(error)
        }
        let known = try store.fired(schedule, among: times)
        return BackfillPlan(open: times.filter { !known.contains($0) }, alreadyMade: known.count)
    }

    /// Makes the calls that are open.
    /// - Returns: their numbers.
    func makeUp(_ plan: BackfillPlan, of schedule: ScheduleReference, by: String) throws -> [Int64] {
        let outcome: Outcome
        do {
            outcome = try scheduler.backfill(schedule, plan.open, by: "\(by) (backfill)")
        } catch {
            throw Problem(error)
        }
        guard case .fired(let fates) = outcome else {
            throw Problem.unavailable("the disk is full, the database cannot be written, or the endpoint is being changed")
        }
        return fates.compactMap { fate -> Int64? in if case .made(let call, false) = fate { call } else { nil } }
    }
}
