import JSON
import Testing

@testable import CLI

/// `sluice cron next --batch`, without the pipes.
@Suite struct CronBatchTests {
    private func answers(_ input: String, chunk: Int = .max) throws -> [JSONValue] {
        // 2026-01-01T00:00:00Z
        var batch = CronBatch(now: 1_767_225_600)
        var rest = Array(input.utf8)[...]
        while !rest.isEmpty {
            batch.take(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
        }
        batch.end()
        return try String(decoding: batch.output, as: UTF8.self).split(separator: "\n").map { try parseJSON(String($0)) }
    }

    @Test(arguments: [1, 7, Int.max]) func `answers each line in its place, however the lines arrive`(_ chunk: Int) throws {
        let input = """
            {"expr":"0 6 * * *","tz":"UTC","from":"2026-03-28T06:00:00Z","count":2}
            {"expr":"0 6 * * *","from":"2026-03-28T05:59:59.5+00:00","count":1}\r

            {"expr":"@yearly","count":1,"tz":null}
            nonsense
            {"expr":"61 * * * *"}
            {"expr":"22 2 * * *","tz":"UTC","from":"2026-10-24T12:00:00+02:00","count":1}
            """
        let answers = try answers(input, chunk: chunk)
        #expect(answers.count == 6)
        #expect(answers[0] == ["next": ["2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"]])
        #expect(answers[1] == ["next": ["2026-03-28T06:00:00Z"]])
        #expect(answers[2] == ["next": ["2027-01-01T00:00:00Z"]])
        #expect(answers[3]["error"]?.string?.contains("not JSON") == true)
        #expect(answers[4]["error"]?.string?.contains("minute: \"61\"") == true)
        #expect(answers[5] == ["next": ["2026-10-25T02:22:00Z"]])
    }

    @Test(arguments: [
        ("[]", "not an object"), ("{}", "expr is missing"), (#"{"expr":5}"#, "expr is a number"),
        (#"{"expr":"@daily","tz":1}"#, "tz is a number"),
        (#"{"expr":"@daily","tz":"Nowhere/Land"}"#, "Nowhere/Land"), (#"{"expr":"@daily","from":"yesterday"}"#, "RFC 3339"),
        (#"{"expr":"@daily","count":0}"#, "count"), (#"{"expr":"@daily","count":1.5}"#, "count"),
        (#"{"expr":"@daily","count":1e9}"#, "count"),
        (#"{"expr":"0 0 30 2 *"}"#, "never fires"), (#"{"expr":"0 0 1 1 *","from":"9999-06-01T00:00:00Z"}"#, "9999"),
        ("{\"expr\":\"" + String(repeating: "1,", count: 40_000) + "1 * * * *\"}", "longer than"),
    ])
    func `a question without an answer gets an error`(_ line: String, _ part: String) throws {
        let answers = try answers(line + "\n{\"expr\":\"@daily\",\"count\":1}\n")
        #expect(answers.count == 2)
        #expect(answers[0]["error"]?.string?.contains(part) == true, "\(answers[0])")
        #expect(answers[1] == ["next": ["2026-01-02T00:00:00Z"]])
    }

    @Test func `options are checked`() {
        for arguments in [
            ["--count", "0", "@daily"], ["--count"], ["--nope"], ["a", "b"], ["--from", "now", "@daily"], ["--json=yes", "@daily"],
        ] {
            #expect(throws: CronOptions.Misuse.self) {
                try CronOptions(arguments, allowed: ["--tz", "--from", "--count", "--batch", "--json"])
            }
        }
        #expect(throws: Never.self) {
            let options = try CronOptions(["--tz=UTC", "-5 * * * *", "--count", "3"], allowed: ["--tz", "--count"])
            #expect(options.expression == "-5 * * * *" && options.timeZone == "UTC" && options.count == 3)
        }
    }
}
