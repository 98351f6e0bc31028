import Diagnostics
import Testing

private func rendered(_ line: Int, _ column: Int, length: Int = 1, in source: String, hint: String? = nil) -> String {
    let diagnostic = Diagnostic(at: SourcePosition(line: line, column: column), length: length, "wrong", hint: hint)
    return render(diagnostic, file: "f.yaml", source: Array(source.utf8))
}

@Test func aDiagnosticShowsTheLineACaretAndAHint() {
    #expect(
        rendered(2, 4, length: 3, in: "a: 1\nb: xyz\nc: 2\n", hint: "leave it out") == """
            f.yaml:2:4: error: wrong
            b: xyz
               ^^^
            hint: leave it out

            """)
}

@Test func aDiagnosticWithoutAPositionIsOneLine() {
    let diagnostic = Diagnostic(.warning, at: nil, "not used yet")
    #expect(render(diagnostic, file: "f.yaml", source: Array("a\n".utf8)) == "f.yaml: warning: not used yet\n")
}

@Test func aPositionAtTheEndOfALineOrFileStillHasACaret() {
    #expect(rendered(1, 3, in: "ab\nc") == "f.yaml:1:3: error: wrong\nab\n  ^\n")
    #expect(rendered(2, 1, in: "ab\n") == "f.yaml:2:1: error: wrong\n\n^\n")
    #expect(rendered(1, 1, in: "") == "f.yaml:1:1: error: wrong\n\n^\n")
}

@Test func aPositionBehindTheFileShowsNoLine() {
    #expect(rendered(9, 1, in: "ab\n") == "f.yaml:9:1: error: wrong\n")
    #expect(rendered(1, 99, length: 99, in: "ab\n") == "f.yaml:1:99: error: wrong\nab\n  ^\n")
}

@Test(arguments: ["a\r\nbc\r\nd", "a\rbc\rd", "\u{FEFF}a\nbc\nd"])
func linesAreFoundWithEveryKindOfBreak(source: String) {
    #expect(rendered(2, 2, in: source) == "f.yaml:2:2: error: wrong\nbc\n ^\n")
}

@Test func aByteOrderMarkIsNotShown() {
    #expect(rendered(1, 2, in: "\u{FEFF}abc") == "f.yaml:1:2: error: wrong\nabc\n ^\n")
}

@Test func whatDisturbsATerminalIsMadeVisible() {
    #expect(rendered(1, 1, in: "\ta\u{1B}[31m\u{7F}\u{202E}\u{9B}") == "f.yaml:1:1: error: wrong\n→a␛[31m␡\u{FFFD}\u{FFFD}\n^\n")
    let invalid = render(Diagnostic(at: SourcePosition(line: 1, column: 2), "wrong"), file: "f", source: [0x61, 0xFF, 0x62])
    #expect(invalid == "f:1:2: error: wrong\na\u{FFFD}b\n ^\n")
}

@Test func theCaretStandsUnderWideAndCombiningCharacters() {
    #expect(rendered(1, 3, in: "漢字x") == "f.yaml:1:3: error: wrong\n漢字x\n    ^\n")
    #expect(rendered(1, 3, in: "e\u{301}x") == "f.yaml:1:3: error: wrong\ne\u{301}x\n ^\n")
    #expect(rendered(1, 1, in: "漢x") == "f.yaml:1:1: error: wrong\n漢x\n^^\n")
}

@Test func aLongLineIsCutAroundThePosition() {
    let source = String(repeating: "a", count: 500) + "X" + String(repeating: "b", count: 500)
    let lines = rendered(1, 501, in: source).split(separator: "\n").map(String.init)
    #expect(lines[1] == "…" + String(repeating: "a", count: 60) + "X" + String(repeating: "b", count: 39) + "…")
    #expect(lines[2] == String(repeating: " ", count: 61) + "^")
    let first = rendered(1, 1, in: source).split(separator: "\n").map(String.init)
    #expect(first[1] == String(repeating: "a", count: 100) + "…")
    #expect(first[2] == "^")
    let last = rendered(1, 1001, in: source).split(separator: "\n").map(String.init)
    #expect(last[1] == "…" + String(repeating: "b", count: 100))
}

@Test func positionsAreOrderedByLineThenColumn() {
    let places = [SourcePosition(line: 1, column: 9), SourcePosition(line: 2, column: 1), SourcePosition(line: 2, column: 3)]
    #expect(places.reversed().sorted() == places)
}

private let fields = ["name", "command", "approval_required", "approval_timeout_mins", "schedule", "events", "tz", "max_concurrent"]

@Test(arguments: [
    ("nmae", "name"), ("Name", "name"), ("comand", "command"), ("commnad", "command"), ("aproval_required", "approval_required"),
    ("approval-timeout-mins", "approval_timeout_mins"), ("shedule", "schedule"), ("event", "events"), ("maxconcurrent", "max_concurrent"),
    ("zt", "tz"), ("tzz", "tz"),
    ("", nil), ("x", nil), ("retries", nil), ("ab", nil), ("approval", nil), ("nnnn", nil),
] as [(String, String?)])
func aSlipFindsTheWordThatWasMeant(word: String, expected: String?) {
    #expect(closestMatch(word, in: fields) == expected)
}

@Test func theNearestCandidateWinsAndThenTheFirst() {
    #expect(closestMatch("cart", in: ["cards", "card", "care"]) == "card")
    #expect(closestMatch("cart", in: []) == nil)
    #expect(closestMatch(String(repeating: "a", count: 100_000), in: fields) == nil)
}
