internal import JSON

/// `sluice silences`: times in which rules tell nothing.
let silencesCommand = CommandGroup(
    name: "silences",
    overview: """
        usage: sluice silences COMMAND [OPTION]...

          list         silences that hold
          add          silence rules or endpoints for a while
          end ID...    end silences now

        For example:

          sluice silences add --endpoint 'night-*' --for 2h --reason "the disk is being replaced"

        More: sluice silences COMMAND --help

        """,
    members: [("list", listSilences), ("add", addSilence), ("end", endSilences)])

private func listSilences(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "silences list", "Lists silences, newest first.",
        options: [.flag("ended", "also those that have ended")] + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, rules, endpoints, until, author, reason, between tabs.

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let query = parsed.has("ended") ? [("all", "true")] : []
        return try printList(["silences"], query: query, parsed, console, nothing: "Nothing is silenced.", table: AlertViews.silences)
    }
}

private func addSilence(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "silences add", "Silences what rules tell, for a while. It is not sent, also not later; it stands in the log.",
        options: [
            .value("rule", "PATTERN", "a rule's name, or a pattern such as 'night *' (default: all)"),
            .value("endpoint", "PATTERN", "an endpoint's name, or a pattern (default: all)"),
            .value("for", "DURATION", "such as 30m, 2h or 1d"),
            .value("until", "INSTANT", "or until then, such as 2026-11-24T08:00:00Z"),
            .value("reason", "TEXT", "why; it must be given"),
        ] + ServerOptions.admin,
        notes: """
            example:
              sluice silences add --rule 'night *' --for 8h --reason "known, fixed tomorrow"

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        guard let reason = parsed["reason"], !reason.isEmpty else { throw .misuse("--reason is missing") }
        guard (parsed["for"] == nil) != (parsed["until"] == nil) else { throw .misuse("give --for or --until, one of them") }
        let fields: [(String, String?)] = [
            ("rule", parsed["rule"]), ("endpoint", parsed["endpoint"]), ("duration", parsed["for"]), ("until", parsed["until"]), ("reason", reason),
        ]
        let body = JSONObject(fields.compactMap { name, value in value.map { (name, .string($0)) } })
        let silence = try ServerOptions.client(parsed, console).json("POST", ["silences"], body: .object(body))
        if parsed.has("json") {
            console.print(silence.encodedText(pretty: true))
        } else {
            console.print("silent until \(visible(silence["until"]?.string ?? "?")): \(visible(silence["id"]?.string ?? "?"))")
        }
        noteWarnings(of: silence, console)
        return ExitCode.success
    }
}

private func endSilences(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "silences end", "Ends silences now.", operands: ["ID..."], options: ServerOptions.admin, notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        var ended: [JSONValue] = []
        var code = ExitCode.success
        for operand in parsed.operands {
            let id = try checkedID(operand)
            do throws(CommandFailure) {
                _ = try client.json("DELETE", ["silences", id])
                ended.append(.string(id))
                if !parsed.has("json") { console.print("ended \(id)") }
            } catch {
                console.note("sluice: \(id): \(error.message)")
                code = error.exitCode
            }
        }
        if parsed.has("json") { console.print(JSONValue.object(JSONObject([("ended", .array(ended))])).encodedText(pretty: true)) }
        return code
    }
}
