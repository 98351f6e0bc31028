internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Runs
internal import Store

/// `/runs`
struct RunRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let found = try services.store.runs(
            status: try request.choice("status", RunStatus.self), endpoint: request.parameter("endpoint"), below: page.cursor,
            limit: page.limit)
        return .list(found.items.map { .object(JSONObject(members($0))) }, next: found.next)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        let run = try find(request)
        let output = try services.store.output(ofRun: run.id)
        return .json(200, .object(JSONObject(members(run) + [("output", run.status.isFinished ? .string(lossyString(output)) : .null)])))
    }

    /// The output as it came, as far as it was kept.
    @Sendable func logs(_ request: OwnedRequest) throws -> Response {
        let run = try find(request)
        return Response(
            status: 200,
            headers: [
                ("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
                ("Sluice-Run-Status", run.status.rawValue),
            ], body: try services.store.output(ofRun: run.id))
    }

    /// A queued run never begins; a running command gets TERM, then KILL.
    @Sendable func cancel(_ request: OwnedRequest) throws -> Response {
        guard let id = services.keyring.number(.run, request.segments[1]), try services.store.run(id) != nil else { throw unknown }
        switch services.store.commit(.cancelRun(id: id, at: services.clock.wall())) {
        case .done: break
        case .conflict(RunStatus.running.rawValue): services.dispatcher.cancel(id)
        case .conflict(let status): throw Problem(409, "already_finished", "this run is \(status) already")
        case .unavailable: throw Problem.unavailable("the disk is full or the database cannot be written")
        default: throw unknown
        }
        guard let run = try services.store.run(id) else { throw unknown }
        return .json(202, .object(JSONObject(members(run))))
    }

    private let unknown = Problem(404, "unknown_run", "there is no such run")

    init(services: Services) { self.services = services }

    private func find(_ request: OwnedRequest) throws -> Run {
        guard let id = services.number(.run, request), let run = try services.store.run(id) else { throw unknown }
        try services.admit(request, caller: run.origin)
        return run
    }

    private func members(_ run: Run) -> [(String, JSONValue)] {
        [
            ("id", .string(services.keyring.uuid(.run, run.id))),
            ("endpoint", .string(run.endpoint)),
            ("status", .string(run.status.rawValue)),
            ("source", .string(run.origin.source.rawValue)),
            ("requested_by", .string(run.origin.requestedBy)),
            ("event", .optional(run.origin.event)),
            ("delivery_id", .optional(run.origin.deliveryID)),
            ("command", .string(run.command)),
            ("queued_at", .instant(run.queuedAt)),
            ("started_at", .instant(run.startedAt)),
            ("finished_at", .instant(run.finishedAt)),
            ("exit_code", .optional(run.exitCode)),
            ("duration_ms", .optional(run.durationMicroseconds.map { Int($0 / 1000) })),
            ("output_cut_bytes", .int(run.cutBytes)),
            ("error", .optional(run.error)),
            ("approval_id", run.wasGated ? .string(services.keyring.uuid(.approval, run.id)) : .null),
        ]
    }
}
