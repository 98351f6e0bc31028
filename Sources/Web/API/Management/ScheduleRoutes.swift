internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// `/schedules`: the endpoints that have one.
struct ScheduleRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let rows = Dictionary(uniqueKeysWithValues: try services.store.schedules().map { ($0.endpoint, $0) })
        let scheduled = services.directory.current.byName.values.filter { $0.schedule != nil && $0.id < page.cursor ?? .max }
            .sorted { $0.id > $1.id }
        let items = scheduled.prefix(page.limit)
        return .list(items.map { json($0, rows[$0.id]) }, next: scheduled.count > page.limit ? items.last?.id : nil)
    }

    /// Paused, it keeps its expression and fires nothing; calls still work. Resumed, it goes on with the next fire.
    func pause(_ request: OwnedRequest, _ paused: Bool) throws -> Response {
        guard let endpoint = services.directory.endpoint(request.segments[1]), endpoint.schedule != nil else {
            throw Problem(404, "unknown_schedule", "there is no endpoint of this name with a schedule")
        }
        if endpoint.settings.isPaused, !paused {
            throw Problem(409, "paused_in_settings", "'paused: true' stands in the endpoint's settings; change it there")
        }
        guard case .done = services.store.commit(.pauseSchedule(endpoint: endpoint.id, paused: paused, at: services.clock.wall())) else {
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        services.endpointsChanged()
        return .json(200, json(endpoint, try services.store.schedules().first { $0.endpoint == endpoint.id }))
    }

    private func json(_ endpoint: CompiledEndpoint, _ row: ScheduleRow?) -> JSONValue {
        let next = services.scheduler.upcoming(endpoint.id, count: 5)
        return [
            "endpoint": .string(endpoint.name),
            "schedule": .optional(endpoint.settings.schedule),
            "timezone": .string(endpoint.settings.timezone ?? "UTC"),
            "approval_required": .bool(endpoint.settings.approvalRequired),
            "paused": .bool(endpoint.settings.isPaused || row?.isPaused == true),
            "next_run_at": .instant(next.first),
            "next_runs": .array(next.map { .instant($0) }),
            "missed": .int(row?.missed ?? 0),
            "last_call_id": row?.lastCall.map { .string(services.keyring.uuid(.call, $0)) } ?? .null,
        ]
    }
}
