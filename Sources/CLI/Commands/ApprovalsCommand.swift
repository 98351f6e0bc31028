internal import Bytes
internal import JSON

/// `sluice approvals`: look at what waits, and decide.
let approvalsCommand = CommandGroup(
    name: "approvals",
    overview: """
        usage: sluice approvals COMMAND [OPTION]...

          list               approvals, by default those that wait
          show ID            one approval with all that would run
          approve ID...      let it run
          deny ID...         refuse it

        An ID may be shortened to its first 13 characters, as the list prints them, or, of one that waits, to
        8 or more if no other begins with them. For example:

          sluice approvals list
          sluice approvals show 00000000-002a
          sluice approvals approve 00000000-002a --reason "checked with Kim"
          sluice approvals list --json | jq -r '.[].id'

        More: sluice approvals COMMAND --help

        """,
    members: [
        ("list", listApprovals), ("show", showApproval),
        ("approve", { arguments, console in decideApprovals(.approve, arguments, console) }),
        ("deny", { arguments, console in decideApprovals(.deny, arguments, console) }),
    ])

private let approvalStatuses = ["pending", "approved", "denied", "expired", "cancelled", "superseded", "stale"]

private func listApprovals(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "approvals list", "Lists approvals, newest first.",
        options: [
            .value("status", "STATUS", "pending (default), decided, all, \(approvalStatuses.dropFirst().joined(separator: ", "))"),
            .value("endpoint", "NAME", "only those of one endpoint"),
        ] + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, status, endpoint, command, requested by, requested at, expires at, between tabs.
            With --json: one array of the server's items.

            examples:
              sluice approvals list
              sluice approvals list --status decided --endpoint deploy --limit 10
              sluice approvals list | cut -f1

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let status = parsed["status"] ?? "pending"
        guard (["all", "decided"] + approvalStatuses).contains(status) else { throw .misuse("there is no status '\(status)'") }
        var query = status == "all" ? [] : [("status", status)]
        if let endpoint = parsed["endpoint"] { query.append(("endpoint", endpoint)) }
        return try printList(
            ["approvals"], query: query, parsed, console, nothing: status == "pending" ? "Nothing waits for approval." : "No approvals.",
            table: ApprovalViews.table)
    }
}

private func showApproval(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "approvals show", "Shows an approval with all that would run: command, arguments, scripts and standard input.",
        operands: ["ID"], options: ServerOptions.admin,
        notes: """
            Control characters are shown as escapes, and at most \(ApprovalViews.shownBody / 1024) KiB of the standard input.
            With --json: the server's item, and the whole input as "stdin", or as "stdin_base64" if it
            is not UTF-8.

            example:
              sluice approvals show 00000000-002a

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let id = try fullApprovalID(parsed.operands[0], client)
        let approval = try client.json("GET", ["approvals", id])
        let body = (approval["stdin_bytes"]?.int ?? 0) > 0 ? try client.bytes(["approvals", id, "body"]) : []
        if parsed.has("json") {
            console.print(withStandardInput(approval, body).encodedText(pretty: true))
        } else {
            console.output(Array(ApprovalViews.details(approval, body: body, now: console.now, colours: console.hasColours).utf8))
        }
        return ExitCode.success
    }
}

private func withStandardInput(_ approval: JSONValue, _ body: [UInt8]) -> JSONValue {
    guard var object = approval.object, !body.isEmpty else { return approval }
    if let text = utf8String(body) { object["stdin"] = .string(text) } else { object["stdin_base64"] = .string(base64Encode(body)) }
    return .object(object)
}

/// `text` itself if it is a whole UUID, else the id of the one waiting approval that begins with it, else of any.
func fullApprovalID(_ text: String, _ client: ServerClient) throws(CommandFailure) -> String {
    let given = try checkedID(text).lowercased()
    if given.utf8.count >= 36 { return given }
    guard given.utf8.count >= 8 else { throw .misuse("'\(visible(text))' is too short: give at least 8 characters of the id") }
    let waiting = try client.items(["approvals"], query: [("status", "pending")], limit: nil).items
    let found = waiting.compactMap { $0["id"]?.string }.filter { $0.hasPrefix(given) }
    guard let only = found.first else {
        if given.utf8.count >= ApprovalViews.shortID { return try wholeID(text, in: "approvals", client) }
        throw CommandFailure("no waiting approval begins with \(given); of others give at least \(ApprovalViews.shortID) characters")
    }
    guard found.count == 1 else { throw CommandFailure("\(found.count) waiting approvals begin with \(given): give more of the id") }
    return try checkedID(only)
}

/// `text` itself if it is a whole UUID, else the id of the row of `collection` that the server finds by its beginning.
func wholeID(_ text: String, in collection: String, _ client: ServerClient) throws(CommandFailure) -> String {
    let given = try checkedID(text).lowercased()
    if given.utf8.count >= 36 { return given }
    guard given.utf8.count >= ApprovalViews.shortID else {
        throw .misuse("'\(visible(text))' is too short: give at least \(ApprovalViews.shortID) characters of the id, as the list prints them")
    }
    return try checkedID(try client.json("GET", [collection, given])["id"]?.string ?? "")
}
