internal import JSON

/// `sluice notifications`: the log of what was told.
let notificationsCommand = CommandGroup(
    name: "notifications",
    overview: """
        usage: sluice notifications COMMAND [OPTION]...

          list            notifications, newest first
          show ID         one with its tries and the destination's answer
          resend ID...    send dead ones again, and pending ones now

        For example:

          sluice notifications list --status dead

        More: sluice notifications COMMAND --help

        """,
    members: [("list", listNotifications), ("show", showNotification), ("resend", resend)])

private let filters: [ArgumentParser.Option] = [
    .value("status", "STATUS", "pending, waiting, sent, dead or silenced"),
    .value("kind", "KIND", "alert, notify, callback, test or reply"),
    .value("rule", "RULE", "only those of one rule"),
    .value("endpoint", "NAME", "only those about one endpoint"),
]

private func listNotifications(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "notifications list", "Lists notifications, newest first.", options: filters + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, status, kind, rule, condition, endpoint, channel or destination, tries, made at, last answer,
            between tabs.

            example:
              sluice notifications list --status dead --rule "deploys that wait"

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let query = filters.compactMap { filter in parsed[filter.name].map { (filter.name, $0) } }
        return try printList(["notifications"], query: query, parsed, console, nothing: "No notifications.", table: AlertViews.notifications)
    }
}

private func showNotification(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "notifications show", "Shows a notification.", operands: ["ID"], options: ServerOptions.admin, notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let item = try ServerOptions.client(parsed, console).json("GET", ["notifications", try checkedID(parsed.operands[0])])
        if parsed.has("json") {
            console.print(item.encodedText(pretty: true))
        } else {
            console.output(Array(AlertViews.notification(item, now: console.now, colours: console.hasColours).utf8))
        }
        return ExitCode.success
    }
}

private func resend(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "notifications resend", "Has notifications sent now: dead ones, whose tries begin anew, and pending ones that wait for their next try.",
        operands: ["ID..."], options: ServerOptions.admin,
        notes: """
            example:
              sluice notifications resend 00000000-0003-8222-9333-444455556666

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        var queued: [JSONValue] = []
        var code = ExitCode.success
        for operand in parsed.operands {
            let id = try checkedID(operand)
            do throws(CommandFailure) {
                queued.append(try client.json("POST", ["notifications", id, "resend"]))
                if !parsed.has("json") { console.print("to be sent now: \(id)") }
            } catch {
                console.note("sluice: \(id): \(error.message)")
                code = error.exitCode
            }
        }
        if parsed.has("json") { console.print(JSONValue.array(queued).encodedText(pretty: true)) }
        return code
    }
}
