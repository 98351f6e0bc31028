import Conditions
import JSON
import TestKit
import Testing

/// The search for paths finds what stands in the tree, and conditions say of the bytes what they say of the tree.
@Suite struct FuzzTests {
    private static let keys = ["a", "b", "c", "in", "x y", "é", "\"", "k.1"]

    @Test func fuzzPathsAgainstTree() throws {
        let seed = fuzzSeed(standard: 0x9A7)
        print("path fuzz: seed \(seed)")
        var generator = SplitMix64(seed: seed)
        for round in 0..<fuzzRounds(short: 3000) {
            let tree = randomValue(0, &generator)
            var paths = JSONPathSet()
            let wanted = (0..<1 + generator.below(6)).map { _ in randomPath(&generator) }
            var slots: [Int] = []
            for path in wanted {
                let slot = paths.add(path)
                slots.append(try #require(slot))
            }
            let bytes = tree.encoded(pretty: round % 2 == 0)
            try bytes.withUnsafeBytes { buffer in
                let found = try paths.find(in: buffer)
                for (path, slot) in zip(wanted, slots) {
                    let expected = values(path.steps[...], tree)
                    let got = try found.values(slot).map { try parseJSON($0) }
                    #expect(got == expected, "round \(round)")
                    #expect(try found.value(slot).map { try parseJSON($0) } == expected.first, "round \(round)")
                }
            }
            // Damage is judged as the validator does, or is a key that occurs twice.
            var damaged = bytes
            if !damaged.isEmpty { damaged[generator.below(damaged.count)] = [0x22, 0x7B, 0x5D, 0x2C, 0x61, 0x00, 0xFF][generator.below(7)] }
            damaged.withUnsafeBytes { buffer in
                let judged = validateJSON(buffer)
                do throws(JSONError) {
                    _ = try paths.find(in: buffer)
                    #expect(judged == nil, "round \(round)")
                } catch {
                    #expect(judged == error || judged == nil && error.message.contains("occurs twice"), "round \(round): \(error)")
                }
            }
        }
    }

    private func values(_ steps: ArraySlice<JSONPath.Step>, _ value: JSONValue) -> [JSONValue] {
        guard let step = steps.first else { return [value] }
        let rest = steps.dropFirst()
        switch step {
        case .key(let name): return value[String(decoding: name, as: UTF8.self)].map { values(rest, $0) } ?? []
        case .index(let index): return value[index].map { values(rest, $0) } ?? []
        case .all: return (value.array ?? []).flatMap { values(rest, $0) }
        }
    }

    private func randomPath(_ generator: inout SplitMix64) -> JSONPath {
        JSONPath((0..<generator.below(4)).map { _ in randomStep(&generator) })
    }

    private func randomStep(_ generator: inout SplitMix64) -> JSONPath.Step {
        switch generator.below(6) {
        case 0: .index(generator.below(3))
        case 1: .all
        default: .key(Array(Self.keys[generator.below(Self.keys.count)].utf8))
        }
    }

    private func randomValue(_ depth: Int, _ generator: inout SplitMix64) -> JSONValue {
        switch generator.below(depth > 3 ? 6 : 10) {
        case 0: return .null
        case 1: return .bool(generator.below(2) == 0)
        case 2: return .int(generator.below(4))
        case 3: return .double(Double(generator.below(8)) / 2)
        case 4, 5: return .string(["", "a", "ab", "b", "é"][generator.below(5)])
        case 6: return .array((0..<generator.below(4)).map { _ in randomValue(depth + 1, &generator) })
        default:
            var object = JSONObject()
            for _ in 0..<generator.below(5) { object[Self.keys[generator.below(Self.keys.count)]] = randomValue(depth + 1, &generator) }
            return .object(object)
        }
    }

    // MARK: Conditions

    /// An expression, as text and as a rule over the tree.
    private struct Made {
        let text: String
        let holds: (JSONValue) -> Bool
    }

    @Test func fuzzConditionsAgainstTree() {
        let seed = fuzzSeed(standard: 0x717)
        print("condition fuzz: seed \(seed)")
        var generator = SplitMix64(seed: seed)
        for round in 0..<fuzzRounds(short: 3000) {
            let made = randomCondition(3, &generator)
            let tree = randomValue(0, &generator)
            #expect(ask(made.text, tree.encodedText()) == (made.holds(tree) ? "yes" : "no"), "round \(round): \(made.text) of \(tree.encodedText())")
        }
    }

    private func randomCondition(_ depth: Int, _ generator: inout SplitMix64) -> Made {
        if depth > 0, generator.below(3) > 0 {
            let left = randomCondition(depth - 1, &generator)
            let right = randomCondition(depth - 1, &generator)
            switch generator.below(3) {
            case 0: return Made(text: "(\(left.text)) and (\(right.text))") { left.holds($0) && right.holds($0) }
            case 1: return Made(text: "(\(left.text)) || (\(right.text))") { left.holds($0) || right.holds($0) }
            default: return Made(text: "not (\(left.text))") { !left.holds($0) }
            }
        }
        let key = Self.keys[generator.below(3)]
        let path: (String, (JSONValue) -> JSONValue)
        switch generator.below(3) {
        case 0: path = (key, { $0[key] ?? .null })
        case 1: path = ("$body[1].\(key)", { $0[1]?[key] ?? .null })
        default: path = ("\(key)[\"a\"]", { $0[key]?["a"] ?? .null })
        }
        let read = path.1
        let number = generator.below(4)
        switch generator.below(7) {
        case 0: return Made(text: "\(path.0) == \(number)") { read($0).double == Double(number) }
        case 1: return Made(text: "\(path.0) != \"a\"") { read($0) != .string("a") }
        case 2: return Made(text: "\(path.0) < \(number)") { read($0).double.map { $0 < Double(number) } ?? false }
        case 3: return Made(text: "\(path.0) in [null, \"ab\"]") { [.null, .string("ab")].contains(read($0)) }
        case 4: return Made(text: "\(path.0) startswith \"a\"") { value in
            read(value).string?.hasPrefix("a") ?? read(value).array?.contains { $0.string?.hasPrefix("a") ?? false } ?? false
        }
        case 5: return Made(text: "\(path.0) matches \"^[ab]+$\"") { value in
            func fits(_ text: String?) -> Bool { text.map { !$0.isEmpty && $0.allSatisfy { "ab".contains($0) } } ?? false }
            return read(value).array.map { $0.contains { fits($0.string) } } ?? fits(read(value).string)
        }
        default: return Made(text: path.0) { read($0) == .bool(true) }
        }
    }

    /// Any text is a condition or has a mistake in a place of it, and nothing that is asked ends the program.
    @Test func fuzzSyntax() {
        let seed = fuzzSeed(standard: 0x5117)
        print("syntax fuzz: seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let pieces = [
            "a", "b.c", "[", "]", "[0]", "[*]", "(", ")", "==", "!=", "<", "and", "or", "not", "in", "matches", "exists", "contains", "startswith", "\"x\"", "'", "\"", "\\",
            "1", "-2.5e3", "$event", "$args.x", "$body", ",", ".", "true", "null", "\"^a+\"", "é", "&&", "!", " ", "\n",
        ]
        for _ in 0..<fuzzRounds(short: 10_000) {
            let text = (0..<generator.below(12)).map { _ in pieces[generator.below(pieces.count)] + (generator.below(3) > 0 ? " " : "") }.joined()
            var paths = JSONPathSet()
            do {
                let condition = try Condition(text, vocabulary, paths: &paths)
                let body = randomValue(0, &generator).encoded()
                body.withUnsafeBytes { _ = condition.ask(try? paths.find(in: $0), Facts()) }
                _ = condition.ask(nil, Facts())
            } catch {
                #expect(error.columns.lowerBound >= 0 && error.columns.upperBound <= text.unicodeScalars.count + 1, "\(text): \(error)")
                #expect(!error.columns.isEmpty, "\(text): \(error)")
            }
        }
    }
}
