import Foundation

/// Sebastiano Vigna's splitmix64: a seeded generator whose runs can be repeated.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 to `bound` - 1
    public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(bound, 1), using: &self) }
}

/// How many rounds a fuzz test makes: SLUICE_FUZZ_ROUNDS, or `short`.
public func fuzzRounds(short: Int) -> Int {
    ProcessInfo.processInfo.environment["SLUICE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? short
}

/// The seed of a fuzz test: SLUICE_FUZZ_SEED, or `standard`. Print it, so that a failure can be repeated.
public func fuzzSeed(standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment["SLUICE_FUZZ_SEED"].flatMap { UInt64($0) } ?? standard
}
