import Glibc
import Testing

@testable import TimeZones

@Suite struct TZifTests {
    @Test func `reads the first version too`() throws {
        let file = try TZif(tzif(version: 0, times: [-100, 100], indices: [1, 0], offsets: [3600, 7200], footer: ""))
        #expect(file.transitions == [-100, 100] && file.offsets == [7200, 3600] && file.initialOffset == 3600 && file.rule == nil)
    }

    /// The later versions differ in what their rule may say, and in leap seconds, which are refused.
    @Test(arguments: ["2", "3", "4"]) func `reads every later version, and goes on by the rule`(_ version: String) throws {
        let bytes = tzif(
            version: Array(version.utf8)[0], times: [0, 100_000_000], indices: [1, 0], offsets: [3600, 7200], footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        let zone = try Zone(identifier: "Test", tzif: bytes)
        #expect(zone.utcOffset(at: -1) == 3600 && zone.utcOffset(at: 0) == 7200 && zone.utcOffset(at: 100_000_000) == 3600)
        for (text, offset) in [("2026-07-01T00:00:00Z", 7200), ("2026-12-01T00:00:00Z", 3600), ("2100-07-01T00:00:00Z", 7200)] {
            #expect(try zone.utcOffset(at: instant(text)) == offset, "\(text)")
        }
        #expect(try zone.nextTransition(after: instant("2100-01-01T00:00:00Z")) == instant("2100-03-28T01:00:00Z"))
    }

    @Test func `a change of the abbreviation alone is none of the offset, but the rule begins after it`() throws {
        // Summer time ends at 100,000,000, then the abbreviation changes in the middle of the next summer.
        let bytes = tzif(
            times: [86_400_000, 100_000_000, 110_000_000], indices: [1, 0, 2], offsets: [3600, 7200, 3600],
            footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        let zone = try Zone(identifier: "Test", tzif: bytes)
        #expect(zone.nextTransition(after: 90_000_000) == 100_000_000)
        #expect(zone.nextTransition(after: 100_000_000).map { $0 > 110_000_000 } == true)
    }

    @Test func `saving time all year round is no change`() throws {
        let bytes = tzif(version: UInt8(ascii: "3"), times: [0], indices: [1], offsets: [-18000, -14400], footer: "EST5EDT,0/0,J365/25")
        let zone = try Zone(identifier: "Test", tzif: bytes)
        #expect(zone.utcOffset(at: -1) == -18000)
        #expect(zone.nextTransition(after: -1) == 0)
        #expect(zone.nextTransition(after: 0) == nil)
        #expect(zone.utcOffset(at: 99_000_000_000) == -14400)
    }

    @Test func `a file without transitions leaves all to its rule`() throws {
        let fixed = try Zone(identifier: "Test", tzif: tzif(times: [], indices: [], offsets: [0], footer: "<+0530>-5:30"))
        #expect(fixed.utcOffset(at: 0) == 19800)
        let changing = try Zone(identifier: "Test", tzif: tzif(times: [], indices: [], offsets: [0], footer: "CET-1CEST,M3.5.0,M10.5.0/3"))
        #expect(try changing.utcOffset(at: instant("2026-07-01T00:00:00Z")) == 7200)
        #expect(try changing.utcOffset(at: instant("2026-12-01T00:00:00Z")) == 3600)
    }

    @Test func `damaged files are refused with a reason`() {
        let good = tzif(times: [0, 1], indices: [0, 1], offsets: [0, 3600], footer: "UTC0")
        #expect(throws: TZif.Flaw.notTZif) { try TZif([]) }
        #expect(throws: TZif.Flaw.notTZif) { try TZif(Array("TZig".utf8) + good.dropFirst(4)) }
        #expect(throws: TZif.Flaw.truncated) { try TZif(Array(good.dropLast(3))) }
        #expect(throws: TZif.Flaw.truncated) { try TZif(Array(good.prefix(100))) }
        #expect(throws: TZif.Flaw.malformed("its transitions are not in order")) {
            try TZif(tzif(times: [1, 1], indices: [0, 1], offsets: [0, 3600], footer: ""))
        }
        #expect(throws: TZif.Flaw.malformed("a transition has no local time type")) {
            try TZif(tzif(times: [1], indices: [2], offsets: [0, 3600], footer: ""))
        }
        #expect(throws: TZif.Flaw.malformed("an offset is out of range")) {
            try TZif(tzif(times: [], indices: [], offsets: [100_000], footer: ""))
        }
        #expect(throws: TZif.Flaw.malformed("a transition is out of range")) {
            try TZif(tzif(times: [-1 << 60], indices: [0], offsets: [0], footer: ""))
        }
        #expect(throws: TZif.Flaw.malformed("the rule at its end cannot be read")) {
            try TZif(tzif(times: [], indices: [], offsets: [0], footer: "nonsense"))
        }
        // The count of leap seconds in the second header, and room for one of them before the footer.
        let footer = Array("\nUTC0\n".utf8)
        let block = 44 + 2 * 9 + 2 * 6 + 4
        var leaping = good.dropLast(footer.count) + [UInt8](repeating: 0, count: 12) + footer
        leaping[good.count - footer.count - block + 31] = 1
        #expect(throws: TZif.Flaw.leapSeconds) { try TZif(Array(leaping)) }
    }

    @Test func `no file makes the reader trap`() throws {
        let seed: UInt64 = 0x7A1F
        print("seed of the damaged zone files: \(seed)")
        var generator = SeededGenerator(state: seed)
        let seeds = [
            tzif(
                times: [-9_000_000_000, 0, 1_000_000_000], indices: [1, 0, 1], offsets: [0, 3600], footer: "CET-1CEST,M3.5.0,M10.5.0/3"),
            tzif(version: UInt8(ascii: "3"), times: [0], indices: [0], offsets: [-7200], footer: "<-02>2<-01>,M3.5.0/-1,M10.5.0/167"),
            tzif(version: 0, times: [5], indices: [0], offsets: [-7200], footer: ""),
        ]
        var read = 0
        for _ in 0..<fuzzRounds(short: 2000) {
            var bytes = seeds.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] =
                    Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator) : bytes[index] ^ (1 << UInt8.random(in: 0...7, using: &generator))
            }
            if Int.random(in: 0..<8, using: &generator) == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            guard let zone = try? Zone(identifier: "Test", tzif: bytes) else { continue }
            read += 1
            for _ in 0..<5 {
                let instant = Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...40, using: &generator)
                let segment = zone.segment(at: instant)
                #expect(segment.start < segment.end)
                _ = zone.instants(ofLocal: instant)
            }
        }
        #expect(read > 100, "too few of the damaged files could still be read to test anything")
    }
}

