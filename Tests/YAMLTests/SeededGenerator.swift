import Glibc

/// SplitMix64: a failure is repeated by its seed. G. Steele et al., "Fast splittable pseudorandom number generators", 2014.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}

/// Rounds of a fuzz test: `SLUICE_FUZZ_ROUNDS` if set, else the short form.
func fuzzRounds(_ short: Int) -> Int {
    getenv("SLUICE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? short
}

/// The seed of a fuzz test: `SLUICE_FUZZ_SEED` if set; printed with every failure.
func fuzzSeed() -> UInt64 {
    getenv("SLUICE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_260_101
}
