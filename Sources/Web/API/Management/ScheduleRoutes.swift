internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import TimeZones
internal import Triggers

/// `/schedules`: all of them, those of crontabs too. A schedule's id is its endpoint's name, and behind a colon its own.
struct ScheduleRoutes: Sendable {
    let services: Services

    /// Cursors are positions: the list is as it was read last.
    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        var endpoint: Int64?
        if let name = request.parameter("endpoint") {
            guard let row = services.directory.current.rows[name] else { return .list([], next: nil) }
            endpoint = row.id
        }
        let found = services.scheduler.list(from: Int(page.cursor ?? 0), limit: page.limit, endpoint: endpoint)
        return .list(try found.items.map { try json($0, isDetailed: false) }, next: found.next.map(Int64.init))
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response { .json(200, try json(try find(request), isDetailed: true)) }

    /// Paused, it keeps its times and fires nothing; calls still work. Resumed, it goes on with the next fire.
    func pause(_ request: OwnedRequest, _ paused: Bool) throws -> Response {
        let found = try find(request)
        if found.isPausedInSettings, !paused {
            throw Problem(409, "paused_in_settings", "'paused: true' stands in the schedule's settings; change it there")
        }
        let reason = try request.object()["reason"]?.string.map { String($0.prefix(1000)) }
        guard services.scheduler.setPaused(found.schedule, paused, reason: reason) else {
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
        return .json(200, try json(try find(request), isDetailed: true))
    }

    /// A call now, beside the schedule's times: 202 with the run, or the pending approval of a gated endpoint.
    @Sendable func run(_ request: OwnedRequest) throws -> Response {
        let found = try find(request)
        let key = try checkedIdempotencyKey(request.header("idempotency-key"))
        let outcome: Outcome
        do {
            outcome = try services.scheduler.runNow(found.schedule, by: "admin", idempotencyKey: key)
        } catch {
            throw Problem(error)
        }
        if case .accepted(let call) = outcome { return call.expiresAt == nil ? services.acceptedAnswer(call) : services.pendingAnswer(call) }
        throw services.problem(of: outcome)
    }

    /// Makes up for fires of a range: without `confirm: true` it only says which.
    @Sendable func backfill(_ request: OwnedRequest) throws -> Response {
        let found = try find(request)
        let body = try request.object()
        let from = try instant(body, "from")
        let to = try instant(body, "to")
        let plan = try services.backfillPlan(found.schedule, from: from, to: to)
        let open = plan.open
        guard body["confirm"]?.bool == true else {
            return .json(
                200,
                [
                    "confirmed": .bool(false), "fires": .array(open.map { .instant($0) }), "already_made": .int(plan.alreadyMade),
                    "message": .string("send it again with confirm: true to make \(open.count) call\(open.count == 1 ? "" : "s")"),
                ])
        }
        let made = try services.makeUp(plan, of: found.schedule, by: "admin")
        return .json(
            202,
            [
                "confirmed": .bool(true), "fires": .array(open.map { .instant($0) }), "already_made": .int(plan.alreadyMade),
                "call_ids": .array(made.map { .string(services.keyring.uuid(.call, $0)) }),
            ])
    }

    private func instant(_ body: JSONObject, _ name: String) throws(Problem) -> Int64 {
        guard let text = body[name]?.string, let time = Timestamp(rfc3339: text) else {
            throw Problem(
                422, "invalid_parameter", "'\(name)' is an instant such as 2026-11-23T08:00:00Z", fields: [.init(name, "an RFC 3339 instant")])
        }
        return time.seconds * 1_000_000 + Int64(time.nanoseconds / 1000)
    }

    /// Fires that did not run, newest first.
    @Sendable func skipped(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let rows = try services.store.skippedFires(of: try find(request).schedule, below: page.cursor ?? .max, limit: page.limit + 1)
        let items = rows.prefix(page.limit).map { row -> JSONValue in
            [
                "reason": .string(row.fires.reason.rawValue), "first_at": .instant(row.fires.first), "last_at": .instant(row.fires.last),
                "count": .int(row.fires.count), "recorded_at": .instant(row.recordedAt),
            ]
        }
        return .list(items, next: rows.count > page.limit ? rows[page.limit - 1].id : nil)
    }

    // MARK: Parts

    private func find(_ request: OwnedRequest) throws(Problem) -> ScheduleStatus {
        guard let found = services.schedule(request.segments[1]) else {
            throw Problem(404, "unknown_schedule", "there is no schedule of this name")
        }
        return found
    }

    private func json(_ status: ScheduleStatus, isDetailed: Bool) throws -> JSONValue {
        let summary = status.summary
        let last = try services.store.firedCalls(of: status.schedule, limit: isDetailed ? 20 : 1)
        let skipped = try services.store.skippedCounts(of: status.schedule)
        var members: [(String, JSONValue)] = [
            ("id", .string(summary.id)), ("endpoint", .string(summary.endpoint)), ("name", summary.name.isEmpty ? .null : .string(summary.name)),
            ("schedule", .string(summary.timing)), ("timezone", .string(summary.timezone)), ("command", .string(summary.command)),
            ("args", .object(JSONObject(summary.arguments.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))),
            ("approval_required", .bool(summary.isGated)), ("place", .optional(summary.place)), ("paused", .bool(status.isPaused)),
            ("pause_reason", .optional(status.pauseReason)), ("next_run_at", .instant(status.upcoming.first)),
            ("next_runs", .array(status.upcoming.map { .instant($0) })), ("last", last.first.map(json) ?? .null),
            ("last_call_id", last.first.map { .string(services.keyring.uuid(.call, $0.call)) } ?? .null),
            ("missed", .int(skipped[.missed] ?? 0)),
            ("skipped", .object(JSONObject(SkipReason.allCases.map { ($0.rawValue, .int(skipped[$0] ?? 0)) }))),
        ]
        if isDetailed {
            members.append(("policy", policy(summary.policy)))
            members.append(("recent", .array(last.map(json))))
        }
        return .object(JSONObject(members))
    }

    private func policy(_ policy: SchedulePolicy) -> JSONValue {
        [
            "catch_up": .string(policy.catchUp.rawValue), "catch_up_window": .string(durationText(policy.catchUpWindow)),
            "catch_up_limit": .int(policy.catchUpLimit), "overlap": .string(policy.overlap.rawValue),
            "pending_policy": .string(policy.pending.rawValue), "jitter": .string(durationText(policy.jitter)),
            "start_at": .optional(policy.startAt), "end_at": .optional(policy.endAt),
            "pause_after_failures": policy.pauseAfterFailures.map { .int($0) } ?? .null,
            "blackout": .array(policy.blackouts.map { .string($0) }), "blackout_action": .string(policy.blackoutAction.rawValue),
        ]
    }

    private func json(_ call: FiredCall) -> JSONValue {
        [
            "call_id": .string(services.keyring.uuid(.call, call.call)), "fire_time": .instant(call.fireTime),
            "requested_at": .instant(call.requestedAt),
            "approval_id": call.approval == nil ? .null : .string(services.keyring.uuid(.approval, call.call)),
            "approval_status": .optional(call.approval?.rawValue),
            "run_id": call.run == nil ? .null : .string(services.keyring.uuid(.run, call.call)),
            "run_status": .optional(call.run?.rawValue), "exit_code": call.exitCode.map { .int($0) } ?? .null,
            "finished_at": .instant(call.finishedAt),
        ]
    }
}

extension Services {
    /// The schedule of an id: `ENDPOINT` or `ENDPOINT:NAME`.
    func schedule(_ id: String) -> ScheduleStatus? {
        let parts = id.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let row = directory.current.rows[String(parts[0])] else { return nil }
        return scheduler.status(ScheduleReference(endpoint: row.id, name: parts.count == 2 ? String(parts[1]) : ""))
    }
}

extension Problem {
    init(_ problem: BackfillProblem) {
        switch problem {
        case .backwards: self.init(422, "invalid_range", "'to' lies before 'from'")
        case .inTheFuture: self.init(422, "invalid_range", "'to' lies in the future; those fires will come by themselves")
        case .tooMany(let limit): self.init(422, "too_many_fires", "more than \(limit) fires lie in this range; take a shorter one")
        }
    }
}
