internal import JSON

/// `sluice call`: asks for a run and shows it.
func runCallCommand(_ arguments: [String], on console: Console) -> Int32 {
    CallRequest.parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let request = try CallRequest(parsed, console)
        let client = ServerClient(
            address: try ServerOptions.serverAddress(parsed, console),
            adminToken: parsed.has("wait")
                ? try Credentials.adminToken(file: parsed["token-file"], dataDirectory: nil, console: console) : nil,
            apiKey: try Credentials.apiKey(file: parsed["key-file"], console: console))
        var output = CallOutput()
        let answer = try send(request, client, &output, console)
        if answer.status == 202 { return try pending(answer, request, client, waits: parsed.has("wait"), console) }
        try client.check(answer, .apiKey)
        if request.buffered { return try buffered(answer, client, console) }
        if let code = output.exitCode { return code }
        // A public endpoint of another server, or a proxy's page: its text is all there is.
        guard answer.body.isEmpty else { throw CommandFailure("\(client.address.text) answered no event stream; is this a Sluice server?") }
        throw CommandFailure(
            output.isOverfull ? "a line of the output is too long to be shown" : "the stream ended before the run did; see sluice runs list"
        )
    }
}

/// Sends the call; events are printed as they come, everything else is kept in the answer's body.
private func send(
    _ request: CallRequest, _ client: ServerClient, _ output: inout CallOutput, _ console: Console
) throws(CommandFailure) -> ServerClient.Answer {
    let headers =
        [
            // The admin token is for looking at approvals and is not shown to the call.
            ("Accept", request.buffered ? "application/json" : "text/event-stream"), ("Content-Type", "application/json"),
        ] + (client.apiKey.map { [("X-API-Key", $0)] } ?? [])
    let exchange = Exchange(
        method: request.method, url: client.address.url(["v1", request.account, request.endpoint]), headers: headers, body: request.body,
        seconds: nil)
    var body: [UInt8] = []
    let status = try perform(exchange, at: client.address) { head, part in
        if head.isEventStream {
            output.feed(part, console)
            return true
        }
        body.append(contentsOf: part)
        return body.count <= ServerClient.largestAnswer
    }
    return ServerClient.Answer(status: status, body: body)
}

private func buffered(_ answer: ServerClient.Answer, _ client: ServerClient, _ console: Console) throws(CommandFailure) -> Int32 {
    guard let document = try? parseJSON(answer.body, maxDepth: 256, duplicateKeys: .lastWins), document.object != nil else {
        throw CommandFailure("\(client.address.text) answered something that is not JSON; is this a Sluice server?")
    }
    console.print(document.encodedText(pretty: true))
    return exitCodeOfRun(document["exit_code"])
}

/// The call was accepted and is not running yet: it waits for an approval, or it is a webhook that only says so.
private func pending(
    _ answer: ServerClient.Answer, _ request: CallRequest, _ client: ServerClient, waits: Bool, _ console: Console
) throws(CommandFailure) -> Int32 {
    let document = (try? parseJSON(answer.body, duplicateKeys: .lastWins)) ?? .null
    if request.buffered, !waits { console.print(document.encodedText(pretty: true)) }
    guard let id = document["approval_id"]?.string else {
        if !request.buffered { console.note("sluice: accepted" + (document["run_id"]?.string.map { ", run \(visible($0))" } ?? "")) }
        return ExitCode.success
    }
    console.note("sluice: " + visible(document["message"]?.string ?? "waiting for approval"))
    if let link = document["approve_url"]?.string { console.note("  decide:    \(visible(link))") }
    console.note("  approval:  \(visible(id))")
    if let minutes = document["expires_in_mins"]?.int { console.note("  expires in \(minutes) min") }
    return waits ? try wait(for: id, request, client, console) : ExitCode.pending
}

/// Looks at the approval until it is decided, then follows the run.
private func wait(
    for approval: String, _ request: CallRequest, _ client: ServerClient, _ console: Console
) throws(CommandFailure) -> Int32 {
    let id = try checkedID(approval)
    while true {
        let now = try client.json("GET", ["approvals", id])
        if now["status"]?.string == "pending" {
            console.pause(pollMilliseconds)
            continue
        }
        guard now["status"]?.string == "approved", let run = now["run_id"]?.string else {
            if request.buffered { console.print(now.encodedText(pretty: true)) }
            throw CommandFailure("the call did not run: \(ApprovalViews.outcome(now))")
        }
        console.note("sluice: \(ApprovalViews.outcome(now)); run \(visible(run))")
        return try follow(try checkedID(run), request, client, console)
    }
}

private func follow(_ run: String, _ request: CallRequest, _ client: ServerClient, _ console: Console) throws(CommandFailure) -> Int32 {
    guard request.buffered else {
        let ended = try followRun(run, client, console)
        if let error = ended["error"]?.string, !error.isEmpty { console.note("sluice: \(visible(error))") }
        return exitCode(of: ended)
    }
    while true {
        let now = try client.json("GET", ["runs", run])
        if RunViews.isFinished(now) {
            console.print(now.encodedText(pretty: true))
            return exitCode(of: now)
        }
        console.pause(pollMilliseconds)
    }
}

/// A run without an exit code of its own (cancelled before it began, interrupted) did not succeed.
private func exitCode(of run: JSONValue) -> Int32 {
    let code = exitCodeOfRun(run["exit_code"])
    return code == 0 && run["status"]?.string != "succeeded" ? ExitCode.failure : code
}
