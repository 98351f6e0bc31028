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

/// Seconds as a clock shows them, written without an offset.
func clock(_ text: String) throws -> Int64 { try instant(text + "Z") }

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

/// A TZif file: transitions with their type, types with their offset, and the rule at the end.
func tzif(version: UInt8 = UInt8(ascii: "2"), times: [Int64], indices: [UInt8], offsets: [Int32], footer: String) -> [UInt8] {
    func number(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    func block(_ wordSize: Int) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, 0, times.count, offsets.count, 4] { bytes += number(UInt32(count)) }
        for time in times { bytes += wordSize == 8 ? number(time) : number(Int32(truncatingIfNeeded: time)) }
        bytes += indices
        for offset in offsets { bytes += number(offset) + [0, 0] }
        return bytes + Array("ABC\0".utf8)
    }
    return version == 0 ? block(4) : block(4) + block(8) + Array("\n\(footer)\n".utf8)
}
