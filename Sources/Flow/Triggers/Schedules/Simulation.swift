internal import Cron
internal import Crontab
package import Model

/// What schedules would do in a stretch of time, without doing it.
package struct Simulation: Sendable {
    package enum Action: String, Sendable {
        case run
        /// It would wait for somebody's approval.
        case approval
        /// A blackout leaves it out.
        case blackout
        case paused
    }

    package struct Fire: Sendable {
        /// The planned time, and when it is due with its jitter, in microseconds since 1970.
        package let time: Int64
        package let due: Int64
        package let schedule: String
        package let action: Action
        /// How many fires of other schedules are planned for the same second.
        package var collisions = 0
    }

    package struct TooMany: Error, Sendable { package let limit: Int }

    private struct Entry: Sendable {
        let id: String
        let timing: ScheduleTiming
        let policy: SchedulePolicy
        let blackouts: [Blackout]
        let isGated: Bool
    }

    private var entries: [Entry] = []
    package var count: Int { entries.count }

    /// - Throws: `Refusal` for a schedule that cannot work.
    package init(endpoints: [EndpointSettings], further: [FileSchedule], crontabs: [CrontabFile]) throws(Refusal) {
        let furtherOf = Dictionary(grouping: further, by: \.endpoint)
        for endpoint in endpoints {
            let conditions = (try? EndpointConditions(endpoint)) ?? nil
            let all = endpoint.schedules + (furtherOf[endpoint.name] ?? []).map(\.schedule)
            for schedule in all {
                let compiled = try CompiledSchedule(schedule, endpoint: endpoint.name)
                let id = schedule.name.isEmpty ? endpoint.name : "\(endpoint.name):\(schedule.name)"
                entries.append(
                    Entry(
                        id: id, timing: compiled.timing, policy: schedule.policy, blackouts: compiled.blackouts,
                        isGated: endpoint.approvalRequired
                            && conditions?.finding(ofFire: endpoint.arguments(of: schedule)) != .fails))
            }
        }
        for crontab in crontabs {
            let policy = crontab.settings.ownSchedule.policy
            let bounds = ScheduleBounds(policy)
            for (index, job) in crontab.crontab.jobs.enumerated() {
                let timing = ScheduleTiming(
                    .cron(crontab.clocks[index]), zone: crontab.zones[Int(job.environment)], bounds: bounds, seed: crontab.ids[index])
                entries.append(
                    Entry(
                        id: "\(crontab.settings.name):\(crontab.name(of: index))", timing: timing, policy: policy, blackouts: crontab.blackouts,
                        isGated: crontab.settings.approvalRequired))
            }
        }
    }

    /// The fires planned from one instant (seconds) until before another, in the order of their times.
    /// - Throws: `TooMany` beyond `limit`.
    package func fires(from: Int64, to: Int64, limit: Int) throws(TooMany) -> [Fire] {
        var fires: [Fire] = []
        for entry in entries {
            for time in entry.timing.times(after: from - 1) {
                guard time < to else { break }
                guard fires.count < limit else { throw TooMany(limit: limit) }
                fires.append(
                    Fire(time: time * 1_000_000, due: entry.timing.due(time), schedule: entry.id, action: Self.action(entry, time)))
            }
        }
        fires.sort { ($0.time, $0.schedule) < ($1.time, $1.schedule) }
        var first = 0
        while first < fires.count {
            var next = first + 1
            while next < fires.count, fires[next].time == fires[first].time { next += 1 }
            for index in first..<next { fires[index].collisions = next - first - 1 }
            first = next
        }
        return fires
    }

    private static func action(_ entry: Entry, _ time: Int64) -> Action {
        if entry.policy.isPaused { return .paused }
        guard entry.blackouts.cover(time, in: entry.timing.zone) else { return entry.isGated ? .approval : .run }
        return entry.policy.blackoutAction == .ask ? .approval : .blackout
    }
}
