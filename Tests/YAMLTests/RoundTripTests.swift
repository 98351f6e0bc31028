import Testing
import YAML

/// A value as JSON knows it.
private indirect enum Tree: Equatable {
    case null, bool(Bool), int(Int64), string(String)
    case list([Tree])
    case map([(String, Tree)])

    static func == (a: Tree, b: Tree) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.int(let x), .int(let y)): x == y
        case (.string(let x), .string(let y)): x.utf8.elementsEqual(y.utf8)
        case (.list(let x), .list(let y)): x == y
        case (.map(let x), .map(let y)): x.count == y.count && zip(x, y).allSatisfy { $0.0.utf8.elementsEqual($1.0.utf8) && $0.1 == $1.1 }
        default: false
        }
    }
}

private func tree(_ node: YAMLNode) -> Tree {
    switch node.content {
    case .sequence(let items): return .list(items.map(tree))
    case .mapping(let entries): return .map(entries.map { ($0.key, tree($0.value)) })
    case .scalar(let scalar):
        switch scalar.value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .bigInt, .float, .string: return .string(scalar.text)
        }
    }
}

private let pieces = [
    "a", "b c", "word", " ", "  ", "\n", "\n\n", "\t", ": ", " #", "#", "- ", "'", "\"", "\\", "[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "%",
    "@", "`", "?", ":", "-", "~", "null", "true", "1", "0x1F", ".5", "---", "...", "é", "漢", "😀", "\u{85}", "\u{7F}", "\u{1}", "\r",
    "\u{FEFF}", "\u{2028}",
]

private func randomText(_ random: inout SeededGenerator) -> String {
    (0..<random.below(6)).map { _ in random.pick(pieces) }.joined()
}

private func randomTree(_ random: inout SeededGenerator, depth: Int) -> Tree {
    switch random.below(depth > 0 ? 9 : 5) {
    case 0: return .null
    case 1: return .bool(random.chance(50))
    case 2: return .int(random.pick([0, -1, 7, .max, .min, Int64(random.below(100_000))]))
    case 3, 4: return .string(randomText(&random))
    case 5, 6: return .list((0..<random.below(5)).map { _ in randomTree(&random, depth: depth - 1) })
    default:
        var seen: Set<[UInt8]> = []
        var entries: [(String, Tree)] = []
        for _ in 0..<random.below(5) {
            let key = randomText(&random)
            if seen.insert(Array(key.utf8)).inserted { entries.append((key, randomTree(&random, depth: depth - 1))) }
        }
        return .map(entries)
    }
}

/// Writes a tree in styles chosen at random.
private struct Emitter {
    var random: SeededGenerator

    mutating func document(_ tree: Tree) -> String {
        var text = random.chance(20) ? "# comment\n" : ""
        if random.chance(30) { text += "---\n" }
        text += block(tree, indent: 0)
        if random.chance(20) { text += "...\n# end\n" }
        return text
    }

    /// Whole lines, all indented by `indent` or more.
    private mutating func block(_ tree: Tree, indent: Int) -> String {
        let pad = String(repeating: " ", count: indent)
        switch tree {
        case .list(let items) where !items.isEmpty && random.chance(75):
            return items.map { pad + "-" + afterIndicator($0, indent: indent, compact: true) }.joined()
        case .map(let entries) where !entries.isEmpty && random.chance(75):
            return entries.map { entry in
                if random.chance(15) {
                    return pad + "? " + inline(.string(entry.0), indent: indent) + "\n" + noise(indent) + pad + ":"
                        + afterIndicator(entry.1, indent: indent, compact: true)
                }
                return pad + quoted(entry.0, indent: indent, key: true) + (random.chance(20) ? " :" : ":")
                    + afterIndicator(entry.1, indent: indent, compact: false)
            }.joined()
        default: return pad + inline(tree, indent: max(indent - 1, 0)) + lineEnd()
        }
    }

    /// What stands behind `-`, `:` or `?`, to the end of its last line.
    private mutating func afterIndicator(_ tree: Tree, indent: Int, compact: Bool) -> String {
        if case .string(let text) = tree, random.chance(40), let scalar = blockScalar(text, indent: indent) { return " " + scalar }
        if case .null = tree, random.chance(40) { return lineEnd() }
        let deeper = indent + 1 + random.below(4)
        let content = block(tree, indent: deeper)
        // A block on the same line: its first line moves up behind the indicator, which takes a column itself.
        if compact, deeper > indent + 1, random.chance(60) { return content.dropFirst(indent + 1).description }
        return lineEnd() + noise(indent) + content
    }

