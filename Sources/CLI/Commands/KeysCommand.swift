internal import JSON

/// `sluice keys`: the API keys with which endpoints are called.
let keysCommand = CommandGroup(
    name: "keys",
    overview: """
        usage: sluice keys COMMAND [OPTION]...

          create LABEL     make an API key and print it, this once
          list             the keys, without their secrets
          revoke ID...     end keys at once
          callback-secret  print the secret with which callbacks are signed

        For example:

          sluice keys create ci > key && SLUICE_API_KEY=$(cat key) sluice call hello

        More: sluice keys COMMAND --help

        """,
    members: [("create", createKey), ("list", listKeys), ("revoke", revokeKeys), ("callback-secret", showCallbackSecret)])

private func createKey(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "keys create", "Makes an API key and prints it. It is shown this once; the server keeps only a hash.", operands: ["LABEL"],
        options: ServerOptions.admin,
        notes: """
            Standard output gets the key alone, standard error the rest. With --json: the server's answer.

            example:
              sluice keys create ci

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let key = try client.json("POST", ["api-keys"], body: ["label": .string(parsed.operands[0])])
        if parsed.has("json") {
            console.print(key.encodedText(pretty: true))
            return ExitCode.success
        }
        guard let secret = key["key"]?.string else { throw CommandFailure("the server made a key but did not say it") }
        console.print(visible(secret))
        let id = visible(key["id"]?.string ?? "?")
        console.note("Keep it: it is not shown again. Its id is \(id); end it with: sluice keys revoke \(id)")
        return ExitCode.success
    }
}

private func showCallbackSecret(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "keys callback-secret", "Prints the secret with which outcomes posted to a callback_url are signed (Standard Webhooks).",
        options: ServerOptions.admin,
        notes: """
            example:
              sluice keys callback-secret

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let answer = try ServerOptions.client(parsed, console).json("GET", ["callback-secret"])
        guard let secret = answer["secret"]?.string else { throw CommandFailure("the server did not say the secret") }
        console.print(parsed.has("json") ? answer.encodedText(pretty: true) : visible(secret))
        return ExitCode.success
    }
}

private func listKeys(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "keys list", "Lists API keys, without their secrets.", options: listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, label, prefix, created at, revoked at (or nothing), between tabs.

            example:
              sluice keys list

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        try printList(["api-keys"], query: [], parsed, console, nothing: "No API keys.", table: keyTable)
    }
}

private func keyTable(_ items: [JSONValue], now: Int64) -> Table {
    var table = Table([
        .init("ID"), .init("LABEL", yields: true), .init("PREFIX"), .init("AGE", alignsRight: true), .init("STATUS"),
    ])
    for item in items {
        let end = item["revoked_at"]?.string
        table.add([
            .init(item["id"]?.string ?? ""), .init(item["label"]?.string ?? "", style: .bold), .init(item["prefix"]?.string ?? ""),
            .init(age(item["created_at"], now: now), exact: item["created_at"]?.string ?? ""),
            .init(end == nil ? "active" : "revoked", exact: end ?? "", style: end == nil ? .green : .dim),
        ])
    }
    return table
}

private func revokeKeys(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "keys revoke", "Ends API keys at once; calls that run go on.", operands: ["ID..."], options: ServerOptions.admin,
        notes: """
            example:
              sluice keys revoke 00000000-0003-8222-9333-444455556666

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        var revoked: [JSONValue] = []
        var code = ExitCode.success
        for operand in parsed.operands {
            let id = try checkedID(operand)
            do throws(CommandFailure) {
                _ = try client.json("DELETE", ["api-keys", id])
                revoked.append(.string(id))
                if !parsed.has("json") { console.print("revoked \(id)") }
            } catch {
                console.note("sluice: \(id): \(error.message)")
                code = error.exitCode
            }
        }
        if parsed.has("json") { console.print(JSONValue.object(JSONObject([("revoked", .array(revoked))])).encodedText(pretty: true)) }
        return code
    }
}
