internal import JSON

/// The options of commands that print lists.
let listOptions: [ArgumentParser.Option] = [
    .value("limit", "N", short: "n", "print at most N (default: 50)"),
    .flag("all", "print all, however many"),
]

/// Fetches a list as the options ask and prints it as a table or, with `--json`, as one JSON array of the server's items.
func printList(
    _ path: [String], query: [(String, String)], _ arguments: Arguments, _ console: Console, nothing: String,
    table: ([JSONValue], Int64) -> Table
) throws(CommandFailure) -> Int32 {
    let limit = try arguments.number("limit", in: 1...1_000_000)
    if limit != nil, arguments.has("all") { throw .misuse("--limit and --all exclude each other") }
    let client = try ServerOptions.client(arguments, console)
    let (items, hasMore) = try client.items(path, query: query, limit: arguments.has("all") ? nil : limit ?? 50)
    if arguments.has("json") {
        console.print(JSONValue.array(items).encodedText(pretty: true))
    } else if !items.isEmpty {
        table(items, console.now).print(on: console)
    } else if console.isTerminal {
        console.note(nothing)
    }
    if hasMore, limit == nil { console.note("sluice: there are more; see --limit and --all") }
    return ExitCode.success
}
