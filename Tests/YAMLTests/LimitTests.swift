import Testing
import YAML

private let mebibyte = 1 << 20

private func repeated(_ text: String, bytes: Int = mebibyte) -> [UInt8] {
    Array(String(repeating: text, count: bytes / text.utf8.count).utf8)
}

/// Documents of about a mebibyte that would take a careless reader's stack, memory or patience, and how they end.
private let hostile: [(title: String, yaml: [UInt8], start: String)] = [
    ("open brackets", repeated("["), "1:257: nested too deeply"), ("open braces", repeated("{a: "), "1:1025: nested too deeply"),
    ("dashes", repeated("- "), "1:513: nested too deeply"), ("question marks", repeated("? "), "1:513: nested too deeply"),
    ("anchors on one line", repeated("&a "), "1:4: a value can have one anchor only"),
    ("anchors on many lines", repeated("&a\n"), "2:1: a value can have one anchor only"),
    ("colons", repeated(":"), "1:1: the key is longer"), ("a long key", repeated("a") + Array(": b".utf8), "1:1: the key is longer"),
    ("a long hexadecimal number", Array("0x".utf8) + repeated("f"), "1:1: the number is too long"),
    ("an open quote", Array("\"".utf8) + repeated("a\n"), "1:1: the quote that opens here"),
    ("a long plain scalar", repeated("a "), "\"a a"), ("a plain scalar of many lines", repeated("a\n"), "\"a a"),
    ("blank lines", repeated("\n"), "null"), ("spaces", repeated(" "), "null"), ("a long comment", repeated("#"), "null"),
    ("digits", repeated("9"), "999"), ("a long float", Array("0.".utf8) + repeated("9"), "1.0"),
    ("flow items and blank lines", Array("[".utf8) + repeated("a,\n\n\n\n") + Array("]".utf8), "[\"a\",\"a\""),
    ("folded paragraphs", Array(">\n".utf8) + repeated(" a\n\n"), "\"a\\na"),
    ("shrinking blank lines", Array("|\n".utf8) + repeated("  \n") + Array(" a".utf8), "2:2: this blank line"),
    ("quoted-only characters", repeated("- \"\u{85}\"\n"), "[\"\u{85}\",\"\u{85}\""),
    ("many keys", Array((0..<90_000).map { "k\($0): 1\n" }.joined().utf8), "{\"k0\":1,\"k1\":1"),
    ("many flow keys", Array(("{" + (0..<90_000).map { "k\($0)," }.joined() + "}").utf8), "{\"k0\":null,\"k1\":null"),
    ("many anchors", Array((0..<80_000).map { "- &a\($0) x\n" }.joined().utf8), "[\"x\",\"x\""),
    ("many aliases", Array(("- &a x\n" + String(repeating: "- *a\n", count: 99_000)).utf8), "[\"x\",\"x\""),
]

@Test func hostileDocumentsEndSoonAndSafely() {
    let clock = ContinuousClock()
    for document in hostile {
        let start = clock.now
        let result = outcome(of: document.yaml)
        let taken = clock.now - start
        #expect(result.hasPrefix(document.start), "\(document.title): \(result.prefix(80))")
        // Unoptimised, on a busy machine; what is quadratic would take minutes.
        #expect(taken < .seconds(20), "\(document.title): \(taken)")
    }
}

@Test func aBillionLaughsAreRefused() {
    var yaml = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for (name, before) in zip("bcdefghi", "abcdefgh") {
        yaml += "\(name): &\(name) [" + Array(repeating: "*\(before) ", count: 9).joined(separator: ",") + "]\n"
    }
    #expect(outcome(of: yaml).contains("the aliases of this file expand to too much"))
}

@Test func aliasesOfALongTextAreRefused() {
    let yaml = "- &a " + String(repeating: "x", count: 500_000) + "\n" + String(repeating: "- *a\n", count: 20)
    #expect(outcome(of: yaml).hasPrefix("18:3: the aliases of this file expand to too much"))
}

@Test func aliasesMayAddAHundredThousandNodesAndNoMore() throws {
    // One anchored list is 100 nodes with its 99 items; a thousand aliases of it are the limit.
    let list = "- &a [" + String(repeating: "x,", count: 99) + "]\n"
    _ = try parseYAML(Array((list + String(repeating: "- *a\n", count: 1000)).utf8))
    #expect(throws: YAMLError.self) { try parseYAML(Array((list + String(repeating: "- *a\n", count: 1001)).utf8)) }
}

@Test func nestingMayBe256DeepAndNoMore() throws {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(outcome(of: nested(256)) == nested(256))
    #expect(outcome(of: nested(257)) == "1:257: nested too deeply: more than 256 levels")
    let block = (0..<256).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    _ = try parseYAML(Array(block.utf8))
    #expect(outcome(of: block + String(repeating: " ", count: 256) + "a:\n") == "257:257: nested too deeply: more than 256 levels")
    #expect(outcome(of: String(repeating: "- ", count: 256) + "a\n").hasPrefix("[[["))
    #expect(outcome(of: String(repeating: "- ", count: 257) + "a\n") == "1:513: nested too deeply: more than 256 levels")
}

@Test func aliasesCannotEscapeTheDepthLimit() {
    let deep = "a: &a " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "\n"
    let shallow = "b: " + String(repeating: "[", count: 50) + "*a " + String(repeating: "]", count: 50) + "\n"
    #expect(outcome(of: deep + shallow).hasPrefix("{\"a\""))
    let tooDeep = "b: " + String(repeating: "[", count: 56) + "*a " + String(repeating: "]", count: 56) + "\n"
    #expect(outcome(of: deep + tooDeep) == "2:62: nested too deeply: more than 256 levels")
}

@Test func aKeyMayBe1024CharactersLongAndNoMore() {
    let key = String(repeating: "é", count: 1024)
    #expect(outcome(of: key + ": 1") == "{\"\(key)\":1}")
    #expect(outcome(of: key + "é: 1") == "1:1: the key is longer than 1024 characters")
    #expect(outcome(of: "? " + key + "é\n: 1") == "{\"\(key)é\":1}")
}
