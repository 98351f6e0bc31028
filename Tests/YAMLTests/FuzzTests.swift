import Testing
import YAML

private let corpus: [[UInt8]] =
    (standardExamples + standardStyleExamples + collectionRows + flowScalarRows + blockScalarRows + anchorRows + refusedRows)
    .map { Array($0.yaml.utf8) }

/// Pieces that change what the text around them means.
private let fragments: [[UInt8]] = [
    "- ", "? ", ": ", ":", "\n", "\n ", "\n  ", "\t", " ", "#", " #", "[", "]", "{", "}", ",", "'", "\"", "|", ">", "|2",
    ">-", "&a ", "*a", "!", "---\n",
    "...\n", "%YAML 1.2\n", "\\", "\\u", "\r", "\u{FEFF}", "\u{85}", "é", "0x", "~", "\"a\n",
].map { Array($0.utf8) } + [[0], [0xFF], [0xC3], [0xF0, 0x9F]]

private func mutate(_ yaml: [UInt8], with random: inout SeededGenerator) -> [UInt8] {
    var bytes = yaml
    for _ in 0..<1 + random.below(4) {
        let at = random.below(bytes.count + 1)
        switch random.below(5) {
        case 0: bytes.insert(contentsOf: random.pick(fragments), at: at)
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + 1 + random.below(3)))
        case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 3:
            let other = random.pick(corpus)
            let from = random.below(other.count + 1)
            bytes.insert(contentsOf: other[from..<min(other.count, from + random.below(12))], at: at)
        default: bytes.removeSubrange(at...)
        }
    }
    return bytes
}

@Test func mutatedDocumentsGiveAValueOrAnErrorInsideTheFile() {
    var random = SeededGenerator(seed: fuzzSeed())
    var accepted = 0
    let rounds = fuzzRounds(20_000)
    for round in 0..<rounds {
        let bytes = mutate(random.pick(corpus), with: &random)
        do {
            let node = try parseYAML(bytes)
            accepted += 1
            checkOrder(node, "seed \(random.seed), round \(round): \(bytes)")
        } catch {
            let position = error.diagnostic.position
            let lines = 1 + bytes.count { $0 == 0x0A || $0 == 0x0D }
            let inside = position.map { $0.line >= 1 && $0.line <= lines && $0.column >= 1 && $0.column <= bytes.count + 1 } ?? false
            #expect(inside, "seed \(random.seed), round \(round): \(summary(error.diagnostic)) in \(bytes)")
            #expect(!error.diagnostic.message.isEmpty)
        }
    }
    // If all were refused, or none, the test would say little.
    #expect(accepted > rounds / 20 && accepted < rounds * 19 / 20, "\(accepted) of \(rounds)")
}

/// A node ends where it starts or later, and so do its children, in order. Aliases keep the places of what they copy.
private func checkOrder(_ node: YAMLNode, _ context: String) {
    guard node.start <= node.end else {
        Issue.record("a node ends before it starts: \(context)")
        return
    }
    switch node.content {
    case .scalar: break
    case .sequence(let items): for item in items { checkOrder(item, context) }
    case .mapping(let entries):
        for entry in entries {
            checkOrder(entry.keyNode, context)
            checkOrder(entry.value, context)
        }
    }
}

@Test func everyPrefixOfADocumentIsReadOrRefused() {
    for yaml in corpus where yaml.count < 200 {
        for end in yaml.indices { _ = outcome(of: Array(yaml[..<end])) }
    }
}
