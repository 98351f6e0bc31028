import Conditions
import Foundation
import TestKit
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("", "", true), ("a", "bab", true), ("a", "", false), ("^a$", "a", true), ("^a$", "aa", false), ("^$", "", true), ("a|b|", "x", true), ("^(a|b)$", "b", true),
        ("^a*$", "aaaa", true), ("^a+$", "", false), ("^a?b$", "ab", true), ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaaa", true), ("^a{1,2}$", "aaa", false),
        ("^a{0}$", "", true), ("^(ab){0,2}$", "abab", true), ("^(a*)*$", "aaa", true), ("^(a|aa)+$", "aaaaa", true), ("^.$", "é", true), ("^.$", "\n", false), ("^[^a]$", "\n", true),
        ("^[a-c]+$", "abcabc", true), ("^[^a-c]$", "b", false), ("^[]]$", "]", true), ("^[-a]$", "-", true), ("^[a-]$", "-", true), (#"^[\]]$"#, "]", true), (#"^[\d.]+$"#, "1.2", true),
        (#"^\d{3}$"#, "123", true), (#"^\D$"#, "٣", true), (#"^\w+$"#, "a_9", true), (#"^\w$"#, "é", false), (#"^\W$"#, "é", true), (#"^\s\S$"#, "\tx", true), (#"^\.$"#, "a", false),
        ("^(?i)a", "a", nil), ("(?i)^refs/[a-c]", "REFS/B", true), ("(?i)[^a]", "A", false), ("^(?:ab|c)+?$", "abc", true), ("é+", "caféé", true), ("^[à-ü]$", "é", true), ("x*$", "abc", true), (#"\n"#, "a\nb", true), ("a^b", "ab", false),
    ] as [(String, String, Bool?)])
    func `a pattern finds what it describes`(_ pattern: String, _ text: String, _ expected: Bool?) {
        #expect((try? find(pattern, in: text)) == .some(expected) || expected == nil && (try? find(pattern, in: text)) == nil, "\(pattern)")
    }

    @Test(arguments: [
        ("a)", 1), ("(a", 0), ("*a", 0), ("a**", 2), ("a{", 1), ("a{x}", 1), ("a{3,2}", 1), ("a{1001}", 2), ("[a", 0), ("[b-a]", 1), (#"a\"#, 1), (#"(a)\1"#, 3), (#"\p{L}"#, 0),
        ("(?=a)", 0), ("(?<n>a)", 0), ("[[:alpha:]]", 1), ("^*", 1), ("}", 0), (#"[a-\d]"#, 3),
    ])
    func `a mistake in a pattern has a place`(_ pattern: String, _ offset: Int) {
        do {
            _ = try Pattern(pattern)
            Issue.record("\(pattern) is taken")
        } catch {
            #expect(error.offset == offset, "\(pattern): \(error.message)")
        }
    }

    @Test func `the size of a pattern is bounded`() throws {
        _ = try Pattern("(a{30}){30}")
        for text in ["(a{100}){100}", "((a{1000}){1000}){1000}", String(repeating: "(", count: 40), String(repeating: "a", count: 1001)] {
            #expect(throws: PatternError.self, "\(text)") { try Pattern(text) }
        }
        // What needs no state is not repeated a billion times.
        #expect(try find("(((){1000}){1000}){1000}", in: "x") == true)
        #expect(try find("((a{0}){1000,}){1000}", in: "x") == true)
    }

    @Test func `time grows with the text only`() throws {
        let text = String(repeating: "a", count: 20_000)
        var steps = 10_000_000
        #expect(try Pattern("^(a+)+$").isFound(in: text + "b", steps: &steps) == false)
        #expect(steps > 10_000_000 - 20 * 20_000)
        steps = 100
        #expect(try Pattern("(a+)+b").isFound(in: text, steps: &steps) == nil)
    }

    /// The same answers as Foundation's engine, on the syntax that both have.
    @Test func fuzzAgainstFoundation() throws {
        let seed = fuzzSeed(standard: 0xC0DE)
        print("pattern fuzz: seed \(seed)")
        var generator = SplitMix64(seed: seed)
        for round in 0..<fuzzRounds(short: 3000) {
            let pattern = randomPattern(3, &generator)
            let ours = try Pattern(pattern)
            let theirs = try NSRegularExpression(pattern: pattern)
            for _ in 0..<4 {
                let text = String((0..<generator.below(9)).map { _ in Array("ab01 _-c")[generator.below(8)] })
                var steps = 1_000_000
                let expected = theirs.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
                #expect(ours.isFound(in: text, steps: &steps) == expected, "round \(round): \(pattern) in '\(text)'")
            }
        }
    }

    private func randomPattern(_ depth: Int, _ generator: inout SplitMix64) -> String {
        let atoms = ["a", "b", "0", ".", "[ab]", "[^a]", #"\d"#, #"\w"#, #"\s"#, #"\D"#, "[a-c1]", #"[\d_]"#, " ", "_", #"\W"#, "-"]
        let counts = ["*", "+", "?", "{2}", "{0,1}", "{1,}", "{0,3}"]
        switch depth == 0 ? 0 : generator.below(9) {
        case 0, 1, 2: return atoms[generator.below(atoms.count)]
        case 3, 4: return randomPattern(depth - 1, &generator) + randomPattern(depth - 1, &generator)
        case 5: return "(\(randomPattern(depth - 1, &generator))|\(randomPattern(depth - 1, &generator)))"
        case 6: return "(\(randomPattern(depth - 1, &generator)))" + counts[generator.below(counts.count)]
        case 7: return generator.below(2) == 0 ? "^" + randomPattern(depth - 1, &generator) : randomPattern(depth - 1, &generator) + "$"
        default: return atoms[generator.below(atoms.count)] + counts[generator.below(counts.count)]
        }
    }

    /// Any text is a pattern or has a mistake in a place of it.
    @Test func fuzzSyntax() {
        var generator = SplitMix64(seed: fuzzSeed(standard: 0xF00))
        let pieces = ["a", "(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "^", "$", "\\", "-", ",", "1", "9", ":", "d", "é", "(?i)", "(?:", "."]
        for _ in 0..<fuzzRounds(short: 5000) {
            let text = (0..<generator.below(14)).map { _ in pieces[generator.below(pieces.count)] }.joined()
            do {
                var steps = 10_000
                _ = try Pattern(text).isFound(in: "a1é\n-b", steps: &steps)
            } catch {
                #expect(0...text.unicodeScalars.count ~= error.offset, "\(text)")
            }
        }
    }
}
