import Cron
import TestKit
import Testing
import TimeZones

/// The instant before is of the same set as the instant behind.
@Suite struct PreviousTests {
    @Test(arguments: [
        ("0 0 29 2 *", "UTC", "2026-11-23T00:00:00Z", "2024-02-29T00:00:00Z"), ("* * * * *", "UTC", "2026-11-23T00:00:00Z", "2026-11-22T23:59:00Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T03:00:00+01:00", "2026-10-25T02:30:00+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00:00+02:00", "2026-03-29T03:00:00+02:00"),
        ("0 0 29 2 */7", "UTC", "2026-01-01T00:00:00Z", "2004-02-29T00:00:00Z"),
        ("52 1 * * *", "Australia/Lord_Howe", "2026-04-06T00:00:00+10:30", "2026-04-05T01:52:00+11:00"),
    ])
    func `the latest instant before one`(_ text: String, _ zone: String, _ before: String, _ expected: String) throws {
        let zone = try ZoneDirectory.system.zone(named: zone)
        let limit = try #require(Timestamp(rfc3339: before)).seconds
        let found = try #require(try CronExpression(text).previous(before: limit, in: zone))
        #expect(found == Timestamp(rfc3339: expected)?.seconds)
    }

    @Test func `Random instants: what lies before the next one is the one before`() throws {
        let seed = fuzzSeed(standard: 0xBEF0)
        var generator = SplitMix64(seed: seed)
        let texts = ["*/7 * * * *", "30 2 * * *", "0 */3 * * *", "15 4 L * *", "0 12 * * FRI#2", "*/20 * * * * *", "0 0 1 1 *", "45 23 31 * 0"]
        let zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Antarctica/Troll", "Africa/Casablanca", "Europe/Dublin"]
        for _ in 0..<fuzzRounds(short: 400) {
            let expression = try CronExpression(texts[generator.below(texts.count)])
            let zone = try ZoneDirectory.system.zone(named: zones[generator.below(zones.count)])
            let from = Int64(generator.below(4_000_000_000))
            var walk = expression.instants(after: from, in: zone)
            guard let first = walk.next(), let second = walk.next() else { continue }
            #expect(expression.previous(before: second, in: zone) == first, "seed \(seed): \(expression.source) \(zone.identifier) \(from)")
            #expect(expression.previous(before: first + 1, in: zone) == first, "seed \(seed)")
        }
    }

    @Test func `an instant is covered when the clock shows a time of the fields`() throws {
        let zone = try ZoneDirectory.system.zone(named: "Europe/Berlin")
        let office = try CronExpression("* 9-17 * * MON-FRI").clock
        for (text, isIn) in [
            ("2026-11-23T09:00:00+01:00", true), ("2026-11-23T17:59:59+01:00", true), ("2026-11-23T18:00:00+01:00", false),
            ("2026-11-23T08:59:59+01:00", false), ("2026-11-22T12:00:00+01:00", false), ("2026-07-01T07:30:00Z", true),
        ] {
            #expect(office.contains(try #require(Timestamp(rfc3339: text)).seconds, in: zone) == isIn, "\(text)")
        }
    }
}
