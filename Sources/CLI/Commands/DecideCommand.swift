internal import JSON

/// What `sluice approvals approve` and `deny` ask for.
enum Verdict: String {
    case approve, deny

    /// The state that the approval then has.
    var status: String { self == .approve ? "approved" : "denied" }
}

/// Decides every approval that is named, also after one was refused. Exit code 1 if any was.
func decideApprovals(_ verdict: Verdict, _ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "approvals \(verdict.rawValue)",
        verdict == .approve ? "Approves what waits: it runs, once." : "Denies what waits: it never runs.",
        operands: ["ID..."],
        options: [.value("reason", "TEXT", "kept with the decision")]
            + (verdict == .approve ? [.flag("all", "of missed fires, run each and not only the last one")] : []) + ServerOptions.admin,
        notes: """
            Doesn't ask again. An approval that was decided before stays as it is: then it says what was decided and
            by whom, and the exit code is 1.

            example:
              sluice approvals \(verdict.rawValue) 00000000-002a --reason "\(verdict == .approve ? "checked with Kim" : "not on a Friday")"

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        var decided: [JSONValue] = []
        var code = ExitCode.success
        for operand in parsed.operands {
            do throws(CommandFailure) {
                let approval = try decide(verdict, operand, reason: parsed["reason"], runsAll: parsed.has("all"), client)
                decided.append(approval)
                if !parsed.has("json") { report(approval, console) }
            } catch {
                if error.exitCode == ExitCode.misuse { throw error }
                console.note("sluice: \(error.message)")
                code = error.exitCode
            }
        }
        if parsed.has("json") { console.print(JSONValue.array(decided).encodedText(pretty: true)) }
        return code
    }
}

/// The approval as it stands after the decision; throws if it came out otherwise.
private func decide(
    _ verdict: Verdict, _ operand: String, reason: String?, runsAll: Bool, _ client: ServerClient
) throws(CommandFailure) -> JSONValue {
    let id = try fullApprovalID(operand, client)
    let members = (reason.map { [("reason", JSONValue.string($0))] } ?? []) + (runsAll ? [("run", .string("all"))] : [])
    let body: JSONValue? = members.isEmpty ? nil : .object(JSONObject(members))
    let answer = try client.send("POST", ["approvals", id, verdict.rawValue], body: body)
    if answer.status == 409 {
        // The final state is asked for, since the problem need not hold all of it.
        let now = try? client.json("GET", ["approvals", id])
        guard let now, now["status"]?.string != "pending" else { throw CommandFailure(Problem(status: 409, body: answer.body).message) }
        throw CommandFailure("\(id) is already \(ApprovalViews.outcome(now))")
    }
    if answer.status == 404 { throw CommandFailure("there is no approval \(id)") }
    try client.check(answer, .adminToken)
    guard let approval = try? parseJSON(answer.body, duplicateKeys: .lastWins), let status = approval["status"]?.string else {
        throw CommandFailure("\(client.address.text) answered no approval; is this a Sluice server?")
    }
    guard status == verdict.status else { throw CommandFailure("\(id) is now \(ApprovalViews.outcome(approval))") }
    return approval
}

private func report(_ approval: JSONValue, _ console: Console) {
    let status = approval["status"]?.string ?? ""
    let run = approval["run_id"]?.string.map { ", run \($0)" } ?? ""
    let what = visible("\(approval["endpoint"]?.string ?? "") (\(ApprovalViews.command(approval)))\(run)")
    console.print("\(Style.state(status).apply(status, colours: console.hasColours)) \(visible(approval["id"]?.string ?? "")) \(what)")
}
