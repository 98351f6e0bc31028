internal import JSON

/// `sluice schedules`: what fires when, and the switches beside it.
let schedulesCommand = CommandGroup(
    name: "schedules",
    overview: """
        usage: sluice schedules COMMAND [OPTION]...

          list           schedules, with their next fires and last outcomes
          show ID        one schedule with its policies and recent calls
          skipped ID     its fires that did not run, and why
          run ID         a call now, through the gate
          pause ID       fire nothing until resumed
          resume ID      go on with the next fire
          backfill ID    make up for fires of a range of time

        ID is the endpoint's name, and behind a colon the schedule's own: cleanup, cleanup:nightly.
        For example:

          sluice schedules backfill cleanup:nightly --from 2026-11-20T00:00:00Z --to 2026-11-22T00:00:00Z

        More: sluice schedules COMMAND --help

        """,
    members: [
        ("list", listSchedules), ("show", showSchedule), ("skipped", listSkipped), ("run", runSchedule),
        ("pause", { switchSchedule("pause", $0, $1) }), ("resume", { switchSchedule("resume", $0, $1) }), ("backfill", backfill),
    ])

private func listSchedules(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "schedules list", "Lists schedules.",
        options: [.value("endpoint", "NAME", "only those of one endpoint")] + listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: id, expression, zone, next fire, state, last outcome, between tabs.

            example:
              sluice schedules list

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let query = parsed["endpoint"].map { [("endpoint", $0)] } ?? []
        return try printList(["schedules"], query: query, parsed, console, nothing: "No schedules.", table: scheduleTable)
    }
}

private func scheduleTable(_ items: [JSONValue], now: Int64) -> Table {
    var table = Table([.init("SCHEDULE"), .init("FIRES", yields: true), .init("ZONE"), .init("NEXT"), .init("STATE"), .init("LAST", yields: true)])
    for item in items {
        let isPaused = item["paused"]?.bool == true
        let next = item["next_run_at"]?.string
        let left = (instant(item["next_run_at"]) ?? 0) - now / 1_000_000
        let last = outcome(item["last"])
        table.add([
            .init(item["id"]?.string ?? ""), .init(item["schedule"]?.string ?? ""), .init(item["timezone"]?.string ?? ""),
            .init(next.map { _ in "in \(shortDuration(seconds: max(0, left)))" } ?? "-", exact: next ?? ""),
            .init(isPaused ? "paused" : "active", style: .state(isPaused ? "cancelled" : "succeeded")), .init(last ?? "-", exact: last ?? ""),
        ])
    }
    return table
}

/// `succeeded`, or where the last call stands.
private func outcome(_ last: JSONValue?) -> String? { last?["run_status"]?.string ?? last?["approval_status"]?.string }

private func showSchedule(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "schedules show", "Shows a schedule.", operands: ["ID"], options: ServerOptions.admin,
        notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let item = try ServerOptions.client(parsed, console).json("GET", ["schedules", parsed.operands[0]])
        if parsed.has("json") {
            console.print(item.encodedText(pretty: true))
            return ExitCode.success
        }
        show(item, console)
        return ExitCode.success
    }
}

private func show(_ item: JSONValue, _ console: Console) {
    var fields = Fields()
    for (title, key) in [("schedule", "id"), ("fires", "schedule"), ("zone", "timezone"), ("command", "command"), ("stands in", "place")] {
        if let text = item[key]?.string { fields.add(title, text) }
    }
    fields.add("state", item["paused"]?.bool == true ? "paused\(item["pause_reason"]?.string.map { ": \($0)" } ?? "")" : "active")
    if item["approval_required"]?.bool == true { fields.add("gate", "each fire asks first") }
    for (key, value) in item["policy"]?.object?.members.map({ ($0.key, $0.value) }) ?? [] {
        let text = value.string ?? value.array.map { $0.compactMap(\.string).joined(separator: ", ") } ?? value.number?.text
        if let text, !text.isEmpty { fields.add(key, text) }
    }
    let next = item["next_runs"]?.array?.compactMap(\.string) ?? []
    for (index, time) in next.enumerated() { fields.add(index == 0 ? "next" : "", time) }
    let skipped = item["skipped"]?.object?.members.filter { $0.value.number?.text != "0" }.map { "\($0.key) \($0.value.number?.text ?? "")" } ?? []
    if !skipped.isEmpty { fields.add("did not run", skipped.joined(separator: ", ")) }
    let recent = (item["recent"]?.array ?? []).map { call in
        "\(call["fire_time"]?.string ?? "") \(outcome(call) ?? "")\(call["exit_code"]?.number.map { " (exit code \($0.text))" } ?? "")"
    }
    for (index, call) in recent.enumerated() { fields.add(index == 0 ? "recent" : "", call) }
    console.output(Array(fields.rendered(colours: console.hasColours).utf8))
}

