import TimeZones

/// What the arguments of `sluice cron next` and `explain` say.
struct CronOptions {
    var expression: String?
    var timeZone: String?
    /// Seconds since 1970, rounded down.
    var from: Int64?
    /// Seconds since 1970, rounded up: what is asked for lies before.
    var before: Int64?
    var count: Int?
    var batch = false
    var json = false
    var help = false

    static let defaultCount = 5
    static let counts = 1...100_000

    struct Misuse: Error {
        var message: String
    }

    init(_ arguments: [String], allowed: Set<String>) throws(Misuse) {
        var rest = arguments[...]
        var plain = false
        while let argument = rest.popFirst() {
            // An expression has blanks, an option has none: "-5 * * * *" is a (broken) expression.
            if plain || !argument.hasPrefix("-") || argument.contains(" ") && !argument.hasPrefix("--") {
                guard expression == nil else {
                    throw Misuse(message: "there is more than one expression; write it in quotes, as in '0 6 * * *'")
                }
                expression = argument
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch parts[0] {
            case "--": plain = true
            case "--help", "-h": help = true
            case let name where !allowed.contains(name): throw Misuse(message: "there is no option \(name)")
            case "--batch", "--json":
                guard parts.count == 1 else { throw Misuse(message: "\(parts[0]) takes no value") }
                if parts[0] == "--batch" { batch = true } else { json = true }
            default:
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else { throw Misuse(message: "\(parts[0]) needs a value") }
                try set(parts[0], to: value)
            }
        }
    }

    private mutating func set(_ name: String, to value: String) throws(Misuse) {
        switch name {
        case "--tz": timeZone = value
        case "--from":
            guard let instant = Timestamp(rfc3339: value) else { throw Misuse(message: "--from: " + CronOptions.fromMessage) }
            from = instant.seconds
        case "--before":
            guard let instant = Timestamp(rfc3339: value) else { throw Misuse(message: "--before: " + CronOptions.fromMessage) }
            before = instant.seconds + (instant.nanoseconds > 0 ? 1 : 0)
        default:
            guard let number = Int(value), CronOptions.counts ~= number else {
                throw Misuse(message: "--count: " + CronOptions.countMessage)
            }
            count = number
        }
    }

    static let fromMessage = "not an RFC 3339 instant such as 2026-03-28T12:00:00+01:00"
    static let countMessage = "not a whole number from \(counts.lowerBound) to \(counts.upperBound)"
}

enum CronHelp {
    static let overview = """
        Usage: sluice cron next [--tz ZONE] [--from INSTANT | --before INSTANT] [--count N]
                              [--json] EXPRESSION
               sluice cron next --batch
               sluice cron explain [--json] EXPRESSION

        next      when an expression fires
        measure   reads the lines of next --batch and says how long parsing and answering took
        explain   what an expression means, in a sentence

        An expression has five fields (minute hour day-of-month month day-of-week), six with
        seconds first, or is a macro such as @daily. Write it in quotes.
        More: sluice cron next --help, sluice cron explain --help

        """

    static let next = """
        Usage: sluice cron next [--tz ZONE] [--from INSTANT | --before INSTANT] [--count N]
                              [--json] EXPRESSION
               sluice cron next --batch

        Prints the next instants at which the expression fires, one a line, as RFC 3339 in
        the zone's own offset (Z for UTC).

          --tz ZONE        time zone, such as Europe/Paris (default: UTC)
          --from INSTANT   answers are strictly later; such as 2026-03-28T12:00:00+01:00
                           (default: now)
          --before INSTANT answers are strictly earlier, the latest first
          --count N        how many, 1 to 100000 (default: 5)
          --json           one object: {"expression", "timezone", "next": [...]}
          --batch          reads lines {"expr", "tz", "from", "count"} from standard input
                           (all but expr optional, with the defaults above) and writes for
                           each, in the same order, {"next": [...]} or {"error": "..."};
                           blank lines are skipped
          --help           this text

        Exit code: 0; 1 if the expression is broken or never fires; 2 for wrong use.

        """

    static let explain = """
        Usage: sluice cron explain [--json] EXPRESSION

        Says in one English sentence when the expression fires.

          --json   one object: {"expression", "explanation"}
          --help   this text

        Exit code: 0; 1 if the expression is broken or never fires; 2 for wrong use.

        """
}
