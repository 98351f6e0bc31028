import Cron
import Glibc
import JSON
import TimeZones

/// `sluice cron next --batch`: a question a line on standard input, an answer a line on standard output.
func runCronBatch() -> Int32 {
    var batch = CronBatch(now: currentSecond())
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = chunk.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return 1 }
        if count == 0 { batch.end() } else { batch.take(chunk[..<count]) }
        // Whoever asks line by line gets each answer at once; whoever pipes a file gets large writes.
        guard writeAll(batch.output, to: STDOUT_FILENO) else { return 1 }
        if count == 0 { return 0 }
        batch.output.removeAll(keepingCapacity: true)
    }
}

/// The lines of a batch, cut out of what arrives, and their answers.
struct CronBatch {
    /// Answers that nobody has taken yet.
    var output: [UInt8] = []
    private let now: Int64
    private var line: [UInt8] = []
    private var isTooLong = false
    /// What names of zones came to; the same few are asked for over and over.
    private var zones: [String: Result<Zone, ZoneError>] = ["UTC": .success(.utc)]

    private static let longestLine = 1 << 16
    private static let mostZones = 2000

    init(now: Int64) {
        self.now = now
    }

    mutating func take(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            keep(rest[..<end])
            finishLine()
            rest = rest[(end + 1)...]
        }
        keep(rest)
    }

    /// The last line may lack its line feed.
    mutating func end() {
        finishLine()
    }

    private mutating func keep(_ part: ArraySlice<UInt8>) {
        if line.count + part.count > CronBatch.longestLine { isTooLong = true } else if !isTooLong { line += part }
    }

    private mutating func finishLine() {
        defer {
            line.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        if isTooLong { return fail("the line is longer than \(CronBatch.longestLine) bytes") }
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
        do {
            try answer(parseJSON(line))
        } catch let error as Failure {
            fail(error.message)
        } catch let error as JSONError {
            fail("the line is not JSON: \(error.message)")
        } catch {
            fail("\(error)")
        }
    }

    private struct Failure: Error {
        var message: String
    }

    private mutating func answer(_ question: JSONValue) throws {
        guard let question = question.object else { throw Failure(message: "the line is \(question.kind), not an object") }
        guard let text = try member("expr", question, \.string, "a string") else { throw Failure(message: "expr is missing") }
        let expression = try CronExpression(text)
        let zone = try zone(try member("tz", question, \.string, "a string") ?? "UTC")
        var after = now
        if let from = try member("from", question, \.string, "a string") {
            guard let instant = Timestamp(rfc3339: from) else { throw Failure(message: "from: " + CronOptions.fromMessage) }
            after = instant.seconds
        }
        let count = try member("count", question, \.int, "a whole number") ?? CronOptions.defaultCount
        guard CronOptions.counts ~= count else { throw Failure(message: "count: " + CronOptions.countMessage) }
        guard !expression.neverFires else { throw Failure(message: cronNeverFires) }
        guard write(expression.instants(after: after, in: zone), zone, count) else { throw Failure(message: cronNothingFound) }
    }

    /// A member of the right kind; nil if it is absent or null.
    private func member<Value>(
        _ name: String, _ object: JSONObject, _ read: (JSONValue) -> Value?, _ kind: String
    ) throws(Failure) -> Value? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let result = read(value) else { throw Failure(message: "\(name) is \(value.kind), not \(kind)") }
        return result
    }

    private mutating func zone(_ name: String) throws(ZoneError) -> Zone {
        if let known = zones[name] { return try known.get() }
        let found: Result<Zone, ZoneError>
        do { found = .success(try ZoneDirectory.system.zone(named: name)) } catch { found = .failure(error) }
        if zones.count < CronBatch.mostZones { zones[name] = found }
        return try found.get()
    }

    /// Writes the answer; false, with nothing written, if there is none.
    private mutating func write(_ instants: CronInstants, _ zone: Zone, _ count: Int) -> Bool {
        var instants = instants
        let start = output.count
        output += "{\"next\":[".utf8
        var written = 0
        var segment = zone.segment(at: 0)
        while written < count, let instant = instants.next() {
            if instant < segment.start || instant >= segment.end { segment = zone.segment(at: instant) }
            if written > 0 { output.append(UInt8(ascii: ",")) }
            output.append(UInt8(ascii: "\""))
            guard Timestamp.append(seconds: instant, offset: segment.offset, zulu: zone.isUTC, to: &output) else {
                output.removeLast(written > 0 ? 2 : 1)
                break
            }
            output.append(UInt8(ascii: "\""))
            written += 1
        }
        guard written > 0 else {
            output.removeSubrange(start...)
            return false
        }
        output += "]}\n".utf8
        return true
    }

    private mutating func fail(_ message: String) {
        output += "{\"error\":".utf8
        appendJSONString(message, to: &output)
        output += "}\n".utf8
    }
}
