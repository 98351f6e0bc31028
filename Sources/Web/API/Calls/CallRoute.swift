internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Store
internal import Triggers

/// `/v1/{account}/{endpoint}`: calls by API and deliveries of webhook senders. Runs on the event loop up to the commit; the answer comes
/// from the writer's thread, or from a worker once a run has ended.
final class CallRoute: Sendable {
    private let services: Services
    private let answers: CallAnswers
    private let submission: CallSubmission

    /// Commands that wait for the disk; beyond this the answer is 503 before memory grows.
    private static let backlogLimit = 20_000
    /// The same for the bytes of their bodies, those that are just being written included.
    private let pendingLimit: Int

    init(services: Services, workers: WorkerPool, pendingLimit: Int) throws {
        self.services = services
        self.pendingLimit = pendingLimit
        answers = try CallAnswers(services: services, workers: workers)
        submission = CallSubmission(services: services, workers: workers, answers: answers)
    }

    /// Ends the thread of those who wait for an output.
    func stop() { answers.stop() }

    // MARK: Head

    func admit(_ target: CallTarget, _ head: borrowing RequestHead) -> Admission {
        switch find(target, head) {
        case .failure(let problem): .refuse(problem.response)
        case .success(let endpoint):
            if let problem = exhaustion(of: endpoint) {
                .refuse(problem.response)
            } else {
                .accept(maxBody: endpoint.settings.bodyLimit)
            }
        }
    }

    // MARK: Rate

    /// Before the body is read. What is refused later for another reason takes nothing from the others' rate.
    private func exhaustion(of endpoint: CompiledEndpoint) -> Problem? {
        guard let rate = endpoint.rate else { return nil }
        let state = rate.look(at: services.clock.monotonic())
        if state.isAllowed { return nil }
        services.rateRefusals.addForEndpoint()
        return .rateLimited(rate.limit, state)
    }

    /// Takes one from the endpoint's rate; false when there was none, and that was answered.
    private func takeRate(_ endpoint: CompiledEndpoint, _ reply: inout Reply) -> Bool {
        guard let rate = endpoint.rate else { return true }
        let state = rate.take(at: services.clock.monotonic())
        if state.isAllowed {
            reply.headers = rateHeaders(rate.limit, state)
        } else {
            services.rateRefusals.addForEndpoint()
            reply.headers = []
            reply.send(Problem.rateLimited(rate.limit, state).response)
        }
        return state.isAllowed
    }

    private func find(_ target: CallTarget, _ head: borrowing RequestHead) -> Result<CompiledEndpoint, Problem> {
        let name = CallTarget.decoded(target.name)
        guard CallTarget.decoded(target.account) == services.account else {
            return .failure(Problem(404, "unknown_account", "there is no such account"))
        }
        guard let endpoint = services.directory.endpoint(name) else {
            if let refusal = services.directory.current.unusable[name] { return .failure(Problem(503, refusal.code, refusal.detail)) }
            return .failure(Problem(404, "unknown_endpoint", "there is no such endpoint"))
        }
        let method = endpoint.settings.method
        let fits = head.method.name == method || (head.method == .head && method == "GET")
        guard fits else { return .failure(.methodNotAllowed(method)) }
        guard mayCall(endpoint, head.peer) else {
            let refusal = Refusal(403, "address_not_allowed", "this endpoint takes no calls from this address")
            reject(endpoint, refusal, nil, head.peer.host)
            return .failure(Problem(refusal))
        }
        if !endpoint.settings.isPublic, services.access.key(head.header("x-api-key")) == nil {
            if endpoint.settings.trigger == .webhook { reject(endpoint, Refusal(401, "api_key_required", "no valid API key"), nil, head.peer.host) }
            return .failure(.noKey)
        }
        return .success(endpoint)
    }

    private func mayCall(_ endpoint: CompiledEndpoint, _ peer: SocketAddress) -> Bool {
        endpoint.allowedAddresses.isEmpty
            || endpoint.allowedAddresses.contains { $0.contains(high: peer.high, low: peer.low, isIPv6: peer.isIPv6) }
    }

    // MARK: Whole request

