internal import Bytes
internal import HTTP
internal import JSON
internal import Model
internal import Posix
internal import Runs
internal import Store
internal import Synchronization
internal import Triggers

/// A run as server-sent events: `output` for each line while it runs, then `error` where there was one, and always `done` at the end.
/// A client that goes away does not end the run.
final class RunStream: Sendable {
    private struct State {
        var stream: ResponseStream?
        var stdout = LineCutter()
        var stderr = LineCutter()
        var lines = 0
        var isOver = false
    }

    private let call: AcceptedCall
    private let endpoint: CompiledEndpoint
    private let services: Services
    private let workers: WorkerPool
    private let state = Mutex(State())

    init(call: AcceptedCall, endpoint: CompiledEndpoint, services: Services, workers: WorkerPool) {
        self.call = call
        self.endpoint = endpoint
        self.services = services
        self.workers = workers
    }

    func begin(_ reply: Reply) {
        let id = services.keyring.uuid(.run, call.call)
        var headers: [Response.Header] = [
            ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"), ("Sluice-Run-Id", id),
        ]
        if call.isDuplicate { headers.append(("Sluice-Duplicate", "true")) }
        let stream = reply.stream(status: 200, headers: headers)
        state.withLock { $0.stream = stream }
        services.board.listen(call.call) { [self] news in
            switch news {
            case .output(let source, let bytes): output(source, bytes)
            case .ended: end()
            }
        }
        if call.isDuplicate { end() }
    }

    private func output(_ source: OutputSource, _ bytes: [UInt8]) {
        // A transformer needs the whole output; it is sent once, at the end.
        guard endpoint.settings.transformer == nil || endpoint.settings.transformer == .text else { return }
        state.withLock { state in
            let lines = source == .stdout ? state.stdout.add(bytes) : state.stderr.add(bytes)
            send(lines, source, &state)
        }
    }

    private func send(_ lines: [String], _ source: OutputSource, _ state: inout State) {
        for line in lines {
            state.lines += 1
            _ = state.stream?.write(
                Self.event {
                    $0.member("type", "output")
                    $0.member("data", line)
                    $0.member("stream", source == .stdout ? "stdout" : "stderr")
                })
        }
    }

    /// The run's end is on disk (or was, for a repeat): what is left of the output and the closing events.
    private func end() {
        _ = workers.run { [self] in
            guard let run = try? services.store.run(call.call), run.status.isFinished else { return }
            let output = (try? services.store.output(ofRun: call.call)) ?? []
            state.withLock { state in
                guard !state.isOver, let stream = state.stream else { return }
                state.isOver = true
                send(state.stdout.rest(), .stdout, &state)
                send(state.stderr.rest(), .stderr, &state)
                closing(run, output, state.lines, stream)
                stream.finish()
            }
        }
    }

    private func closing(_ run: Run, _ output: [UInt8], _ sent: Int, _ stream: ResponseStream) {
        switch Transformed(output, endpoint.settings.transformer) {
        case .data(let data):
            _ = stream.write(
                Self.event {
                    $0.member("type", "transformed_output")
                    $0.member("data", data)
                })
        case .plain where sent > 0 || output.isEmpty: break
        case .plain, .failed:
            // A repeat, or output that did not fit its transformer: nothing was sent while it ran.
            var cutter = LineCutter()
            for line in cutter.add(output) + cutter.rest() {
                _ = stream.write(
                    Self.event {
                        $0.member("type", "output")
                        $0.member("data", line)
                    })
            }
        }
        if let error = run.error {
            _ = stream.write(
                Self.event {
                    $0.member("type", "error")
                    $0.member("error", error)
                })
        }
        _ = stream.write(
            Self.event {
                $0.member("type", "done")
                $0.member("exit_code", run.exitCode ?? -1)
                $0.member("duration_ms", Int((run.durationMicroseconds ?? 0) / 1000))
                $0.member("run_id", services.keyring.uuid(.run, run.id))
            })
    }

    private static func event(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(appendingTo: Array("data: ".utf8))
        writer.beginObject()
        fill(&writer)
        writer.endObject()
        return writer.bytes + [ASCII.lineFeed, ASCII.lineFeed]
    }
}

/// Cuts a stream of bytes into lines of text. A carriage return before the line end goes with it; a line of more than 64 KiB is cut.
struct LineCutter: Sendable {
    private var pending: [UInt8] = []
    private static let limit = 64 << 10

    mutating func add(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == ASCII.lineFeed || pending.count == Self.limit {
                lines.append(take())
                if byte == ASCII.lineFeed { continue }
            }
            pending.append(byte)
        }
        return lines
    }

    /// A last line without a line end.
    mutating func rest() -> [String] { pending.isEmpty ? [] : [take()] }

    private mutating func take() -> String {
        if pending.last == ASCII.carriageReturn { pending.removeLast() }
        defer { pending.removeAll(keepingCapacity: true) }
        return lossyString(pending)
    }
}
