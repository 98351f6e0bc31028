internal import JSON

/// `sluice alerts test`: a marked message to each channel of a rule, and what became of it.
func testRule(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "alerts test", "Sends a marked test to each channel of a rule, enabled or not, and waits for the answers.", operands: ["RULE"],
        options: [.flag("no-wait", "only queue the test")] + ServerOptions.admin,
        notes: """
            Prints a line for each channel: state, channel, destination, answer; between tabs without a terminal. Waits up to
            30 seconds. Exit code 0 when every destination took it, else 1.

            example:
              sluice alerts test "deploys that wait"

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let name = try checkedRule(parsed.operands[0])
        var rows = try client.json("POST", ["alerts", name, "test"])["notifications"]?.array ?? []
        guard !rows.isEmpty else { throw CommandFailure("the server queued no test; is this a Sluice server?") }
        if !parsed.has("no-wait") { try waitForAnswers(&rows, client, console) }
        if parsed.has("json") {
            console.print(JSONValue.array(rows).encodedText(pretty: true))
        } else {
            AlertViews.outcomes(rows).print(on: console)
        }
        return parsed.has("no-wait") || rows.allSatisfy({ $0["status"]?.string == "sent" }) ? ExitCode.success : ExitCode.failure
    }
}

private func waitForAnswers(_ rows: inout [JSONValue], _ client: ServerClient, _ console: Console) throws(CommandFailure) {
    let pause = 250
    func open(_ row: JSONValue) -> Bool { ["pending", "waiting"].contains(row["status"]?.string ?? "") }
    console.note("waiting for \(rows.count) answer\(rows.count == 1 ? "" : "s") ...")
    for attempt in 0...(30_000 / pause) {
        if attempt > 0 { console.pause(pause) }
        for index in rows.indices where open(rows[index]) {
            rows[index] = try client.json("GET", ["notifications", try checkedID(rows[index]["id"]?.string ?? "")])
        }
        let left = rows.count { open($0) }
        if left == 0 { return }
        if attempt > 0, attempt % 20 == 0 { console.note("still waiting for \(left) of \(rows.count) ...") }
    }
    console.note("sluice: no answer yet; see later: sluice notifications list --kind test")
}
