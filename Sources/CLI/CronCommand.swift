import Cron
import Glibc
import JSON
import TimeZones

/// `sluice cron next` and `sluice cron explain`.
/// - Parameter arguments: what follows `cron`.
/// - Returns: the exit code: 0, 1 for an expression that is broken or never fires, 2 for wrong use.
package func runCronCommand(_ arguments: [String]) -> Int32 {
    guard let verb = arguments.first else { return cronMisuse("say what to do: next or explain") }
    let rest = Array(arguments.dropFirst())
    switch verb {
    case "--help", "-h", "help": return printCron(CronHelp.overview)
    case "next": return runCronNext(rest)
    case "explain": return runCronExplain(rest)
    case "measure" where rest.isEmpty: return runCronMeasure()
    default: return cronMisuse("there is no \"\(cronPrintable(verb))\"; there are next and explain")
    }
}

private func runCronNext(_ arguments: [String]) -> Int32 {
    let options: CronOptions
    do {
        options = try CronOptions(arguments, allowed: ["--tz", "--from", "--before", "--count", "--batch", "--json"])
    } catch {
        return cronMisuse(error.message)
    }
    if options.help { return printCron(CronHelp.next) }
    if options.batch {
        guard options.expression == nil, options.timeZone == nil, options.from == nil, options.before == nil, options.count == nil else {
            return cronMisuse("--batch takes everything from its lines; leave out the expression, --tz, --from and --count")
        }
        return runCronBatch()
    }
    guard let text = options.expression else { return cronMisuse("the expression is missing; write it in quotes") }
    guard options.from == nil || options.before == nil else { return cronMisuse("--from and --before exclude each other") }
    var zone = Zone.utc
    if let name = options.timeZone {
        do { zone = try ZoneDirectory.system.zone(named: name) } catch { return cronMisuse(error.description) }
    }
    do throws(CronError) {
        let expression = try CronExpression(text)
        let count = options.count ?? CronOptions.defaultCount
        let answers =
            options.before.map { cronAnswers(expression, zone: zone, before: $0, count: count) }
            ?? cronAnswers(expression, zone: zone, after: options.from ?? currentSecond(), count: count)
        guard !answers.isEmpty else {
            printCronFailure(expression.neverFires ? cronNeverFires : cronNothingFound, expression: text, columns: nil)
            return 1
        }
        return printCron(options.json ? cronJSON(text, zone, answers) : answers.map { $0 + "\n" }.joined())
    } catch {
        printCronFailure(error.message, expression: text, columns: error.columns)
        return 1
    }
}

private func runCronExplain(_ arguments: [String]) -> Int32 {
    let options: CronOptions
    do {
        options = try CronOptions(arguments, allowed: ["--json"])
    } catch {
        return cronMisuse(error.message)
    }
    if options.help { return printCron(CronHelp.explain) }
    guard let text = options.expression else { return cronMisuse("the expression is missing; write it in quotes") }
    do throws(CronError) {
        let expression = try CronExpression(text)
        guard !expression.neverFires else {
            printCronFailure(cronNeverFires, expression: text, columns: nil)
            return 1
        }
        let sentence = expression.explain()
        guard options.json else { return printCron(sentence + "\n") }
        let object: JSONValue = ["expression": .string(text), "explanation": .string(sentence)]
        return printCron(object.encodedText() + "\n")
    } catch {
        printCronFailure(error.message, expression: text, columns: error.columns)
        return 1
    }
}

let cronNeverFires = "the expression never fires: no date that exists matches it"
let cronNothingFound = "the expression does not fire within 50 years, or not before the end of the year 9999"

/// The answers as RFC 3339 texts in the zone's offset.
private func cronAnswers(_ expression: CronExpression, zone: Zone, after: Int64, count: Int) -> [String] {
    expression.instants(after: after, in: zone).prefix(count).compactMap {
        Timestamp.format(seconds: $0, offset: zone.utcOffset(at: $0), zulu: zone.isUTC)
    }
}

/// Those before an instant, the latest first.
private func cronAnswers(_ expression: CronExpression, zone: Zone, before: Int64, count: Int) -> [String] {
    var answers: [String] = []
    var limit = before
    while answers.count < count, let found = expression.previous(before: limit, in: zone),
        let text = Timestamp.format(seconds: found, offset: zone.utcOffset(at: found), zulu: zone.isUTC)
    {
        answers.append(text)
        limit = found
    }
    return answers
}

private func cronJSON(_ text: String, _ zone: Zone, _ answers: [String]) -> String {
    let object: JSONValue = [
        "expression": .string(text), "timezone": .string(zone.identifier), "next": .array(answers.map { .string($0) }),
    ]
    return object.encodedText() + "\n"
}

/// Whole seconds since 1970, rounded down.
func currentSecond() -> Int64 { Int64(time(nil)) }

/// The message, the expression and a caret under what is wrong, on standard error.
private func printCronFailure(_ message: String, expression: String, columns: Range<Int>?) {
    var text = "sluice: \(message)\n"
    if !expression.isEmpty { text += "  \(cronPrintable(expression))\n" }
    if let columns, !columns.isEmpty {
        text += "  " + String(repeating: " ", count: columns.lowerBound) + String(repeating: "^", count: columns.count) + "\n"
    }
    _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
}

private func cronMisuse(_ message: String) -> Int32 {
    _ = writeAll(Array("sluice cron: \(message)\nTry: sluice cron --help\n".utf8), to: STDERR_FILENO)
    return 2
}

private func printCron(_ text: String) -> Int32 {
    writeAll(Array(text.utf8), to: STDOUT_FILENO) ? 0 : 1
}

/// A text for the terminal, one column for each character: control characters and tabs become spaces.
private func cronPrintable(_ text: String) -> String {
    String(
        text.map { character in
            let isControl = character.unicodeScalars.contains {
                $0.properties.generalCategory == .control || $0.properties.generalCategory == .format
            }
            return isControl ? " " : character
        })
}

/// Writes everything, however many calls that takes; false if the other side is gone.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
        }
        return true
    }
}
