internal import Config
internal import JSON
internal import Model
internal import TimeZones
internal import Triggers

private let parser = ArgumentParser(
    "simulate", "Lists what the schedules would do: what fires, what waits for approval, and where fires collide.",
    options: [
        .value("from", "INSTANT", "such as 2026-12-01T00:00:00Z (default: now)"),
        .value("to", "INSTANT", "until before it (default: a day after --from)"),
        .value("config", "FILE", short: "c", "the configuration (default wrapd.yaml; env WRAPD_CONFIG_PATH)"),
        .flag("json", "one JSON object on standard output"),
        .flag("svg", "a timeline as an SVG picture on standard output"),
    ],
    notes: """
        Without a terminal: planned time, schedule, action, fires of other schedules in the same second, between tabs.
        An action is run, approval, blackout or paused. Nothing is run, and no server is asked.

        example:
          sluice simulate --config wrapd.yaml --from 2026-12-24T00:00:00Z --to 2026-12-27T00:00:00Z --svg > christmas.svg
        """)

/// `sluice simulate`
package func runSimulateCommand(_ arguments: [String], on console: Console) -> Int32 {
    parser.run(arguments, on: console) { parsed throws(CommandFailure) in
        let from = try instant(parsed["from"], "--from") ?? console.now / 1_000_000
        let to = try instant(parsed["to"], "--to") ?? from + 86_400
        guard from < to else { throw .misuse("--to lies before --from") }
        if parsed.has("json"), parsed.has("svg") { throw .misuse("--json and --svg exclude each other") }
        let path = configurationPath(parsed["config"])
        let loaded = loadConfig(path: path)
        guard let file = loaded.file else {
            console.errors(Array(renderFindings(loaded, path: path).utf8))
            throw CommandFailure("the configuration is broken")
        }
        let fires: [Simulation.Fire]
        do {
            let simulation = try Simulation(endpoints: file.endpoints.map(\.settings), further: file.fileSchedules, crontabs: file.crontabs)
            fires = try simulation.fires(from: from, to: to, limit: 100_000)
        } catch let error as Simulation.TooMany {
            throw CommandFailure("more than \(error.limit) fires lie in this time; take a shorter one")
        } catch let error as Refusal {
            throw CommandFailure(error.detail)
        } catch {
            throw CommandFailure("\(error)")
        }
        if parsed.has("svg") {
            console.output(Array(timeline(fires, from: from, to: to).utf8))
        } else if parsed.has("json") {
            console.print(json(fires, from: from, to: to).encodedText(pretty: true))
        } else {
            printTable(fires, console)
        }
        return ExitCode.success
    }
}

private func instant(_ text: String?, _ option: String) throws(CommandFailure) -> Int64? {
    guard let text else { return nil }
    guard let time = Timestamp(rfc3339: text) else { throw .misuse("\(option): not an RFC 3339 instant such as 2026-12-01T00:00:00Z") }
    return time.seconds
}

private func printTable(_ fires: [Simulation.Fire], _ console: Console) {
    guard !fires.isEmpty else { return console.note("Nothing fires in this time.") }
    var table = Table([.init("TIME"), .init("SCHEDULE"), .init("ACTION"), .init("COLLIDES WITH", alignsRight: true)])
    for fire in fires {
        let style = Style.state(fire.action == .run ? "succeeded" : fire.action == .approval ? "pending" : "cancelled")
        table.add([
            .init(fireTimeText(fire.time)), .init(fire.schedule), .init(fire.action.rawValue, style: style),
            .init(fire.collisions == 0 ? "" : String(fire.collisions)),
        ])
    }
    table.print(on: console)
    let counts = [Simulation.Action.run, .approval, .blackout, .paused].map { action in (action, fires.count { $0.action == action }) }
    console.note(counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", "))
}

private func json(_ fires: [Simulation.Fire], from: Int64, to: Int64) -> JSONValue {
    let items = fires.map { fire -> JSONValue in
        [
            "at": .string(fireTimeText(fire.time)), "due_at": .string(instantText(fire.due)), "schedule": .string(fire.schedule),
            "action": .string(fire.action.rawValue), "collides_with": .int(fire.collisions),
        ]
    }
    return [
        "from": .string(fireTimeText(from * 1_000_000)), "to": .string(fireTimeText(to * 1_000_000)), "fires": .array(items),
    ]
}
