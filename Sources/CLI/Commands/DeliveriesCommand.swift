internal import JSON

/// `sluice deliveries`: what webhook senders sent, and once more what they sent.
let deliveriesCommand = CommandGroup(
    name: "deliveries",
    overview: """
        usage: sluice deliveries COMMAND [OPTION]...

          list            deliveries, newest first
          show ID         one with its headers and the beginning of its body
          body ID         the body alone, byte for byte
          rejected        attempts that were refused, and why
          redeliver ID    take it once more, through today's rules and gate

        For example:

          sluice deliveries list --endpoint deploy --event push --since 2026-11-24
          sluice deliveries redeliver 00000000-002a --yes

        More: sluice deliveries COMMAND --help

        """,
    members: [
        ("list", listDeliveries), ("show", showDelivery), ("body", printBody), ("rejected", listRejected), ("redeliver", redeliver),
    ])

/// The options that become the query of the same name.
private let filters: [(option: ArgumentParser.Option, parameter: String)] = [
    (.value("endpoint", "NAME", "only those of one endpoint"), "endpoint"),
    (.value("event", "NAME", "only those of one event, such as push"), "event"),
    (.value("source", "NAME", "only those of one source, such as github"), "source"),
    (.value("verdict", "VERDICT", "accepted or ignored"), "verdict"),
    (.value("delivery-id", "ID", "the one that its sender calls so"), "delivery_id"),
    (.value("since", "TIME", "from a day or an instant on, such as 2026-11-24 or 2026-11-24T08:00:00Z"), "since"),
    (.value("until", "TIME", "before a day or an instant"), "until"),
]

private func listDeliveries(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "deliveries list", "Lists deliveries, newest first.", options: filters.map(\.option) + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, verdict, endpoint, source, event, sender's id, times it came, bytes, received at,
            between tabs. With --json: one array of the server's items.

            examples:
              sluice deliveries list --verdict ignored
              sluice deliveries list --delivery-id 72d3162e-cc78-11e3-81ab-4c9367dc0958 --json

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let query = filters.compactMap { filter in parsed[filter.option.name].map { (filter.parameter, $0) } }
        return try printList(["deliveries"], query: query, parsed, console, nothing: "No deliveries.", table: DeliveryViews.table)
    }
}

private func showDelivery(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "deliveries show", "Shows a delivery with its headers and the beginning of its body.", operands: ["ID"], options: ServerOptions.admin,
        notes: """
            Control characters are shown as escapes; sluice deliveries body ID prints the body as it is.

            example:
              sluice deliveries show 00000000-002a

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let delivery = try client.json("GET", ["deliveries", try wholeID(parsed.operands[0], in: "deliveries", client)])
        if parsed.has("json") {
            console.print(delivery.encodedText(pretty: true))
        } else {
            console.output(Array(DeliveryViews.details(delivery, now: console.now, colours: console.hasColours).utf8))
        }
        return ExitCode.success
    }
}

private func printBody(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "deliveries body", "Prints the body of a delivery, byte for byte.", operands: ["ID"],
        options: ServerOptions.admin.filter { $0.name != "json" },
        notes: """
            example:
              sluice deliveries body 00000000-002a | jq .ref

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        console.output(try client.bytes(["deliveries", try wholeID(parsed.operands[0], in: "deliveries", client), "body"]))
        return ExitCode.success
    }
}

private func listRejected(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "deliveries rejected", "Lists attempts that were refused, newest first; their bodies are not kept.",
        options: [.value("endpoint", "NAME", "only those of one endpoint")] + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: received at, endpoint, status, peer, the id that it claimed, reason, between tabs.

            example:
              sluice deliveries rejected --endpoint deploy

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let query = parsed["endpoint"].map { [("endpoint", $0)] } ?? []
        return try printList(
            ["deliveries", "rejected"], query: query, parsed, console, nothing: "Nothing was refused.", table: DeliveryViews.rejectedTable)
    }
}

private func redeliver(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "deliveries redeliver", "Makes a new delivery from the stored body of one, under the endpoint's rules of now.", operands: ["ID"],
        options: [.flag("yes", short: "y", "do it; without it the delivery is only shown")] + ServerOptions.admin,
        notes: """
            A gated endpoint asks first; others run at once. The new delivery is linked to the old one.

            example:
              sluice deliveries redeliver 00000000-002a --yes

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        let id = try wholeID(parsed.operands[0], in: "deliveries", client)
        guard parsed.has("yes") else {
            let delivery = try client.json("GET", ["deliveries", id])
            if parsed.has("json") {
                console.print(delivery.encodedText(pretty: true))
            } else {
                console.output(Array(DeliveryViews.summary(delivery, now: console.now, colours: console.hasColours).utf8))
            }
            console.note("nothing was done; add --yes to redeliver it")
            return ExitCode.success
        }
        let answer = try client.json("POST", ["deliveries", id, "redeliver"])
        if parsed.has("json") {
            console.print(answer.encodedText(pretty: true))
        } else {
            console.output(Array(DeliveryViews.outcome(answer, colours: console.hasColours).utf8))
        }
        return ExitCode.success
    }
}