    /// A node within a line, or in lines of which all but the first are indented by more than `indent`.
    private mutating func inline(_ tree: Tree, indent: Int) -> String {
        switch tree {
        case .null: return random.pick(["~", "null", "Null", "NULL"])
        case .bool(let value): return value ? random.pick(["true", "True", "TRUE"]) : random.pick(["false", "False", "FALSE"])
        case .int(let value): return value == 0 ? random.pick(["0", "00", "+0", "0x0"]) : String(value)
        case .string(let text): return quoted(text, indent: indent, key: false)
        case .list(let items): return "[" + flow(items.map { inline($0, indent: indent) }, indent: indent) + "]"
        case .map(let entries):
            return "{" + flow(entries.map { quoted($0.0, indent: indent, key: true) + ": " + inline($0.1, indent: indent) }, indent: indent) + "}"
        }
    }

    private mutating func flow(_ items: [String], indent: Int) -> String {
        var text = ""
        for (index, item) in items.enumerated() {
            text += gap(indent) + item + gap(indent)
            if index < items.count - 1 || random.chance(20) { text += "," }
        }
        return text + gap(indent)
    }

    private mutating func gap(_ indent: Int) -> String {
        switch random.below(8) {
        case 0: "\n" + String(repeating: " ", count: indent + 1 + random.below(3))
        case 1: " # comment, [\n\n" + String(repeating: " ", count: indent + 1)
        case 2: "\t"
        default: random.chance(50) ? " " : ""
        }
    }

    private mutating func lineEnd() -> String { random.chance(10) ? " # comment: [\n" : random.chance(10) ? "  \n" : "\n" }

    private mutating func noise(_ indent: Int) -> String {
        random.chance(10) ? String(repeating: " ", count: random.below(indent + 3)) + "# noise\n\n" : ""
    }

    private mutating func quoted(_ text: String, indent: Int, key: Bool) -> String {
        let simple = !text.isEmpty && text.utf8.allSatisfy { (0x61...0x7A).contains($0) } && !["null", "true", "false"].contains(text)
        if simple, random.chance(60) { return text }
        let controls = text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\t" }
        if !controls, random.chance(50) { return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'" }
        return "\"" + text.unicodeScalars.map { escaped($0, indent: indent, key: key) }.joined() + "\""
    }

    private mutating func escaped(_ scalar: Unicode.Scalar, indent: Int, key: Bool) -> String {
        let broken = !key && random.chance(8) ? "\\\n" + String(repeating: " ", count: indent + 1 + random.below(3)) : ""
        if scalar == "\"" || scalar == "\\" { return broken + "\\" + String(scalar) }
        if scalar == "\n" { return broken + "\\n" }
        // A blank would be taken for indentation at the start of a line.
        if scalar.value < 0x20 || scalar == " " && !broken.isEmpty || random.chance(5) {
            let digits = String(scalar.value, radix: 16)
            return broken + "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
        return broken + String(scalar)
    }

    /// A literal or folded scalar, if the text may stand in one.
    private mutating func blockScalar(_ text: String, indent: Int) -> String? {
        let allowed = text.unicodeScalars.allSatisfy {
            $0 == "\n" || $0 == "\t" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0xFEFF
        }
        guard allowed, !text.isEmpty, let last = text.unicodeScalars.last else { return nil }
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        guard lines.contains(where: { $0.contains { $0 != " " && $0 != "\t" } }) else { return nil }
        let keeps = last == "\n"
        if keeps { lines.removeLast() }
        let step = 1 + random.below(4)
        let pad = String(repeating: " ", count: indent + step)
        let folds = lines.allSatisfy { !$0.isEmpty && !$0.hasPrefix(" ") && !$0.hasPrefix("\t") }
        if folds, random.chance(50) {
            return ">\(step)\(keeps ? "+" : "-")" + lineEnd() + lines.map { pad + $0 }.joined(separator: "\n\n") + "\n"
        }
        return "|\(step)\(keeps ? "+" : "-")" + lineEnd() + lines.map { ($0.isEmpty && random.chance(50) ? "" : pad + $0) + "\n" }.joined()
    }
}

@Test func whatIsWrittenInAnyStyleReadsBackTheSame() throws {
    var random = SeededGenerator(seed: fuzzSeed())
    for round in 0..<fuzzRounds(3000) {
        let original = randomTree(&random, depth: 4)
        var emitter = Emitter(random: SeededGenerator(seed: random.next()))
        let yaml = emitter.document(original)
        do {
            let read = tree(try parseYAML(Array(yaml.utf8)))
            #expect(read == original, "seed \(random.seed), round \(round):\n\(yaml)")
        } catch {
            Issue.record("seed \(random.seed), round \(round): \(summary(error.diagnostic))\n\(yaml)")
            return
        }
    }
}