@Suite struct PosixRuleTests {
    /// Rule, a year, and its changes in UTC.
    static let rules: [(String, Int, [String])] = [
        ("CET-1CEST,M3.5.0,M10.5.0/3", 2026, ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ("EST5EDT,M3.2.0,M11.1.0", 2026, ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"]),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 2026, ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"]),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ("IST-2IDT,M3.4.4/26,M10.5.0", 2026, ["2026-03-27T00:00:00Z", "2026-10-24T23:00:00Z"]),
        ("AAA0BBB,J60/0,J300/0", 2024, ["2024-03-01T00:00:00Z", "2024-10-26T23:00:00Z"]),
        ("AAA0BBB,J59/0,59/0", 2024, ["2024-02-28T00:00:00Z", "2024-02-28T23:00:00Z"]),
        ("AAA0BBB,59/0,365/0", 2024, ["2024-02-29T00:00:00Z", "2024-12-30T23:00:00Z"]),
        ("AAA+1:02:03BBB-1:30,M1.1.1/-167,M12.5.6/167:59:59", 2025, ["2024-12-30T02:02:03Z", "2026-01-02T22:29:59Z"]),
    ]

    @Test func `lays out the changes of a year`() throws {
        for (text, year, expected) in Self.rules {
            let rule = try #require(PosixRule(Array(text.utf8)[...]), "\(text)")
            let changes = rule.changes(in: year).map(\.at)
            #expect(try changes == expected.map(instant), "\(text): \(changes.map { Timestamp(seconds: $0).rfc3339 ?? "" })")
        }
    }

    @Test func `rules without saving have no changes`() throws {
        for (text, offset) in [("UTC0", 0), ("<+0530>-5:30", 19800), ("<-0330>+3:30:15", -12615), ("ABC-24:59:59", 89_999)] {
            let rule = try #require(PosixRule(Array(text.utf8)[...]))
            #expect(rule.standard == offset && rule.changes(in: 2026).isEmpty, "\(text)")
        }
    }

    @Test(arguments: [
        "", "A0", "AB0", "ABC", "ABC25", "<AB>0", "<ABC0", "ABC0DEF", "ABC0DEF,", "ABC0DEF,M3.5.0", "ABC0DEF,M13.1.0,M3.1.0",
        "ABC0DEF,M0.1.0,M3.1.0",
        "ABC0DEF,M3.6.0,M4.1.0", "ABC0DEF,M3.0.0,M4.1.0", "ABC0DEF,M3.1.7,M4.1.0", "ABC0DEF,J0,J1", "ABC0DEF,J366,J1", "ABC0DEF,366,1",
        "ABC0DEF,M3.5.0/168,M10.5.0", "ABC0DEF,M3.5.0,M10.5.0x", "ABC0DEF,M3.5.0,M10.5.0/", "ABC0:60", "ABC--1", "ABC1234567890123456789",
    ])
    func `malformed rules are refused`(_ text: String) {
        #expect(PosixRule(Array(text.utf8)[...]) == nil)
    }
}
