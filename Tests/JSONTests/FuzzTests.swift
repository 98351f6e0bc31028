import Glibc
import Testing

import JSON

/// Random values must read back, and random damage must never crash, nor be judged differently by parser and validator.
@Suite struct FuzzTests {
    static let rounds = getenv("SLUICE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 2000

    @Test func randomValuesReadBackAndDamagedTextsAreJudgedAlike() throws {
        let seed: UInt64 = 0x5EED_0001
        print("JSON fuzz: seed \(seed), \(Self.rounds) rounds")
        var generator = SplitMix64(seed: seed)
        for round in 0..<Self.rounds {
            let value = randomValue(depth: 0, using: &generator)
            let bytes = value.encoded(pretty: round % 2 == 0)
            #expect(try parseJSON(bytes) == value, "round \(round)")
            #expect(validateJSON(bytes) == nil, "round \(round)")
            let damaged = damage(bytes, using: &generator)
            let judged = validateJSON(damaged)
            do {
                _ = try parseJSON(damaged, duplicateKeys: .lastWins)
                #expect(judged == nil, "round \(round)")
            } catch {
                #expect(judged == error, "round \(round)")
            }
        }
    }

    private func randomValue(depth: Int, using generator: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 8), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .int(Int(truncatingIfNeeded: generator.next()))
        case 3: return .double(Double(bitPattern: generator.next()))
        case 4: return .string(randomText(using: &generator))
        case 5: return .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in randomValue(depth: depth + 1, using: &generator) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                object[randomText(using: &generator)] = randomValue(depth: depth + 1, using: &generator)
            }
            return .object(object)
        }
    }

    private func randomText(using generator: inout SplitMix64) -> String {
        let alphabet: [Character] = ["a", "b", "\"", "\\", "\n", "\u{1}", "é", "€", "😀", "/", "\u{2028}", "u", "0", "\0"]
        return String((0..<Int.random(in: 0...12, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
    }

    private func damage(_ bytes: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0...result.count, using: &generator)
            let units: [UInt8] = [0x22, 0x5C, 0x7B, 0x7D, 0x5B, 0x5D, 0x2C, 0x3A, 0x30, 0xC3, 0x80, 0x00, 0x75, 0x65]
            let byte = units.randomElement(using: &generator) ?? 0x22
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: result.insert(byte, at: index)
            case 1: if index < result.count { result.remove(at: index) }
            default: if index < result.count { result[index] = byte }
            }
        }
        return result
    }
}

/// A small generator with a known seed (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
