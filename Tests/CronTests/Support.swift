import Cron
import Glibc
import Testing
import TimeZones

/// A zone of the system; without the tzdata files every test that needs one says so.
func zone(_ name: String) throws -> Zone {
    do {
        return try ZoneDirectory.system.zone(named: name)
    } catch {
        Issue.record("These tests need the system's time zone files (Debian: tzdata). \(error)")
        throw error
    }
}

func instant(_ text: String) throws -> Int64 {
    try #require(Timestamp(rfc3339: text), "\(text) is not an instant").seconds
}

/// The first answers after an instant, as the command prints them.
func fires(_ expression: String, _ zoneName: String, from: String, count: Int) throws -> [String] {
    let zone = try zone(zoneName)
    let cron = try CronExpression(expression)
    let start = try instant(from)
    return cron.instants(after: start, in: zone).prefix(count).map {
        Timestamp.format(seconds: $0, offset: zone.utcOffset(at: $0), zulu: zone.isUTC) ?? "out of range"
    }
}

/// SplitMix64 (Steele, Lea and Flood): small, and the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// How many cases a fuzz test runs: `SLUICE_FUZZ_ROUNDS`, or the short form.
func fuzzRounds(short: Int) -> Int {
    getenv("SLUICE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? short
}

/// The seed of a fuzz test: `SLUICE_FUZZ_SEED`, or the fixed one.
func fuzzSeed(_ fixed: UInt64) -> UInt64 {
    getenv("SLUICE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? fixed
}
