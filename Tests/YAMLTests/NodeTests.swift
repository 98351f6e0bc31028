import Diagnostics
import Testing
import YAML

private func parse(_ yaml: String) throws -> YAMLNode { try parseYAML(Array(yaml.utf8)) }

private func span(_ node: YAMLNode) -> String {
    "\(node.start.line):\(node.start.column)-\(node.end.line):\(node.end.column)"
}

/// Every node of the tree with its place, keys before values.
private func spans(_ node: YAMLNode) -> [String] {
    switch node.content {
    case .scalar(let scalar): [span(node) + " " + scalar.text]
    case .sequence(let items): [span(node) + " []"] + items.flatMap(spans)
    case .mapping(let entries): [span(node) + " {}"] + entries.flatMap { spans($0.keyNode) + spans($0.value) }
    }
}

@Test(arguments: [
    ("a: b\n", ["1:1-1:5 {}", "1:1-1:2 a", "1:4-1:5 b"]),
    ("- a\n- 'b'  # c\n", ["1:1-2:6 []", "1:3-1:4 a", "2:3-2:6 b"]),
    ("a:\n  - b\n\n# c\n", ["1:1-2:6 {}", "1:1-1:2 a", "2:3-2:6 []", "2:5-2:6 b"]),
    ("é: [ö, ü]\n", ["1:1-1:10 {}", "1:1-1:2 é", "1:4-1:10 []", "1:5-1:6 ö", "1:8-1:9 ü"]),
    ("a: b\n  c\nd:\n", ["1:1-3:3 {}", "1:1-1:2 a", "1:4-2:4 b c", "3:1-3:2 d", "3:3-3:3 "]),
    ("a: |\n  b\n  c\n\n", ["1:1-3:4 {}", "1:1-1:2 a", "1:4-3:4 b\nc\n"]),
    ("{a: , b}\n", ["1:1-1:9 {}", "1:2-1:3 a", "1:4-1:4 ", "1:7-1:8 b", "1:8-1:8 "]),
    ("[a: b]\n", ["1:1-1:7 []", "1:2-1:6 {}", "1:2-1:3 a", "1:5-1:6 b"]),
    ("- &x a\n- *x\n", ["1:1-2:5 []", "1:3-1:7 a", "2:3-2:5 a"]),
    ("&x\na: b\n", ["1:1-2:5 {}", "2:1-2:2 a", "2:4-2:5 b"]),
    ("? a\n: b\n", ["1:1-2:4 {}", "1:3-1:4 a", "2:3-2:4 b"]),
    ("\u{FEFF}a\n", ["1:1-1:2 a"]),
])
func nodesKnowTheirPlace(yaml: String, expected: [String]) throws {
    #expect(spans(try parse(yaml)) == expected)
}

@Test func scalarsKnowTheirStyleAndValue() throws {
    let node = try parse("[1, '1', \"1\", 1.5, ~, true, a, 99999999999999999999, .inf, ]\n")
    guard case .sequence(let items) = node.content else { return #expect(Bool(false)) }
    let scalars = items.compactMap { if case .scalar(let scalar) = $0.content { scalar } else { nil } }
    #expect(scalars.map(\.style) == [.plain, .singleQuoted, .doubleQuoted] + Array(repeating: .plain, count: 6))
    #expect(scalars.map(\.value) == [
        .int(1), .string, .string, .float(1.5), .null, .bool(true), .string, .bigInt("99999999999999999999"), .float(.infinity),
    ])
}

@Test func blockScalarsKnowTheirStyle() throws {
    guard case .sequence(let items) = try parse("- |\n  a\n- >\n  b\n").content,
        case .scalar(let literal) = items[0].content, case .scalar(let folded) = items[1].content
    else { return #expect(Bool(false)) }
    #expect(literal.style == .literal)
    #expect(folded.style == .folded)
}

@Test(arguments: [
    ("[.inf]\n", "1:2: JSON has no number for .inf"), ("a: -.Inf\n", "1:4: JSON has no number for -.Inf"),
    ("a:\n  - .nan\n", "2:5: JSON has no number for .nan"), ("a: 1e999\n", "1:4: JSON has no number for 1e999"),
])
func numbersWithoutAJSONFormAreRefusedInJSONOnly(yaml: String, expected: String) throws {
    _ = try parse(yaml)
    #expect(outcome(of: yaml) == expected)
}

@Test func JSONEscapesWhatItMust() {
    #expect(outcome(of: #""\0\a\b\t\n\v\f\r\e\"\\/\x7F\u2028é""#) == #""\u0000\u0007\b\t\n\u000b\f\r\u001b\"\\/\#u{7F}\#u{2028}é""#)
    #expect(outcome(of: #""a\"b": 1"#) == #"{"a\"b":1}"#)
}

@Test func prettyJSONIsIndentedByTwo() {
    #expect(
        outcome(of: Array("a: [1, {b: c}]\nd: []\ne: {}\n".utf8), pretty: true) == """
            {
              "a": [
                1,
                {
                  "b": "c"
                }
              ],
              "d": [],
              "e": {}
            }
            """)
}

@Test func keysAreComparedByTheirBytes() {
    #expect(outcome(of: "\u{E9}: 1\ne\u{301}: 2\n") == "{\"\u{E9}\":1,\"e\u{301}\":2}")
}

@Test(arguments: [
    ([0x61, 0x3A, 0x20, 0xFF], "1:4: the byte 0xFF is not valid UTF-8 here"),
    ([0x61, 0x0A, 0xC3, 0x28], "2:1: the byte 0xC3 is not valid UTF-8 here"),
    ([0xC3], "1:1: the byte 0xC3 is not valid UTF-8 here"),
    ([0xC0, 0x80], "1:1: the byte 0xC0 is not valid UTF-8 here"),
    ([0xE0, 0x80, 0x80], "1:1: the byte 0xE0 is not valid UTF-8 here"),
    ([0xED, 0xA0, 0x80], "1:1: the byte 0xED is not valid UTF-8 here"),
    ([0xF4, 0x90, 0x80, 0x80], "1:1: the byte 0xF4 is not valid UTF-8 here"),
    ([0xF0, 0x9F, 0x98], "1:1: the byte 0xF0 is not valid UTF-8 here"),
    ([0xC3, 0xA9, 0x80], "1:2: the byte 0x80 is not valid UTF-8 here"),
    ([0xFF, 0xFE, 0x61, 0x00], "1:1: the file is UTF-16 or UTF-32"),
    ([0xFE, 0xFF, 0x00, 0x61], "1:1: the file is UTF-16 or UTF-32"),
] as [([UInt8], String)])
func malformedUTF8IsRefusedAtItsPlace(bytes: [UInt8], expected: String) {
    #expect(outcome(of: bytes) == expected)
}

@Test func everyControlCharacterIsRefused() {
    for byte in UInt8(0)..<0x20 where ![0x09, 0x0A, 0x0D].contains(byte) {
        #expect(outcome(of: Array("a: '".utf8) + [byte, 0x27]).hasPrefix("1:5: the control character 0x"))
    }
}
