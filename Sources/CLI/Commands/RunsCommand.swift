internal import JSON

/// `sluice runs`: what ran, and what it wrote.
let runsCommand = CommandGroup(
    name: "runs",
    overview: """
        usage: sluice runs COMMAND [OPTION]...

          list        runs, newest first
          show ID     one run with its output
          logs ID     the output alone, byte for byte

        An ID may be shortened to its first 13 characters, as the list prints them.
        For example:

          sluice runs list --status failed
          sluice runs logs 00000000-002a --follow

        More: sluice runs COMMAND --help

        """,
    members: [("list", listRuns), ("show", showRun), ("logs", printLogs)])

private let runStatuses = ["queued", "running", "succeeded", "failed", "timed_out", "cancelled", "interrupted"]

private func listRuns(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "runs list", "Lists runs, newest first.",
        options: [
            .value("status", "STATUS", runStatuses.joined(separator: ", ")), .value("endpoint", "NAME", "only those of one endpoint"),
        ] + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, status, endpoint, command, requested by, exit code, milliseconds, queued at,
            between tabs. With --json: one array of the server's items.

            examples:
              sluice runs list
              sluice runs list --endpoint deploy --status failed --json

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        var query: [(String, String)] = []
        if let status = parsed["status"], status != "all" {
            guard runStatuses.contains(status) else { throw .misuse("there is no status '\(status)'") }
            query.append(("status", status))
        }
        if let endpoint = parsed["endpoint"] { query.append(("endpoint", endpoint)) }
        return try printList(["runs"], query: query, parsed, console, nothing: "No runs.", table: RunViews.table)
    }
}

private func showRun(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "runs show", "Shows a run and the beginning of its output.", operands: ["ID"], options: ServerOptions.admin,
        notes: """
            Control characters of the output are shown as escapes; sluice runs logs ID prints it as it is.

            example:
              sluice runs show 00000000-002a

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let run = try client.json("GET", ["runs", try wholeID(parsed.operands[0], in: "runs", client)])
        if parsed.has("json") {
            console.print(run.encodedText(pretty: true))
        } else {
            console.output(Array(RunViews.details(run, now: console.now, colours: console.hasColours).utf8))
        }
        return ExitCode.success
    }
}

private func printLogs(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "runs logs", "Prints what a run wrote, byte for byte.", operands: ["ID"],
        options: [.flag("follow", short: "f", "go on until the run has ended")] + ServerOptions.admin.filter { $0.name != "json" },
        notes: """
            example:
              sluice runs logs 00000000-002a --follow

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let id = try wholeID(parsed.operands[0], in: "runs", client)
        if parsed.has("follow") {
            _ = try followRun(id, client, console)
        } else {
            console.output(try client.bytes(["runs", id, "logs"]))
        }
        return ExitCode.success
    }
}

/// Prints a run's output as it grows, until the run has ended; gives the run.
func followRun(_ id: String, _ client: ServerClient, _ console: Console) throws(CommandFailure) -> JSONValue {
    var printed = 0
    while true {
        // The state first: output that is fetched after the end is whole.
        let run = try client.json("GET", ["runs", id])
        let output = try client.bytes(["runs", id, "logs"])
        if output.count > printed {
            console.output(Array(output[printed...]))
            printed = output.count
        }
        if RunViews.isFinished(run) { return run }
        console.pause(pollMilliseconds)
    }
}

/// Between two questions for a state.
let pollMilliseconds = 1000
