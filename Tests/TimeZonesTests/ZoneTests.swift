import Foundation
import TestKit
import Testing
import TimeZones

@Suite struct ZoneTests {
    /// Zone, the instant of a change, the offset before it and the one after it.
    static let changes: [(String, String, Int, Int)] = [
        ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 39600, 37800), ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", 37800, 39600),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400), ("Africa/Casablanca", "2026-02-15T02:00:00Z", 3600, 0),
        ("Africa/Casablanca", "2026-03-22T02:00:00Z", 0, 3600), ("Antarctica/Troll", "2026-03-29T01:00:00Z", 0, 7200),
        ("Antarctica/Troll", "2026-10-25T01:00:00Z", 7200, 0), ("Europe/Dublin", "2026-03-29T01:00:00Z", 0, 3600),
        ("Europe/Dublin", "2026-10-25T01:00:00Z", 3600, 0), ("America/St_Johns", "2006-10-29T02:31:00Z", -9000, -12600),
        ("America/St_Johns", "2006-04-02T03:31:00Z", -12600, -9000), ("America/Sao_Paulo", "2018-11-04T03:00:00Z", -10800, -7200),
        ("America/Sao_Paulo", "2019-02-17T02:00:00Z", -7200, -10800), ("Europe/Paris", "2026-03-29T01:00:00Z", 3600, 7200),
        ("Europe/Paris", "2026-10-25T01:00:00Z", 7200, 3600), ("America/New_York", "2026-03-08T07:00:00Z", -18000, -14400),
        ("America/New_York", "2026-11-01T06:00:00Z", -14400, -18000), ("Asia/Kathmandu", "1985-12-31T18:30:00Z", 19800, 20700),
        ("Africa/Monrovia", "1972-01-07T00:44:30Z", -2670, 0), ("Europe/Paris", "2099-03-29T01:00:00Z", 3600, 7200),
        ("Europe/Paris", "2099-10-25T01:00:00Z", 7200, 3600), ("America/New_York", "2099-11-01T06:00:00Z", -14400, -18000),
        ("Australia/Lord_Howe", "2099-04-04T15:00:00Z", 39600, 37800), ("Europe/Paris", "2899-03-29T01:00:00Z", 3600, 7200),
        ("Europe/Paris", "9999-10-31T01:00:00Z", 7200, 3600), ("America/Santiago", "2027-04-04T03:00:00Z", -10800, -14400),
    ]

    @Test func `knows changes of the offset to the second, looking forward and back`() throws {
        for (name, text, before, after) in Self.changes {
            let zone = try zone(name)
            let change = try instant(text)
            #expect(zone.utcOffset(at: change - 1) == before, "\(name) before \(text)")
            #expect(zone.utcOffset(at: change) == after, "\(name) from \(text)")
            #expect(zone.nextTransition(after: change - 1) == change, "\(name) \(text)")
            #expect(zone.previousTransition(atOrBefore: change) == change, "\(name) \(text)")
            #expect(zone.previousTransition(atOrBefore: change - 1) != change, "\(name) \(text)")
            if after > before {
                #expect(zone.instants(ofLocal: change + Int64(before)) == .gap(end: change))
                #expect(zone.instants(ofLocal: change + Int64(after) - 1) == .gap(end: change))
                #expect(zone.instants(ofLocal: change + Int64(after)) == .unambiguous(change))
                #expect(zone.instants(ofLocal: change + Int64(before) - 1) == .unambiguous(change - 1))
            } else {
                let width = Int64(before - after)
                #expect(zone.instants(ofLocal: change + Int64(after)) == .fold(first: change - width, second: change))
                #expect(zone.instants(ofLocal: change + Int64(before) - 1) == .fold(first: change - 1, second: change + width - 1))
                #expect(zone.instants(ofLocal: change + Int64(before)) == .unambiguous(change + width))
                #expect(zone.instants(ofLocal: change + Int64(after) - 1) == .unambiguous(change - width - 1))
            }
        }
    }

    static let zonesOfTheLibrary = [
        "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll", "Europe/Dublin", "America/St_Johns", "America/Sao_Paulo",
        "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Africa/Monrovia", "Pacific/Chatham", "Asia/Tehran", "Asia/Gaza", "America/Santiago",
        "Pacific/Kwajalein",
    ]

    /// The C library reads the same files, and its rules at their ends, by itself. From 1970 to 2100, half of the instants beside a change.
    @Test(arguments: zonesOfTheLibrary) func `Random instants have the C library's offset`(_ name: String) throws {
        let zone = try zone(name)
        var generator = SeededGenerator(state: 0x0FF5_E7)
        var instants: [Int64] = []
        for index in 0..<max(200, fuzzRounds(short: 3000) / 10) {
            let any = Int64.random(in: 0..<4_133_980_800, using: &generator)
            let change = index % 2 == 0 ? zone.nextTransition(after: any) : nil
            instants.append(change.map { $0 - Int64(index / 2 % 2) } ?? any)
        }
        let directory = try TemporaryDirectory()
        try Data(instants.map { "@\($0)\n" }.joined().utf8).write(to: URL(fileURLWithPath: directory.file("instants")))
        let tool = try runTool(["date", "-f", directory.file("instants"), "+%::z"], environment: ["TZ": name])
        #expect(tool.exitCode == 0, "\(tool.errors)")
        let offsets = tool.output.split(separator: "\n").map { line -> Int in
            let parts = line.dropFirst().split(separator: ":").compactMap { Int($0) }
            return parts.reduce(0) { $0 * 60 + $1 } * (line.hasPrefix("-") ? -1 : 1)
        }
        #expect(offsets.count == instants.count)
        for (instant, offset) in zip(instants, offsets) { #expect(zone.utcOffset(at: instant) == offset, "\(name) at \(instant)") }
    }

    @Test func `zones without changes have none`() throws {
        let kolkata = try zone("Asia/Kolkata")
        #expect(kolkata.utcOffset(at: 1_700_000_000) == 19800)
        #expect(kolkata.nextTransition(after: 1_700_000_000) == nil)
        #expect(!kolkata.isUTC)
        #expect(Zone.utc.isUTC)
        #expect(Zone.utc.previousTransition(atOrBefore: 0) == nil)
        #expect(Zone.utc.instants(ofLocal: 86_400) == .unambiguous(86_400))
        #expect(try zone("Etc/UTC").isUTC)
        #expect(try !zone("Europe/London").isUTC)
    }

    @Test func `the segments of every zone join without holes`() throws {
        let names = ZoneDirectory.system.names()
        #expect(names.count > 300, "These tests need the system's time zone files (Debian: tzdata).")
        for name in names {
            let zone = try zone(name)
            var segment = zone.segment(at: Zone.distantPast)
            var steps = 0
            while segment.end < 8_000_000_000, steps < 1000 {
                let next = zone.segment(at: segment.end)
                #expect(next.start == segment.end && next.offset != segment.offset, "\(name) at \(segment.end)")
                #expect(next.highWater >= segment.end + Int64(segment.offset), "\(name) at \(segment.end)")
                #expect(abs(next.offset) < 93_600)
                segment = next
                steps += 1
            }
            #expect(steps < 1000, "\(name)")
        }
    }

    @Test func `instants at the ends of the number range are answered`() throws {
        let paris = try zone("Europe/Paris")
        for instant in [Int64.min, Int64.min + 1, Zone.distantPast, Zone.distantFuture, Int64.max - 1, Int64.max] {
            #expect(abs(paris.utcOffset(at: instant)) < 93_600)
            _ = paris.instants(ofLocal: instant)
            _ = paris.nextTransition(after: instant)
        }
    }
}

