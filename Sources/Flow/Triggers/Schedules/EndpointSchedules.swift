package import Model
package import Store
internal import TimeZones

/// The schedules of all endpoints: their own, and those that schedule files give them.
package struct EndpointSchedules: ScheduleSource {
    private struct Item: Sendable {
        let endpoint: CompiledEndpoint
        let schedule: CompiledSchedule
        let place: String?
    }

    private var items: [Item] = []
    private var indices: [ScheduleReference: Int] = [:]

    package var key: String { "endpoints" }
    package var count: Int { items.count }

    /// - Parameters:
    ///   - further: what the schedule files say.
    ///   - report: is told of a schedule that cannot be used, say because its endpoint has gone by API.
    package init(_ endpoints: [CompiledEndpoint], further: [FileSchedule], report: (String) -> Void) {
        for endpoint in endpoints.sorted(by: { $0.id < $1.id }) {
            for schedule in endpoint.schedules { add(Item(endpoint: endpoint, schedule: schedule, place: nil)) }
        }
        let byName = Dictionary(uniqueKeysWithValues: endpoints.map { ($0.name, $0) })
        for file in further {
            guard let endpoint = byName[file.endpoint] else {
                report("\(file.file):\(file.line): endpoint '\(file.endpoint)' cannot serve; its schedule '\(file.schedule.name)' rests")
                continue
            }
            do {
                let compiled = try CompiledSchedule(file.schedule, endpoint: endpoint.name)
                add(Item(endpoint: endpoint, schedule: compiled, place: "\(file.file):\(file.line)"))
            } catch {
                report("\(file.file):\(file.line): \(error.detail)")
            }
        }
    }

    private mutating func add(_ item: Item) {
        indices[ScheduleReference(endpoint: item.endpoint.id, name: item.schedule.settings.name)] = items.count
        items.append(item)
    }

    package func timing(_ index: Int) -> ScheduleTiming { items[index].schedule.timing }
    package func policy(_ index: Int) -> SchedulePolicy { items[index].schedule.settings.policy }
    package func blackouts(_ index: Int) -> [Blackout] { items[index].schedule.blackouts }
    package func identity(_ index: Int) -> UInt64 { items[index].schedule.identity }
    package func settings(_ index: Int) -> EndpointSettings { items[index].endpoint.settings }
    package func finding(_ index: Int) -> ConditionFinding {
        let (endpoint, schedule) = (items[index].endpoint, items[index].schedule.settings)
        return endpoint.conditions?.finding(ofFire: endpoint.settings.arguments(of: schedule)) ?? .absent
    }

    package func index(endpoint: Int64, name: String) -> Int? { indices[ScheduleReference(endpoint: endpoint, name: name)] }

    package func reference(_ index: Int) -> ScheduleReference {
        ScheduleReference(endpoint: items[index].endpoint.id, name: items[index].schedule.settings.name)
    }

    package func freeze(_ index: Int, time: Int64?, by: String?, gate: GateVerdict, at now: Int64) throws(Refusal) -> AcceptCall {
        try items[index].endpoint.freezeFire(items[index].schedule.settings, time: time, by: by, gate: gate, at: now)
    }

    package func summary(_ index: Int) -> ScheduleSummary {
        let (endpoint, schedule) = (items[index].endpoint, items[index].schedule)
        return ScheduleSummary(
            endpoint: endpoint.name, name: schedule.settings.name, timing: schedule.settings.timing, timezone: schedule.zone.identifier,
            command: endpoint.settings.command, arguments: schedule.settings.arguments, policy: schedule.settings.policy,
            isGated: endpoint.settings.approvalRequired && finding(index) != .fails, place: items[index].place)
    }
}
