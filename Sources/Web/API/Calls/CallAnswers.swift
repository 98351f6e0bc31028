internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Runs
internal import Store
internal import Triggers

/// How a caller gets the result of an ungated call.
enum AnswerStyle: Sendable {
    /// 202 with the run's id, at once.
    case accepted
    /// The output as one JSON object, when the run has ended; 202 with the run's id after so many seconds, if that is not nil.
    case buffered(seconds: Int?)
    /// Server-sent events while it runs.
    case stream
}

/// Turns outcomes of the store into the answers of the call route.
final class CallAnswers: Sendable {
    private let services: Services
    private let workers: WorkerPool
    private let budget = StreamBudget()
    private let deadlines: AnswerDeadlines

    init(services: Services, workers: WorkerPool) throws {
        self.services = services
        self.workers = workers
        deadlines = try AnswerDeadlines(clock: services.clock)
    }

    func stop() { deadlines.stop() }

    /// Called on the writer's thread, after the commit.
    func answer(_ outcome: Outcome, endpoint: CompiledEndpoint, style: AnswerStyle, event: String?, reply: Reply) {
        switch outcome {
        case .accepted(let call): answer(call, endpoint, style, reply)
        case .ignored: reply.send(ignored(outcome, event: event))
        default: reply.send(services.problem(of: outcome).response)
        }
    }

    func ignored(_ outcome: Outcome, event: String?) -> Response {
        switch outcome {
        case .ignored(_, let isDuplicate):
            var writer = JSONWriter(capacity: 64)
            writer.beginObject()
            writer.member("status", "ignored")
            writer.key("event")
            if let event { writer.string(event) } else { writer.null() }
            writer.endObject()
            return .json(200, writer.bytes, headers: services.duplicateHeader(isDuplicate))
        case .accepted(let call):
            // The filter was narrower when this delivery first came: it gets its first answer again.
            return call.expiresAt == nil ? services.acceptedAnswer(call) : services.pendingAnswer(call)
        default: return services.problem(of: outcome).response
        }
    }

    private func answer(_ call: AcceptedCall, _ endpoint: CompiledEndpoint, _ style: AnswerStyle, _ reply: Reply) {
        if call.expiresAt != nil {
            reply.send(services.pendingAnswer(call))
            return
        }
        switch style {
        case .accepted: reply.send(services.acceptedAnswer(call))
        case .buffered(let seconds): buffer(call, endpoint, reply, seconds: seconds)
        case .stream: RunStream(call: call, endpoint: endpoint, services: services, workers: workers, budget: budget).begin(reply)
        }
    }

    // MARK: Buffered output

    private func buffer(_ call: AcceptedCall, _ endpoint: CompiledEndpoint, _ reply: Reply, seconds: Int?) {
        let id = call.call
        let wait = AnswerWait()
        let token = services.board.listen(id) { [self] news in
            if case .ended = news { sendResult(call, endpoint, reply, wait, token: nil) }
        }
        guard let token else {
            reply.send(Problem.overloaded("too many wait for this run").response)
            return
        }
        if let seconds {
            // A second answer is dropped, so nobody has to ask which came first.
            deadlines.add(wait, seconds: seconds) { [self] in
                services.board.unlisten(id, token)
                reply.send(services.acceptedAnswer(call, isLocated: true))
            }
        }
        // A repeat may be about a run that ended long ago, which nobody will tell of again.
        if call.isDuplicate { sendResult(call, endpoint, reply, wait, token: token) }
    }

    /// - Parameter token: of a listener that is to go with the answer; without one, the run's end is on disk.
    private func sendResult(_ call: AcceptedCall, _ endpoint: CompiledEndpoint, _ reply: Reply, _ wait: AnswerWait, token: Int64?) {
        let isTaken = workers.run { [self] in
            guard let response = result(of: call, endpoint, mayStillRun: token != nil) else { return }
            reply.send(response)
            wait.end()
            if let token { services.board.unlisten(call.call, token) }
        }
        if isTaken { return }
        reply.send(Problem.overloaded("too many requests wait").response)
        wait.end()
        if let token { services.board.unlisten(call.call, token) }
    }

    /// Nil while the run goes on.
    private func result(of call: AcceptedCall, _ endpoint: CompiledEndpoint, mayStillRun: Bool) -> Response? {
        let unreadable = Problem(503, "store_unavailable", "the result cannot be read now", headers: [("Retry-After", "5")]).response
        do {
            guard let run = try services.store.run(call.call) else { return unreadable }
            guard run.status.isFinished else { return mayStillRun ? nil : unreadable }
            return Self.result(
                run, output: try services.store.output(ofRun: call.call), transformer: endpoint.settings.transformer,
                id: services.keyring.uuid(.run, call.call), headers: services.duplicateHeader(call.isDuplicate))
        } catch {
            services.log("the result of run \(services.keyring.uuid(.run, call.call)) cannot be read: \(error)")
            return unreadable
        }
    }

    /// The documented buffered form: `output`, or `data` behind a transformer, and `exit_code`; ours: `duration_ms` and `run_id`.
    static func result(_ run: Run, output: [UInt8], transformer: Transformer?, id: String, headers: [Response.Header]) -> Response {
        var writer = JSONWriter(capacity: output.count + 128)
        writer.beginObject()
        switch Transformed(output, transformer) {
        case .plain: writer.member("output", lossyString(output))
        case .data(let data): writer.member("data", data)
        case .failed(let reason):
            writer.member("output", lossyString(output))
            writer.member("transform_error", reason)
        }
        writer.member("exit_code", run.exitCode ?? -1)
        writer.member("duration_ms", Int((run.durationMicroseconds ?? 0) / 1000))
        writer.member("run_id", id)
        if run.cutBytes > 0 { writer.member("output_cut_bytes", run.cutBytes) }
        if let error = run.error { writer.member("error", error) }
        if run.status != .succeeded, run.status != .failed { writer.member("status", run.status.rawValue) }
        writer.endObject()
        return .json(200, writer.bytes, headers: [("Sluice-Run-Id", id)] + headers)
    }
}

/// Output after the endpoint's transformer.
enum Transformed: Sendable {
    case plain
    case data(JSONValue)
    /// The output was not what the transformer wants; it is then given as it is.
    case failed(String)

    init(_ output: [UInt8], _ transformer: Transformer?) {
        switch transformer {
        case nil, .text: self = .plain
        case .lines:
            var lines = lossyString(output).split(separator: "\n", omittingEmptySubsequences: false).map { JSONValue.string(String($0)) }
            if lines.last == .string("") { lines.removeLast() }
            self = .data(.array(lines))
        case .json:
            do {
                self = .data(try parseJSON(output))
            } catch {
                self = .failed("the output is no JSON: \(error)")
            }
        }
    }
}
