internal import JSON

/// Turns the events of a run's stream into output, and remembers how the run ended.
struct CallOutput {
    private(set) var exitCode: Int32?
    private var reader = EventStreamReader()
    var isOverfull: Bool { reader.isOverfull }

    mutating func feed(_ bytes: [UInt8], _ console: Console) {
        for event in reader.feed(bytes) {
            // An event that is not understood is no reason to lose the rest.
            if let event = try? parseJSON(event, maxDepth: 256, duplicateKeys: .lastWins) { take(event, console) }
        }
    }

    private mutating func take(_ event: JSONValue, _ console: Console) {
        switch event["type"]?.string {
        case "output":
            let line = Array(((event["data"]?.string ?? "") + "\n").utf8)
            if event["stream"]?.string == "stderr" { console.errors(line) } else { console.output(line) }
        case "transformed_output": console.print((event["data"] ?? .null).encodedText(pretty: true))
        case "artifact":
            let place = event["url"]?.string ?? event["path"]?.string
            console.note("sluice: artifact " + visible(event["filename"]?.string ?? "?") + (place.map { ": " + visible($0) } ?? ""))
        case "error": console.note("sluice: " + visible(event["error"]?.string ?? "the run failed"))
        case "done": exitCode = exitCodeOfRun(event["exit_code"])
        default: break
        }
    }
}

/// A run's exit code as this process's own: 0 to 255, and 1 for what is no such number.
func exitCodeOfRun(_ value: JSONValue?) -> Int32 {
    guard let code = value?.int, (0...255).contains(code) else { return ExitCode.failure }
    return Int32(code)
}