private func listSkipped(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "schedules skipped", "Lists the fires of a schedule that did not run, newest first.", operands: ["ID"],
        options: listOptions + ServerOptions.admin,
        notes: """
            Without a terminal: reason, count, first fire, last fire, between tabs.

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        try printList(["schedules", parsed.operands[0], "skipped"], query: [], parsed, console, nothing: "No fire was left out.") { items, _ in
            var table = Table([.init("REASON"), .init("COUNT", alignsRight: true), .init("FIRST"), .init("LAST")])
            for item in items {
                let texts = [item["reason"]?.string, item["count"]?.number?.text, item["first_at"]?.string, item["last_at"]?.string]
                table.add(texts.map { .init($0 ?? "") })
            }
            return table
        }
    }
}

private func runSchedule(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "schedules run", "Makes a call of a schedule now, with its arguments and through the gate.", operands: ["ID"],
        options: ServerOptions.admin, notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let answer = try ServerOptions.client(parsed, console).json("POST", ["schedules", parsed.operands[0], "run"])
        if parsed.has("json") {
            console.print(answer.encodedText(pretty: true))
        } else if let approval = answer["approval_id"]?.string {
            console.print("waits for approval \(visible(approval))")
        } else {
            console.print("run \(visible(answer["run_id"]?.string ?? "?"))")
        }
        return ExitCode.success
    }
}

private func switchSchedule(_ verb: String, _ arguments: [String], _ console: Console) -> Int32 {
    let what = verb == "pause" ? "Stops the fires of a schedule; calls still work." : "Has a paused schedule go on with its next fire."
    let parser = ArgumentParser(
        "schedules \(verb)", what, operands: ["ID..."],
        options: (verb == "pause" ? [.value("reason", "TEXT", "shown beside the schedule")] : []) + ServerOptions.admin,
        notes: ServerOptions.adminNotes)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let client = try ServerOptions.client(parsed, console)
        for id in parsed.operands {
            let body: JSONValue? = verb == "pause" ? parsed["reason"].map { ["reason": .string($0)] } : nil
            let item = try client.json("POST", ["schedules", id, verb], body: body)
            if parsed.has("json") {
                console.print(item.encodedText(pretty: true))
            } else {
                console.print("\(visible(id)) is \(verb == "pause" ? "paused" : "active\(item["next_run_at"]?.string.map { ", next \($0)" } ?? "")")")
            }
        }
        return ExitCode.success
    }
}

private func backfill(_ arguments: [String], _ console: Console) -> Int32 {
    let parser = ArgumentParser(
        "schedules backfill", "Makes up for fires of the past: those that made no call get one, through the gate.", operands: ["ID"],
        options: [
            .value("from", "INSTANT", "the first fire time, such as 2026-11-20T00:00:00Z"), .value("to", "INSTANT", "the last one"),
            .flag("yes", short: "y", "make the calls; without it they are only listed"),
        ] + ServerOptions.admin,
        notes: """
            At most 1,000 fires. A fire that has a call already gets no second one.

            \(ServerOptions.adminNotes)
            """)
    return parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        guard let from = parsed["from"], let to = parsed["to"] else { throw .misuse("say which range: --from INSTANT --to INSTANT") }
        let body: JSONValue = ["from": .string(from), "to": .string(to), "confirm": .bool(parsed.has("yes"))]
        let answer = try ServerOptions.client(parsed, console).json("POST", ["schedules", parsed.operands[0], "backfill"], body: body)
        if parsed.has("json") {
            console.print(answer.encodedText(pretty: true))
            return ExitCode.success
        }
        let fires = answer["fires"]?.array?.compactMap(\.string) ?? []
        for fire in fires { console.print(visible(fire)) }
        let known = answer["already_made"]?.number.map { Int($0.text) ?? 0 } ?? 0
        let rest = known > 0 ? " (\(known) had one already)" : ""
        console.note(parsed.has("yes") ? "made \(fires.count) calls\(rest)" : "\(fires.count) fires would get a call\(rest); add --yes to make them")
        return ExitCode.success
    }
}