@Suite struct ZoneDirectoryTests {
    @Test(arguments: [
        "", "/etc/passwd", "../zoneinfo/UTC", "Europe/../UTC", "Europe//Paris", "Europe/Paris/", "Europe", ".", "zone.tab",
        "Europe/Paris\0", "Eüropa", "-x",
    ])
    func `names that are not zones are refused`(_ name: String) {
        #expect(throws: ZoneError.self) { try ZoneDirectory.system.zone(named: name) }
    }

    @Test(arguments: [
        ("europe/paris", "Europe/Paris"), ("Europe/Pariss", "Europe/Paris"), ("Berlin", "Europe/Berlin"),
        ("America/NewYork", "America/New_York"), ("utc", "UTC"),
    ])
    func `an unknown zone comes with what may have been meant`(_ name: String, _ suggestion: String) throws {
        let error = try #require(throws: ZoneError.self) { try ZoneDirectory.system.zone(named: name) }
        #expect(error.suggestions.contains(suggestion), "\(error)")
        #expect(error.description.contains("did you mean"))
    }

    @Test func `UTC needs no files, and their absence is explained`() throws {
        let empty = ZoneDirectory(roots: ["/nonexistent"])
        #expect(try empty.zone(named: "UTC").isUTC)
        #expect(try empty.zone(named: "Etc/UTC").isUTC)
        let error = try #require(throws: ZoneError.self) { try empty.zone(named: "Europe/Paris") }
        #expect(error.description.contains("no time zone files in /nonexistent"))
    }

    @Test func `a zone is read once`() throws {
        #expect(try zone("Europe/Paris") === zone("Europe/Paris"))
    }

    @Test func `messages carry no control characters`() throws {
        let error = try #require(throws: ZoneError.self) {
            try ZoneDirectory.system.zone(named: "\u{1B}[31m" + String(repeating: "x", count: 9999))
        }
        #expect(error.description.utf8.count < 200)
        #expect(!error.description.utf8.contains(0x1B))
    }
}
