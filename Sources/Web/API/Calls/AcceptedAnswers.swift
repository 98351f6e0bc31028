internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Store
internal import Triggers

/// The answers to calls that were taken and to those that were not, whether a caller, a sender or a schedule's button made them.
extension Services {
    func duplicateHeader(_ isDuplicate: Bool) -> [Response.Header] { isDuplicate ? [("Sluice-Duplicate", "true")] : [] }

    /// 202 for a call that waits: the documented body, with exactly these keys.
    func pendingAnswer(_ call: AcceptedCall) -> Response {
        let minutes = call.timeoutMinutes ?? 0
        var body: [UInt8] = []
        // On the hot path, and nothing in it needs escaping: the base address is checked to be a URI.
        body.reserveCapacity(512)
        body.append(contentsOf: #"{"status":"pending_approval","approval_id":""#.utf8)
        keyring.appendUUID(.approval, call.call, to: &body)
        body.append(contentsOf: #"","approve_url":""#.utf8)
        body.append(contentsOf: baseURL.utf8)
        body.append(contentsOf: "/approve/".utf8)
        keyring.appendLinkToken(approval: call.call, to: &body)
        body.append(contentsOf: #"","message":"This request waits for approval. Open approve_url to approve or deny it within "#.utf8)
        appendDecimal(minutes, to: &body)
        body.append(contentsOf: minutes == 1 ? " minute.".utf8 : " minutes.".utf8)
        body.append(contentsOf: #"","expires_in_mins":"#.utf8)
        appendDecimal(minutes, to: &body)
        body.append(ASCII.rightBrace)
        return .json(202, body, headers: duplicateHeader(call.isDuplicate))
    }

    /// 202 for a call that runs.
    /// - Parameter isLocated: says also where its result will be, to somebody who expected it here.
    func acceptedAnswer(_ call: AcceptedCall, isLocated: Bool = false) -> Response {
        let run = keyring.uuid(.run, call.call)
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.member("status", "accepted")
        writer.member("run_id", run)
        writer.endObject()
        let location: [Response.Header] = isLocated ? [("Location", "\(baseURL)/runs/\(run)")] : []
        return .json(202, writer.bytes, headers: [("Sluice-Run-Id", run)] + location + duplicateHeader(call.isDuplicate))
    }

    /// What is answered when the store took no call.
    func problem(of outcome: Outcome) -> Problem {
        switch outcome {
        case .keyReused: return Problem(422, "idempotency_key_reused", "this Idempotency-Key was used before, with another request")
        case .tooManyPending(let limit):
            return Problem(
                429, "too_many_pending", "\(limit) approvals of this endpoint wait already", extra: [("limit", .int(limit))],
                headers: [("Retry-After", "60")])
        case .conflict:
            let refusal = Refusal.endpointChanged
            return Problem(refusal.status, refusal.code, refusal.detail, headers: [("Retry-After", "1")])
        case .unavailable(let reason):
            log("a call was not taken: \(reason)")
            return Problem.unavailable("the disk is full or the database cannot be written")
        default: return Problem.unavailable("unexpected answer of the store")
        }
    }
}

/// The key of a request that may be sent again.
func checkedIdempotencyKey(_ key: String?) throws(Problem) -> String? {
    guard let key else { return nil }
    guard 1...255 ~= key.utf8.count else { throw Problem(400, "bad_idempotency_key", "an Idempotency-Key has 1 to 255 bytes") }
    return key
}
