internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Runs
internal import Store
internal import Synchronization
internal import Triggers

/// A run as server-sent events: `output` for each line while it runs, then `error` where there was one, and `done` at the end.
/// A client that goes away does not end the run; one that reads slowly gets its output later, and neither holds up the other.
final class RunStream: Sendable {
    private struct State {
        var stream: ResponseStream?
        var token: Int64?
        var queue = StreamQueue()
        /// Events that the client did not take yet, and how much of them it took.
        var encoded: [UInt8] = []
        var sent = 0
        /// What closes the stream once the output is out.
        var closing: [UInt8]?
        var closingCost = 0
        var isClosing = false
        var isOver = false
    }

    /// So much may wait in the connection: less than its buffer holds with another piece.
    private static let window = 64 << 10
    private static let piece = 64 << 10

    private let call: AcceptedCall
    private let endpoint: CompiledEndpoint
    private let services: Services
    private let workers: WorkerPool
    private let budget: StreamBudget
    private let state = Mutex(State())

    init(call: AcceptedCall, endpoint: CompiledEndpoint, services: Services, workers: WorkerPool, budget: StreamBudget) {
        self.call = call
        self.endpoint = endpoint
        self.services = services
        self.workers = workers
        self.budget = budget
    }

    private var runID: String { services.keyring.uuid(.run, call.call) }

    private var isTransformed: Bool { endpoint.settings.transformer != nil && endpoint.settings.transformer != .text }

    func begin(_ reply: Reply) {
        var headers: [Response.Header] = [
            ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"), ("Sluice-Run-Id", runID),
        ]
        if call.isDuplicate { headers.append(("Sluice-Duplicate", "true")) }
        let stream = reply.stream(status: 200, headers: headers)
        state.withLock { $0.stream = stream }
        let token = services.board.listen(call.call) { [self] news in
            switch news {
            case .output(let source, let bytes): output(source, bytes)
            case .ended: end(isNews: true)
            }
        }
        guard let token else { return fail("too many listen to this run; GET /runs/\(runID) tells its result") }
        state.withLock { $0.token = token }
        stream.onDrain { [weak self] in self?.pump() }
        stream.onClose { [self] in over() }
        pump()
        // A repeat may be about a run that ended long ago, which nobody will tell of again.
        if call.isDuplicate { end(isNews: false) }
    }

    private func output(_ source: OutputSource, _ bytes: [UInt8]) {
        // A transformer needs the whole output; it is sent once, at the end.
        guard !isTransformed else { return }
        state.withLock { state in
            guard !state.isOver else { return }
            state.queue.add(bytes, from: source, budget)
            pump(&state)
        }
    }

    // MARK: Sending

    private func pump() { state.withLock { pump(&$0) } }

    /// Writes on as long as the client keeps up.
    private func pump(_ state: inout State) {
        guard let stream = state.stream else { return }
        while !state.isOver, stream.backlog < Self.window {
            if state.sent < state.encoded.count {
                let end = min(state.sent + Self.piece, state.encoded.count)
                // A client that is gone is told of by `onClose`.
                guard stream.write(state.encoded[state.sent..<end]) else { return }
                state.sent = end
                continue
            }
            state.sent = 0
            state.encoded = []
            if let events = state.queue.next(budget) {
                state.encoded = events
            } else if let closing = state.closing {
                state.encoded = state.queue.rest() + closing
                state.closing = nil
                state.isClosing = true
            } else {
                guard state.isClosing else { return }
                state.isOver = true
                stream.finish()
            }
        }
    }

    /// The stream is finished, or its client is gone.
    private func over() {
        let token = state.withLock { state in
            state.isOver = true
            state.queue.clear(budget)
            budget.give(state.closingCost)
            state.closingCost = 0
            state.encoded = []
            state.closing = nil
            return state.token
        }
        if let token { services.board.unlisten(call.call, token) }
    }

    // MARK: The end

    /// - Parameter isNews: the run has ended just now, and its end is on disk; else it may still run.
    private func end(isNews: Bool) {
        let isTaken = workers.run { [self] in
            do {
                let run = try services.store.run(call.call)
                if let run, run.status.isFinished {
                    try close(run)
                } else if isNews || run == nil {
                    fail("the run is not known any more")
                }
            } catch {
                services.log("the result of run \(runID) cannot be read: \(error)")
                fail("the result cannot be read now; GET /runs/\(runID) tells it later")
            }
        }
        if !isTaken { fail("too many requests wait; GET /runs/\(runID) tells the result") }
    }

    private func close(_ run: Run) throws {
        let isReplay = state.withLock { $0.queue.received == 0 }
        let output = isTransformed || isReplay ? try services.store.output(ofRun: call.call) : []
        var events: [UInt8] = []
        var isPlain = true
        if isTransformed, case .data(let data) = Transformed(output, endpoint.settings.transformer) {
            isPlain = false
            events = serverSentEvent {
                $0.member("type", "transformed_output")
                $0.member("data", data)
            }
        }
        if let error = run.error {
            events += serverSentEvent {
                $0.member("type", "error")
                $0.member("error", error)
            }
        }
        state.withLock { state in
            guard !state.isOver, !state.isClosing, state.closing == nil else { return }
            // A repeat, or output that did not fit its transformer: nothing was sent while it ran.
            if isPlain, isReplay, state.queue.received == 0 { state.queue.add(output, from: nil, budget) }
            let cut = state.queue.cut
            finish(
                events
                    + serverSentEvent {
                        $0.member("type", "done")
                        $0.member("exit_code", run.exitCode ?? -1)
                        $0.member("duration_ms", Int((run.durationMicroseconds ?? 0) / 1000))
                        $0.member("run_id", runID)
                        if cut > 0 { $0.member("output_cut_bytes", cut) }
                    }, &state)
        }
    }

    /// Ends the stream without `done`: the run's result is not known here.
    private func fail(_ reason: String) {
        let event = serverSentEvent {
            $0.member("type", "error")
            $0.member("error", reason)
        }
        state.withLock { state in
            guard !state.isOver, !state.isClosing, state.closing == nil else { return }
            finish(event, &state)
        }
    }

    private func finish(_ events: [UInt8], _ state: inout State) {
        var events = events
        if events.count > Self.piece {
            if budget.take(events.count) {
                state.closingCost = events.count
            } else {
                events = serverSentEvent {
                    $0.member("type", "error")
                    $0.member("error", "too many clients wait for their output; GET /runs/\(runID) tells the result")
                }
            }
        }
        state.closing = events
        pump(&state)
    }
}
