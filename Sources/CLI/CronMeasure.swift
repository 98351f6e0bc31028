internal import Cron
internal import Glibc
internal import JSON
internal import Posix
internal import TimeZones

/// `sluice cron measure`: for each line of `next --batch`, how long parsing and answering took on this machine. `make bench` compares it
/// with other libraries.
func runCronMeasure() -> Int32 {
    let lines: [UInt8]
    do {
        lines = try Files.read("/dev/stdin", limit: 64 << 20)
    } catch {
        printError("sluice cron measure: cannot read standard input: \(error)\n")
        return ExitCode.failure
    }
    var output = ""
    for line in lines.split(separator: UInt8(ascii: "\n")) {
        do {
            output += try measure(line).encodedText() + "\n"
        } catch {
            output += JSONValue.object(JSONObject([("error", .string("\(error)"))])).encodedText() + "\n"
        }
    }
    printText(output)
    return ExitCode.success
}

private let constructions = 1000

private func measure(_ line: ArraySlice<UInt8>) throws -> JSONValue {
    let question = try parseJSON(Array(line))
    let text = question["expr"]?.string ?? ""
    let zone = try ZoneDirectory.system.zone(named: question["tz"]?.string ?? "UTC")
    let from = question["from"]?.string.flatMap { Timestamp(rfc3339: $0) }?.seconds ?? 0
    let count = question["count"]?.int ?? CronOptions.defaultCount
    let expression = try CronExpression(text)
    let beforeParsing = nanoseconds()
    for _ in 0..<constructions { _ = try CronExpression(text) }
    let parsed = (nanoseconds() - beforeParsing) / Int64(constructions)
    // Iterated in order, each answer used.
    var instants = expression.instants(after: from, in: zone)
    var (answers, last, sum) = (0, Int64(0), Int64(0))
    let beforeAnswers = nanoseconds()
    while answers < count, let instant = instants.next() {
        answers += 1
        last = instant
        sum &+= instant
    }
    let took = nanoseconds() - beforeAnswers
    return [
        "answers": .int(answers), "construct_ns": .int(Int(parsed)), "answers_ns": .int(Int(took)), "last": .int(Int(last)),
        "sum": .string(String(sum)),
    ]
}

private func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
