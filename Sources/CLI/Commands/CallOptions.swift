internal import JSON
internal import Posix

/// What `sluice call` is asked to send.
struct CallRequest {
    let account: String
    let endpoint: String
    let method: String
    let body: [UInt8]
    /// One JSON document instead of the output as it comes.
    let buffered: Bool

    static let parser = ArgumentParser(
        "call", "Calls an endpoint and prints what it writes, as it writes it.", operands: ["ENDPOINT", "[NAME=VALUE...]"],
        options: [
            .value("data-binary", "@FILE|-|TEXT", short: "d", "send these bytes as the body instead of NAME=VALUE"),
            .value("method", "METHOD", short: "X", "the endpoint's method (default: POST)"),
            .value("account", "NAME", "the account in the URL (default: user)"),
            .flag("wait", short: "w", "if it has to be approved: wait for decision and run"),
            .value("key-file", "FILE", "read the API key from FILE (default: SLUICE_API_KEY)"),
            .flag("json", "wait for the end and print one JSON document"), ServerOptions.address,
            .value("token-file", "FILE", "admin token for --wait, if the API key may not look (default: SLUICE_TOKEN)"),
        ],
        notes: """
            Arguments are sent as a JSON object of strings. Standard output and standard error are those of the run,
            and so is the exit code. If the call waits for an approval, its link goes to standard error and the exit
            code is 75; with --wait a denied or expired call ends with 1. Exit code 1: failed, 2: misuse.

            examples:
              sluice call disk-usage
              sluice call deploy env=production ref=v1.2 --wait
              sluice call resize --data-binary @order.json
              make report | sluice call archive --data-binary -
            """)

    private static let largestBody = 64 * 1024 * 1024

    init(_ arguments: Arguments, _ console: Console) throws(CommandFailure) {
        account = try Self.slug(arguments["account"] ?? "user", what: "account")
        endpoint = try Self.slug(arguments.operands[0], what: "endpoint")
        method = (arguments["method"] ?? "POST").uppercased()
        guard ["GET", "POST", "PUT", "DELETE", "PATCH"].contains(method) else {
            throw .misuse("--method takes GET, POST, PUT, DELETE or PATCH, not '\(method)'")
        }
        buffered = arguments.has("json")
        let pairs = arguments.operands.dropFirst()
        if let data = arguments["data-binary"] {
            guard pairs.isEmpty else { throw .misuse("--data-binary and NAME=VALUE exclude each other") }
            body = try Self.bytes(data, console)
        } else {
            body = try Self.object(Array(pairs)).encoded()
        }
    }

    /// Arguments in the order they were given.
    private static func object(_ pairs: [String]) throws(CommandFailure) -> JSONValue {
        var object = JSONObject()
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else { throw .misuse("'\(pair)' is not of the form NAME=VALUE") }
            guard object[parts[0]] == nil else { throw .misuse("'\(parts[0])' is given twice") }
            object[parts[0]] = .string(parts[1])
        }
        return .object(object)
    }

    private static func bytes(_ data: String, _ console: Console) throws(CommandFailure) -> [UInt8] {
        do {
            if data == "-" || data == "@-" { return try console.input(largestBody) }
            return data.hasPrefix("@") ? try Files.read(String(data.dropFirst()), limit: largestBody) : Array(data.utf8)
        } catch {
            throw CommandFailure("cannot read the body: \(error)")
        }
    }

    /// The names that a server gives; anything else could leave the route.
    private static func slug(_ text: String, what: String) throws(CommandFailure) -> String {
        do { return try checkedID(text) } catch { throw .misuse("'\(text)' is no name of an \(what)") }
    }
}