    func handle(_ target: CallTarget, _ head: borrowing RequestHead, body: UnsafeRawBufferPointer, reply: Reply) {
        switch find(target, head) {
        case .failure(let problem): reply.send(problem.response)
        case .success(let endpoint):
            guard services.store.backlog < Self.backlogLimit, services.store.pendingBytes + body.count <= pendingLimit else {
                reply.send(Problem.overloaded("too many calls wait for the disk").response)
                return
            }
            if endpoint.settings.trigger == .webhook {
                receive(endpoint, head, body, reply)
            } else {
                call(endpoint, head, body, reply)
            }
        }
    }

    private func receive(_ endpoint: CompiledEndpoint, _ head: borrowing RequestHead, _ body: UnsafeRawBufferPointer, _ reply: Reply) {
        var headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)] = []
        headers.reserveCapacity(head.headerCount)
        head.forEachHeader { name, value in headers.append((name, value)) }
        let began = services.clock.monotonic()
        let message = WebhookMessage(
            body: body, headers: headers, peer: head.peer.host, receivedAt: services.clock.wall(),
            url: endpoint.needsURL ? calledURL(head) : nil)
        switch endpoint.receive(message, gate: services.gate) {
        case .ping: reply.send(.json(200, Array(#"{"status":"pong"}"#.utf8)))
        case .challenge(let text): reply.send(.json(200, ["challenge": .string(text)]))
        case .refuse(let refusal, let senderID):
            reject(endpoint, refusal, senderID, head.peer.host)
            reply.send(Problem(refusal).response)
        case .ignore(var ignored):
            ignored.delivery.verifyMicroseconds = services.clock.monotonic() - began
            let event = ignored.delivery.event
            services.store.submit(.ignoreDelivery(ignored)) { [answers] outcome in
                reply.send(answers.ignored(outcome, event: event))
            }
        case .accept(var call):
            var reply = reply
            guard takeRate(endpoint, &reply) else { return }
            call.delivery?.verifyMicroseconds = services.clock.monotonic() - began
            let style: AnswerStyle = endpoint.settings.isAsync ? .accepted : .buffered(seconds: endpoint.settings.answerSeconds)
            submission.submit(call, to: endpoint, style, reply)
        }
    }

    /// The address as the sender was given it: the public one, and what it asked for there.
    private func calledURL(_ head: borrowing RequestHead) -> String {
        services.baseURL + lossyString(head.path) + (head.query.isEmpty ? "" : "?" + lossyString(head.query))
    }

    private func call(_ endpoint: CompiledEndpoint, _ head: borrowing RequestHead, _ body: UnsafeRawBufferPointer, _ reply: Reply) {
        let key = services.access.key(head.header("x-api-key"))
        let idempotency: String?
        do {
            idempotency = try checkedIdempotencyKey(head.header("idempotency-key").map { lossyString($0) })
        } catch {
            reply.send(error.response)
            return
        }
        let accept = head.header("accept").map { lossyString($0) } ?? ""
        let frozen: AcceptCall
        do {
            let query = (try? parseForm(head.query, maxFields: 100)) ?? []
            frozen = try endpoint.freezeCall(
                body: body, query: query.map { ($0.name, $0.value) }, requestedBy: key?.caller ?? "anonymous caller at \(head.peer.host)",
                // A caller without a key may not make this machine send requests.
                idempotencyKey: idempotency, mayNameCallback: key != nil, gate: services.gate, at: services.clock.wall())
        } catch {
            reply.send(Problem(error).response)
            return
        }
        var reply = reply
        guard takeRate(endpoint, &reply) else { return }
        let style: AnswerStyle = accept.contains("application/json") ? .buffered(seconds: nil) : .stream
        submission.submit(frozen, to: endpoint, style, reply)
    }

    /// Refused attempts are recorded without their bodies; under a flood the record is the first thing to go.
    private func reject(_ endpoint: CompiledEndpoint, _ refusal: Refusal, _ senderID: String?, _ peer: String) {
        guard services.store.backlog < 1000 else { return }
        services.store.submit(
            .rejectDelivery(
                RejectDelivery(
                    endpoint: endpoint.id, at: services.clock.wall(), status: refusal.status, reason: refusal.detail, peer: peer,
                    senderID: senderID)))
    }
}
