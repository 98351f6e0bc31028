import Config
import Glibc
import Model
import Posix
import Testing

@Suite("Damaged configurations")
struct FuzzTests {
    /// SplitMix64, so that a seed gives the same files everywhere.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private let values = [
        "~", "[]", "{}", "-1", "99999999999999999999", "1e400", ".nan", "yes", "''", "'${'", "\"\\u0000\"", "[[a], {b: c}]", "$", "* * *",
        "ü", "|\n      x\n      y", "0 0 30 2 *", "$sluice:", "!x", "{name: {name: a}}", "- a",
    ]

    @Test("a damaged file is judged, with places inside it")
    func damaged() throws {
        let seed = getenv("SLUICE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0 ... .max)
        let rounds = getenv("SLUICE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 400
        var random = Generator(state: seed)
        var accepted = 0
        let originals = try ["everything.yaml", "documented.yaml"].map { name in
            String(decoding: try Files.read("\(configs)/good/\(name)", limit: 1 << 20), as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false
            ).map(String.init)
        } + [try alertSample().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)]
        for round in 0..<rounds {
            guard var lines = originals.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...3, using: &random) { damage(&lines, &random) }
            let text = lines.joined(separator: "\n")
            let loaded = readConfig(Array(text.utf8), path: "wrapd.yaml", directory: "/") { testEnvironment($0) ?? alertEnvironment($0) }
            let count = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
            let isFine =
                (loaded.file == nil) == loaded.hasErrors && loaded.source.count <= text.utf8.count
                && loaded.diagnostics.allSatisfy { $0.position.map { 1...count ~= $0.line && $0.column >= 1 } ?? true }
            #expect(isFine, "seed \(seed), round \(round):\n\(text)")
            guard let file = loaded.file else { continue }
            accepted += 1
            let hasErrors = file.endpoints.contains { endpointProblems($0.settings).contains { $0.severity == .error } }
            #expect(!hasErrors, "seed \(seed), round \(round):\n\(text)")
            for rule in file.alerts.rules {
                var again = AlertRule()
                #expect(again.apply(rule.encoded()) == [] && again == rule, "seed \(seed), round \(round):\n\(text)")
            }
        }
        #expect(rounds < 200 || accepted > 0, "seed \(seed): nothing was accepted, so the damage is too great to say much")
    }

    private func damage(_ lines: inout [String], _ random: inout Generator) {
        let index = Int.random(in: 0..<lines.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where lines.count > 1: lines.remove(at: index)
        case 1: lines.insert(lines[index], at: index)
        case 2: lines.swapAt(index, Int.random(in: 0..<lines.count, using: &random))
        case 3: lines[index] = String(lines[index].dropLast(Int.random(in: 0...3, using: &random)))
        default:
            guard let colon = lines[index].firstIndex(of: ":"), let value = values.randomElement(using: &random) else { return }
            lines[index] = "\(lines[index][..<colon]): \(value)"
        }
    }
}
