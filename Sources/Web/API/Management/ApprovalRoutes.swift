internal import Bytes
internal import Decisions
internal import HTTP
internal import JSON
internal import Model
internal import Store
internal import Triggers

/// `/approvals`
struct ApprovalRoutes: Sendable {
    let services: Services

    @Sendable func list(_ request: OwnedRequest) throws -> Response {
        let page = try PageRequest(request)
        let decidedOnly = request.parameter("status") == "decided"
        let status = decidedOnly ? nil : try request.choice("status", ApprovalStatus.self, also: ["decided"])
        let found = try services.store.approvals(
            status: status, decidedOnly: decidedOnly, endpoint: request.parameter("endpoint"), below: page.cursor, limit: page.limit)
        return .list(found.items.map(json), next: found.next)
    }

    @Sendable func show(_ request: OwnedRequest) throws -> Response {
        let approval = try find(request)
        try services.admit(request, caller: approval.origin)
        return .json(200, json(approval))
    }

    /// What the command will get on stdin, byte for byte.
    @Sendable func body(_ request: OwnedRequest) throws -> Response {
        let approval = try find(request)
        if approval.isBodyGone { throw Problem(410, "body_gone", "the body of this call is no longer kept") }
        let stdin = try services.store.frozenCall(approval.id)?.stdin ?? []
        return Response(
            status: 200, headers: [("Content-Type", "application/octet-stream"), ("Cache-Control", "no-store")], body: stdin)
    }

    func decide(_ request: OwnedRequest, action: String) throws -> Response {
        let approval = try find(request)
        let body = try request.object()
        guard body["reason"] == nil || body["reason"]?.isNull == true || body["reason"]?.string != nil else {
            throw Problem(422, "invalid_reason", "reason is a text", fields: [.init("reason", "must be a text")])
        }
        let by = "admin token"
        let reason = body["reason"]?.string
        let result =
            switch action {
            case "approve":
                services.desk.decide(approval.id, .approve, by: by, via: .api, reason: reason, runsAllMissed: try runsAll(body, approval))
            case "deny": services.desk.decide(approval.id, .deny, by: by, via: .api, reason: reason)
            default: services.desk.cancel(approval.id, by: by)
            }
        let now = try services.store.approval(approval.id) ?? approval
        switch result {
        case .decided: return .json(200, json(now))
        case .tooLate(let status):
            throw Problem(
                409, "already_decided", "this approval is \(status.rawValue) already\(now.decidedBy.map { ", by \($0)" } ?? "")",
                extra: [("approval", json(now))])
        case .unknown: throw Problem.notFound
        case .unavailable(let reason):
            services.log("a decision was not stored: \(reason)")
            throw Problem.unavailable("the disk is full or the database cannot be written")
        }
    }

    /// `"run": "all"`, for an approval that asks about missed fires.
    private func runsAll(_ body: JSONObject, _ approval: Approval) throws(Problem) -> Bool {
        switch body["run"]?.string {
        case nil where body["run"] == nil || body["run"]?.isNull == true, "once"?: return false
        case "all"? where !approval.missed.isEmpty: return true
        case "all"?: throw Problem(422, "nothing_missed", "this approval asks about one call only", fields: [.init("run", "once")])
        default: throw Problem(422, "invalid_parameter", "run is once or all", fields: [.init("run", "once or all")])
        }
    }

    private func find(_ request: OwnedRequest) throws -> Approval {
        guard let id = services.number(.approval, request), let approval = try services.store.approval(id) else {
            throw Problem(404, "unknown_approval", "there is no such approval")
        }
        return approval
    }

    func json(_ approval: Approval) -> JSONValue {
        let spec = approval.spec
        return [
            "id": .string(services.keyring.uuid(.approval, approval.id)),
            "endpoint": .string(approval.endpoint),
            "status": .string(approval.status.rawValue),
            "source": .string(approval.origin.source.rawValue),
            "requested_by": .string(approval.origin.requestedBy),
            "requested_at": .instant(approval.requestedAt),
            "expires_at": .instant(approval.expiresAt),
            "gate_reason": .optional(approval.gateReason),
            "event": .optional(approval.origin.event),
            "delivery_id": .optional(approval.origin.deliveryID),
            "command": .string(spec.command),
            "argv": .array(spec.argv.map { .string($0) }),
            "arguments": .object(JSONObject(spec.arguments.map { ($0.name, .string($0.value)) })),
            "working_dir": .string(spec.workingDirectory),
            "timeout": .int(spec.timeoutSeconds),
            "scripts": .array(spec.scripts.map { ["path": .string($0.path), "sha256": .string($0.sha256)] }),
            "stdin_bytes": .int(approval.stdinSize),
            "digest": .string(approval.digest),
            "endpoint_changed": .bool(approval.endpointChanged),
            "decided_at": .instant(approval.decidedAt),
            "decided_by": .optional(approval.decidedBy),
            "decided_via": .optional(approval.decidedVia?.rawValue),
            "reason": .optional(approval.reason),
            "fires": .int(approval.fires),
            "missed_fires": .array(approval.missed.map { .instant($0) }),
            "run_id": approval.hasRun ? .string(services.keyring.uuid(.run, approval.id)) : .null,
        ]
    }
}

extension Services {
    /// The row that a path names by its second part; who may see every row may also look at one by the beginning of its id.
    func number(_ kind: PublicIDKind, _ request: OwnedRequest) -> Int64? {
        if let number = keyring.number(kind, request.segments[1]) { return number }
        guard request.method == .get, let bearer = request.header("authorization"), withBytes(of: bearer, { access.isAdmin($0) }) else { return nil }
        return keyring.number(kind, beginning: request.segments[1])
    }

    /// Lets the admin token in, and the API key that made the call: a caller that polls.
    func admit(_ request: OwnedRequest, caller: CallOrigin) throws(Problem) {
        let bearer = request.header("authorization")
        if let bearer, withBytes(of: bearer, { access.isAdmin($0) }) { return }
        if let presented = request.header("x-api-key"), let key = withBytes(of: presented, { access.key($0) }) {
            if caller.requestedBy == key.caller { return }
            throw Problem(404, "not_found", "this key made no such call")
        }
        throw Problem.noToken
    }
}
