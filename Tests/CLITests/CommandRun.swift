import CLI
import Posix
import Synchronization

/// One command, run against a console that keeps what was written.
struct CommandRun {
    let code: Int32
    let output: String
    let errors: String
    let pauses: Int
}

/// 2026-11-22T21:10:00Z, when all these tests take place.
let testNow: Int64 = 1_795_381_800

private final class Recorder: Sendable {
    struct Written {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var pauses = 0
    }
    let written = Mutex(Written())
}

/// Runs `sluice` with these arguments. The environment holds only what is given; a terminal is 100 columns wide.
func sluice(
    _ arguments: String..., environment: [String: String] = [:], input: String = "", isTerminal: Bool = false, hasColours: Bool = false
) -> CommandRun {
    sluice(all: arguments, environment: environment, input: input, isTerminal: isTerminal, hasColours: hasColours)
}

func sluice(
    all arguments: [String], environment: [String: String] = [:], input: String = "", isTerminal: Bool = false, hasColours: Bool = false
) -> CommandRun {
    let recorder = Recorder()
    let console = Console(
        output: { bytes in recorder.written.withLock { $0.output += bytes } },
        errors: { bytes in recorder.written.withLock { $0.errors += bytes } },
        input: { _ in Array(input.utf8) }, environment: { environment[$0] },
        clock: SystemClock(wall: { testNow * 1_000_000 }, monotonic: { 0 }), pause: { _ in recorder.written.withLock { $0.pauses += 1 } },
        isTerminal: isTerminal, hasColours: hasColours, width: 100)
    let code = dispatch(arguments, console)
    return recorder.written.withLock {
        CommandRun(
            code: code, output: String(decoding: $0.output, as: UTF8.self), errors: String(decoding: $0.errors, as: UTF8.self),
            pauses: $0.pauses)
    }
}

/// The environment of a client that may do everything at this server.
func administrator(_ server: CannedServer) -> [String: String] { ["SLUICE_URL": server.url, "SLUICE_TOKEN": "secret-token-of-admin"] }

enum Sample {
    static let id = "00000000-002a-8aaa-9bbb-ccccddddeeee"
    static let otherID = "00000000-002b-8aaa-9bbb-ccccddddeeee"
    static let runID = "00000000-002a-8222-9333-444455556666"

    static func approval(
        _ id: String = id, status: String = "pending", more: String = ""
    ) -> String {
        """
        {"id":"\(id)","endpoint":"deploy","status":"\(status)","source":"api","requested_by":"ci",
         "requested_at":"2026-11-22T21:00:00.000Z","expires_at":"2026-11-22T21:30:00.000Z","event":null,
         "delivery_id":null,"command":"./deploy.sh ${env}","argv":["./deploy.sh","two words"],
         "arguments":{"env":"two words"},"working_dir":"/srv/app","timeout":60,"scripts":[{"path":"./deploy.sh","sha256":"ab12"}],
         "stdin_bytes":0,"digest":"cd34","endpoint_changed":false,"decided_at":null,"decided_by":null,"reason":null\(more)}
        """
    }

    static let approved = approval(status: "approved", more: #","run_id":"\#(runID)""#)

    static func run(_ status: String = "succeeded", code: String = "0", more: String = "") -> String {
        """
        {"id":"\(runID)","endpoint":"deploy","status":"\(status)","source":"api","requested_by":"ci","command":"./deploy.sh",
         "queued_at":"2026-11-22T21:00:00.000Z","started_at":"2026-11-22T21:00:01.000Z","finished_at":"2026-11-22T21:00:02.500Z",
         "exit_code":\(code),"duration_ms":1500,"output_cut_bytes":0,"error":null,"approval_id":null\(more)}
        """
    }

    static func list(_ items: String..., next: String = "null") -> String {
        #"{"items":[\#(items.joined(separator: ","))],"next_cursor":\#(next)}"#
    }
}
