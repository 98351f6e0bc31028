internal import JSON

/// `sluice alerts`: the rules that say who is told what.
let alertsCommand = CommandGroup(
    name: "alerts",
    overview: """
        usage: sluice alerts COMMAND [OPTION]...

          list               rules of the file and of the API
          show RULE          one rule, without the secrets of its destinations
          test RULE          send a marked test to each of its channels, and wait for the answers
          enable RULE...     let rules tell again
          disable RULE...    let rules tell nothing
          reset RULE...      let rules of the file be as the file says again
          create FILE        make a rule from a file with JSON; - is standard input
          delete RULE...     end rules of the API

        RULE is the rule's name, in quotes if it has blanks. For example:

          sluice alerts test "deploys that wait"
          echo '{"name":"nights","condition":"failure","endpoint":"night-*","channels":["ops"]}' | sluice alerts create -

        More: sluice alerts COMMAND --help

        """,
    members: [
        ("list", listRules), ("show", showRule), ("test", testRule), ("enable", { switchRules(true, $0, $1) }),
        ("disable", { switchRules(false, $0, $1) }), ("reset", resetRules), ("create", createRule), ("delete", deleteRules),
    ])

private func listRules(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "alerts list", "Lists alert rules.", options: listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: name, state (enabled, disabled, broken), condition, endpoint, channels, origin, between tabs.

            example:
              sluice alerts list

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        try printList(["alerts"], query: [], parsed, console, nothing: "No alert rules.", table: AlertViews.table)
    }
}

private func showRule(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "alerts show", "Shows an alert rule.", operands: ["RULE"], options: ServerOptions.admin,
        notes: """
            With --json: the rule as the API takes it. A destination that is shown as https://HOST/******** may be sent
            back so: it stays what it is.

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let rule = try ServerOptions.client(parsed, console).json("GET", ["alerts", try checkedRule(parsed.operands[0])])
        if parsed.has("json") {
            console.print(rule.encodedText(pretty: true))
        } else {
            console.output(Array(AlertViews.details(rule, colours: console.hasColours).utf8))
        }
        return ExitCode.success
    }
}

private func switchRules(_ isEnabled: Bool, _ arguments: [String], _ console: Console) -> Int32 {
    let verb = isEnabled ? "enable" : "disable"
    let parser = ArgumentParser(
        "alerts \(verb)", isEnabled ? "Lets rules tell again." : "Lets rules tell nothing, until they are enabled.", operands: ["RULE..."],
        options: ServerOptions.admin,
        notes: """
            Rules of the file too: that holds until it is changed here again, or taken back by sluice alerts reset.

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        try forEachRule(parsed, console) { client, name throws(CommandFailure) in
            let rule = try client.json("PATCH", ["alerts", name], body: ["enabled": .bool(isEnabled)])
            if !parsed.has("json") { console.print("\(verb)d \(visible(name))") }
            return rule
        }
    }
}

private func resetRules(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "alerts reset", "Takes back what enable or disable did to rules of the file: they are as the file says again.", operands: ["RULE..."],
        options: ServerOptions.admin, notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        try forEachRule(parsed, console) { client, name throws(CommandFailure) in
            // Of a rule of the API this would be its default, which nobody meant.
            guard try client.json("GET", ["alerts", name])["origin"]?.string == "file" else {
                throw CommandFailure("this is a rule of the API, which no file says anything of: enable or disable it")
            }
            let rule = try client.json("PATCH", ["alerts", name], body: ["enabled": nil])
            let state = rule["enabled"]?.bool == false ? "disabled" : "enabled"
            if !parsed.has("json") { console.print("\(visible(name)) is \(state), as the file says") }
            return rule
        }
    }
}

private func deleteRules(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "alerts delete", "Ends rules of the API; those of the file are removed there.", operands: ["RULE..."], options: ServerOptions.admin,
        notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        try forEachRule(parsed, console) { client, name throws(CommandFailure) in
            _ = try client.json("DELETE", ["alerts", name])
            if !parsed.has("json") { console.print("deleted \(visible(name))") }
            return .string(name)
        }
    }
}

/// Also those behind one that was refused. Exit code 1 if any was.
private func forEachRule(
    _ parsed: Arguments, _ console: Console, _ body: (ServerClient, String) throws(CommandFailure) -> JSONValue
) throws(CommandFailure) -> Int32 {
    let client = try ServerOptions.client(parsed, console)
    var done: [JSONValue] = []
    var code = ExitCode.success
    for operand in parsed.operands {
        let name = try checkedRule(operand)
        do throws(CommandFailure) { done.append(try body(client, name)) } catch {
            console.note("sluice: \(visible(name)): \(error.message)")
            code = error.exitCode
        }
    }
    if parsed.has("json") { console.print(JSONValue.array(done).encodedText(pretty: true)) }
    return code
}

private func createRule(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "alerts create", "Makes an alert rule from a file with a JSON object; - is standard input.", operands: ["FILE"],
        options: ServerOptions.admin,
        notes: """
            The fields are those of a rule in wrapd.yaml. Write secrets as $NAME: the server looks them up when it sends.

            example:
              echo '{"name":"nights","condition":"failure","endpoint":"night-*","channels":["ops"]}' | sluice alerts create -

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let rule = try client.json("POST", ["alerts"], body: try jsonObject(inFile: parsed.operands[0], console))
        if parsed.has("json") {
            console.print(rule.encodedText(pretty: true))
        } else {
            console.print("created \(visible(rule["name"]?.string ?? "?"))")
        }
        noteWarnings(of: rule, console)
        return ExitCode.success
    }
}

/// What an answer warns of, to standard error.
func noteWarnings(of answer: JSONValue, _ console: Console) {
    for warning in answer["warnings"]?.array ?? [] {
        console.note("sluice: warning: \(visible(warning["field"]?.string ?? "")): \(visible(warning["message"]?.string ?? ""))")
    }
}

/// A rule's name as it may stand in a path; throws misuse for what no rule is called.
func checkedRule(_ name: String) throws(CommandFailure) -> String {
    // Clients take such segments out of addresses.
    guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= 200 else { throw .misuse("\"\(visible(name))\" is no rule's name") }
    return name
}
