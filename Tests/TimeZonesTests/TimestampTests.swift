import Glibc
import Testing
import TimeZones

@Suite struct TimestampTests {
    static let instants: [(String, Int64, Int, Int)] = [
        ("1970-01-01T00:00:00Z", 0, 0, 0), ("1970-01-01t00:00:00z", 0, 0, 0), ("1970-01-01T00:00:00-00:00", 0, 0, 0),
        ("2026-03-28T12:00:00.5+01:00", 1_774_695_600, 500_000_000, 3600), ("1969-12-31T23:59:59.999999999999Z", -1, 999_999_999, 0),
        ("0000-01-01T00:00:00Z", -62_167_219_200, 0, 0), ("9999-12-31T23:59:59Z", 253_402_300_799, 0, 0),
        ("2000-02-29T00:00:00+23:59", 951_696_060, 0, 86_340), ("1990-12-31T23:59:60Z", 662_687_999, 999_999_999, 0),
        ("1990-12-31T15:59:60-08:00", 662_687_999, 999_999_999, -28_800),
    ]

    @Test func `reads what RFC 3339 allows`() throws {
        for (text, seconds, nanoseconds, offset) in Self.instants {
            #expect(Timestamp(rfc3339: text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds, offset: offset), "\(text)")
        }
    }

    @Test(arguments: [
        "", "2026", "2026-03-28", "2026-03-28T12:00Z", "2026-03-28T12:00:00", "2026-03-28 12:00:00Z", "2026-3-28T12:00:00Z",
        "2026-03-28T12:00:00.Z",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T12:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+01:60",
        "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+01", "2026-01-01T00:00:00ZZ", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ",
        "-026-01-01T00:00:00Z", "+2026-01-01T00:00:00Z", "12026-01-01T00:00:00Z", "2026-01-01T00:00:00,5Z", "٢٠٢٦-01-01T00:00:00Z",
        "1900-02-29T00:00:00Z",
    ])
    func `refuses everything else`(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `writes an instant in an offset`() {
        #expect(Timestamp.format(seconds: 1_774_695_600, offset: 3600, zulu: true) == "2026-03-28T12:00:00+01:00")
        #expect(Timestamp.format(seconds: 0, offset: 0, zulu: true) == "1970-01-01T00:00:00Z")
        #expect(Timestamp.format(seconds: 0, offset: 0, zulu: false) == "1970-01-01T00:00:00+00:00")
        #expect(Timestamp.format(seconds: 0, offset: -12_600, zulu: true) == "1969-12-31T20:30:00-03:30")
        // Monrovia: RFC 3339 has no seconds in offsets, the instant stays the same.
        #expect(Timestamp.format(seconds: 0, offset: -2670, zulu: true) == "1969-12-31T23:16:00-00:44")
        #expect(Timestamp.format(seconds: 253_402_300_800, offset: 0, zulu: true) == nil)
        #expect(Timestamp.format(seconds: 253_402_300_800, offset: -3600, zulu: true) == "9999-12-31T23:00:00-01:00")
        #expect(Timestamp.format(seconds: -62_167_219_201, offset: 0, zulu: true) == nil)
        #expect(Timestamp.format(seconds: .min, offset: 0, zulu: true) == nil)
        #expect(Timestamp.format(seconds: .max, offset: .max, zulu: true) == nil)
    }

    @Test func `dates agree with the C library`() {
        var generator = SeededGenerator(state: 0xDA7E)
        for _ in 0..<fuzzRounds(short: 3000) {
            let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator)
            var time = time_t(seconds)
            var parts = tm()
            gmtime_r(&time, &parts)
            let days = floorDivide(Int(seconds), 86_400)
            let date = CivilDate(days: days)
            #expect(date == CivilDate(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday)))
            #expect(date.days == days && date.weekday == Int(parts.tm_wday))
            #expect(date.day <= daysIn(month: date.month, year: date.year))
            let text = Timestamp.format(seconds: seconds, offset: 0, zulu: true)
            #expect(text.flatMap { Timestamp(rfc3339: $0) }?.seconds == seconds)
        }
    }
}
