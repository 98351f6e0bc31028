import Foundation
import FoundationXML
import JSON
import TestKit
import Testing

/// What would fire is told without firing anything.
@Suite struct SimulateTests {
    /// A configuration in a folder of its own, with files of schedules beside it.
    private struct Place {
        let folder: TemporaryDirectory

        init(_ endpoints: [String], schedules: [String: String] = [:]) throws {
            folder = try TemporaryDirectory()
            let text = "version: 1\nendpoints:\n" + endpoints.map { "  - {command: \"true\", \($0)}\n" }.joined()
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("wrapd.yaml")))
            if schedules.isEmpty { return }
            try FileManager.default.createDirectory(atPath: folder.file("schedules"), withIntermediateDirectories: true)
            for (name, text) in schedules { try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("schedules/\(name)"))) }
        }

        func simulate(_ from: String?, _ to: String?, _ more: String...) -> CommandRun {
            let bounds = [from.map { ["--from", $0] }, to.map { ["--to", $0] }].compactMap(\.self).flatMap(\.self)
            return sluice(all: ["simulate", "--config", folder.file("wrapd.yaml")] + bounds + more)
        }

        /// The lines, their columns parted by bars.
        func lines(_ from: String?, _ to: String?) -> [String] {
            simulate(from, to).output.split(separator: "\n").map { String($0.replacing("\t", with: "|")) }
        }
    }

    @Test func `what runs, what asks, what is left out, and what collides`() throws {
        let place = try Place([
            #"name: asks, schedule: "0 6 * * *", approval_required: true"#, #"name: runs, schedule: "0 6 * * *""#,
            #"name: rests, schedule: "0 6 * * *", paused: true"#, #"name: closed, schedule: "0 6 * * *", blackout: [2026-12-24]"#,
            #"name: inquires, schedule: "0 6 * * *", blackout: [2026-12-24], blackout_action: ask"#,
            #"name: alone, every: 6h"#, "name: never",
        ])
        #expect(
            place.lines("2026-12-24T01:00:00Z", "2026-12-24T12:00:00Z") == [
                "2026-12-24T06:00:00Z|alone|run|5", "2026-12-24T06:00:00Z|asks|approval|5", "2026-12-24T06:00:00Z|closed|blackout|5",
                "2026-12-24T06:00:00Z|inquires|approval|5", "2026-12-24T06:00:00Z|rests|paused|5", "2026-12-24T06:00:00Z|runs|run|5",
            ])
        #expect(place.lines("2026-12-25T12:00:00Z", "2026-12-25T13:00:00Z") == ["2026-12-25T12:00:00Z|alone|run|"])
        let counted = place.simulate("2026-12-24T01:00:00Z", "2026-12-24T12:00:00Z").errors
        #expect(counted.contains("2 run, 2 approval, 1 blackout, 1 paused"))
    }

    /// An approval that waits may stand for later fires; each fire is listed, since nobody knows when somebody decides.
    @Test(arguments: ["one", "latest", "all"]) func `each fire of a gated schedule is listed`(_ policy: String) throws {
        let place = try Place(["name: a, schedule: \"*/20 * * * *\", approval_required: true, pending_policy: \(policy)"])
        #expect(
            place.lines("2026-12-24T00:00:00Z", "2026-12-24T01:00:00Z")
                == ["00", "20", "40"].map { "2026-12-24T00:\($0):00Z|a|approval|" })
    }

    @Test func `the folder of schedules counts, with its crontabs`() throws {
        let place = try Place(
            ["name: job"],
            schedules: [
                "a.yaml": "schedules: [{endpoint: job, name: noon, schedule: '0 12 * * *', timezone: Asia/Kolkata}]",
                "jobs.crontab": "SLUICE_APPROVAL_REQUIRED=true\nCRON_TZ=America/New_York\n30 1 * * * x\n",
            ])
        let lines = place.lines("2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z").map { (line: String) in line.replacing(/jobs:[0-9a-z]{13}/, with: "jobs:*") }
        #expect(lines == ["2026-12-24T06:30:00Z|job:noon|run|1", "2026-12-24T06:30:00Z|jobs:*|approval|1"])
    }

    @Test(arguments: [
        ("30 2 * * *", "2026-10-25", ["00:30"]), ("*/30 2 * * *", "2026-10-25", ["00:00", "00:30", "01:00", "01:30"]),
        ("30 2 * * *", "2026-03-29", ["01:00"]), ("*/30 2 * * *", "2026-03-29", []),
    ])
    func `days on which the clocks change`(_ expression: String, _ day: String, _ expected: [String]) throws {
        let place = try Place(["name: a, schedule: \"\(expression)\", timezone: Europe/Berlin"])
        #expect(place.lines("\(day)T00:00:00+01:00", "\(day)T12:00:00+01:00") == expected.map { "\(day)T\($0):00Z|a|run|" })
    }

    @Test func `the beginning belongs to the time and the end does not`() throws {
        let place = try Place([
            #"name: a, schedule: "0 * * * *", start_at: "2026-12-24T01:00:00Z", end_at: "2026-12-24T03:00:00Z""#,
        ])
        func hours(_ from: String, _ to: String) -> [String] { place.lines(from, to).map { String($0.dropFirst(11).prefix(2)) } }
        #expect(hours("2026-12-24T00:00:00Z", "2026-12-24T09:00:00Z") == ["01", "02", "03"])
        #expect(hours("2026-12-24T02:00:00Z", "2026-12-24T03:00:00Z") == ["02"])
        #expect(hours("2026-12-24T02:00:01Z", "2026-12-24T03:00:01Z") == ["03"])
        // A day from now, which is 21:10 in these tests.
        let daily = try Place([#"name: a, schedule: "10 21 * * *""#])
        #expect(daily.lines(nil, nil) == ["2026-11-22T21:10:00Z|a|run|"])
        #expect(daily.lines("2026-12-24T00:00:00Z", nil) == ["2026-12-24T21:10:00Z|a|run|"])
        let nothing = daily.simulate("2026-12-24T00:00:00Z", "2026-12-24T01:00:00Z")
        #expect(nothing.code == 0 && nothing.output.isEmpty && nothing.errors.contains("Nothing fires"))
    }

    @Test func `as JSON, with when each is due`() throws {
        let place = try Place([#"name: a, schedule: "0 6 * * *", jitter: 10m"#, #"name: b, schedule: "0 6 * * *", approval_required: true"#])
        let run = place.simulate("2026-12-24T07:00:00+01:00", "2026-12-24T12:00:00Z", "--json")
        let json = try parseJSON(Array(run.output.utf8))
        #expect(json["from"] == "2026-12-24T06:00:00Z" && json["to"] == "2026-12-24T12:00:00Z")
        let fires = try #require(json["fires"]?.array)
        #expect(fires.map { $0["schedule"]?.string } == ["a", "b"])
        #expect(fires.map { $0["action"]?.string } == ["run", "approval"])
        #expect(fires.allSatisfy { $0["at"] == "2026-12-24T06:00:00Z" && $0["collides_with"] == 1 })
        #expect(fires[1]["due_at"] == "2026-12-24T06:00:00.000Z")
        let due = try #require(fires[0]["due_at"]?.string)
        #expect(due > "2026-12-24T06:00:00.000Z" && due < "2026-12-24T06:10:00.000Z")
        let again = place.simulate("2026-12-24T06:00:00Z", "2026-12-24T12:00:00Z", "--json")
        #expect(again.output == run.output, "jitter is the same each time")
    }

    @Test func `as a picture that is well-formed and shows each kind`() throws {
        let place = try Place([
            #"name: asks, schedule: "0 6 * * *", approval_required: true"#, #"name: runs, schedule: "0 6 * * *""#,
            #"name: rests, schedule: "0 7 * * *", paused: true"#,
        ])
        let picture = Picture(place.simulate("2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z", "--svg").output)
        #expect(picture.error == nil)
        #expect(picture.root == "svg")
        #expect(picture.texts.filter { ["asks", "runs", "rests"].contains($0) }.sorted() == ["asks", "rests", "runs"])
        #expect(picture.titles.contains("asks 2026-12-24T06:00:00Z approval") && picture.titles.contains("rests 2026-12-24T07:00:00Z paused"))
        // Two circles, one cross, and one red line for the two at six.
        #expect(picture.counts["circle"] == 2 && picture.counts["path"] == 1 && picture.redLines == 1)
    }

    @Test func `a picture of more schedules than fit says so`() throws {
        let place = try Place((0..<203).map { "name: job-\($0), schedule: \"0 6 * * *\"" })
        let picture = Picture(place.simulate("2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z", "--svg").output)
        #expect(picture.error == nil && picture.counts["circle"] == 200)
        #expect(picture.texts.contains { $0.contains("3 more schedules are not drawn") })
        let empty = Picture(place.simulate("2026-12-24T07:00:00Z", "2026-12-24T08:00:00Z", "--svg").output)
        #expect(empty.error == nil && empty.counts["circle"] == nil)
    }

    @Test func `what cannot be answered is refused`() throws {
        let place = try Place([#"name: a, schedule: "* * * * * *""#])
        let from = "2026-12-24T00:00:00Z"
        func refused(_ run: CommandRun, _ code: Int32, _ words: String) -> Bool {
            run.code == code && run.output.isEmpty && run.errors.contains(words)
        }
        #expect(refused(place.simulate(from, from), 2, "--to lies before --from"))
        #expect(refused(place.simulate(from, "2026-12-23T00:00:00Z"), 2, "--to lies before --from"))
        #expect(refused(place.simulate("tomorrow", nil), 2, "--from: not an RFC 3339 instant"))
        #expect(refused(place.simulate(nil, "2026-12-24"), 2, "--to: not an RFC 3339 instant"))
        #expect(refused(place.simulate(from, nil, "--json", "--svg"), 2, "exclude each other"))
        #expect(refused(place.simulate(from, nil, "--png"), 2, "--png"))
        #expect(refused(place.simulate(from, "2027-12-24T00:00:00Z"), 1, "more than 100000 fires"))
        #expect(refused(sluice("simulate", "--config", place.folder.file("none.yaml")), 1, "cannot read the file"))
        let broken = try Place(["name: a, schedule: \"61 * * * *\""])
        #expect(refused(broken.simulate(from, nil), 1, "minute"))
        let brokenFile = try Place(["name: a"], schedules: ["x.crontab": "@dayly x\n"])
        #expect(refused(brokenFile.simulate(from, nil), 1, "x.crontab:1:1"))
    }
}

/// What an SVG picture consists of, as an XML parser sees it.
private final class Picture: NSObject, XMLParserDelegate {
    private(set) var error: String?
    private(set) var root: String?
    private(set) var counts: [String: Int] = [:]
    private(set) var texts: [String] = []
    private(set) var titles: [String] = []
    private(set) var redLines = 0
    private var text = ""

    init(_ svg: String) {
        super.init()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = self
        if !parser.parse() { error = parser.parserError.map { "\($0)" } ?? "not well-formed" }
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        root = root ?? name
        counts[name, default: 0] += 1
        if name == "line", attributes["stroke"] == "#cf222e" { redLines += 1 }
        text = ""
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        if name == "text" { texts.append(text) }
        if name == "title" { titles.append(text) }
    }
}
