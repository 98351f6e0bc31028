@testable import Alerts
import TestKit
import Testing

@Suite struct AlertChannelShownTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\u{202E}b", "a⟨U+202E⟩b"), ("a\nb\t", "a⟨U+000A⟩b⟨U+0009⟩"), ("\u{200B}\u{200B}\u{200B}\u{200B}", "⟨U+200B × 4⟩"),
        ("⟨U+202E⟩", "⟨U+27E8⟩U+202E⟩"), ("\0", "⟨U+0000⟩"), ("e\u{301}", "e\u{301}"), ("שלום", "\u{2068}שלום\u{2069}"), ("", ""), ("❤️", "❤⟨U+FE0F⟩"),
    ])
    func `an unseen character is named`(_ text: String, _ shown: String) {
        #expect(show(text, TextStyle(), limit: 100).text == shown)
        #expect(show(text, TextStyle(), limit: 100).cutBytes == 0)
    }

    @Test func `in a block lines stay, and right-to-left letters keep their place`() {
        #expect(show("a\nrm שלום x\r\nb", TextStyle().block, limit: 100).text == "a\n\u{202D}rm שלום x\u{202C}⟨U+000D⟩\nb")
        #expect(show("a```b`", TextStyle(isFenced: true).block, limit: 100).text == "a⟨U+0060⟩⟨U+0060⟩⟨U+0060⟩b⟨U+0060⟩")
        #expect(show("a``b`", TextStyle(isFenced: true).block, limit: 100).text == "a``b`")
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef", 0), ("abcdefg", 6, "abcde…", 2), ("ab👩‍👩‍👧‍👦", 6, "ab…", 25), ("e\u{301}e\u{301}e\u{301}", 5, "e\u{301}e\u{301}…", 3),
        ("<<<", 11, "&lt;&lt;…", 1), ("<<<", 12, "&lt;&lt;&lt;", 0), ("a" + String(repeating: "\u{301}", count: 50), 20, "…", 101),
    ])
    func `a cut is never within a character or an escape`(_ text: String, _ limit: Int, _ shown: String, _ cut: Int) {
        let result = show(text, SlackStyle.markup, limit: limit)
        #expect(result.text == shown)
        #expect(result.cutBytes == cut)
    }

    @Test func `the end can be what stays`() {
        let result = show("first\nsecond\nthird", TextStyle().block, limit: 7, keeping: .end)
        #expect(result.text == "…\nthird")
        #expect(result.cutBytes == 12)
    }

    /// What is shown stands for exactly one text, and the limit holds in each way of counting.
    @Test func `a hostile text can be read back from what is shown of it`() throws {
        let seed = fuzzSeed(standard: 0x5107)
        print("shown texts: SLUICE_FUZZ_SEED=\(seed)")
        var source = HostileText(random: SplitMix64(seed: seed))
        for round in 0..<fuzzRounds(short: 300) {
            let text = source.text()
            let limit = 40 + source.random.below(3000)
            for style in [TextStyle(), SlackStyle.markup.block, TextStyle(unit: .utf8).block, TextStyle(unit: .json)] {
                for end in [CutEnd.start, .end] {
                    let shown = show(text, style, limit: limit, keeping: end)
                    let problem = problem(shown, of: text, style, limit, end)
                    guard problem == nil else {
                        Issue.record("seed \(seed), round \(round), limit \(limit), \(end): \(problem ?? "")")
                        return
                    }
                }
            }
        }
    }

    private func problem(_ shown: ShownText, of text: String, _ style: TextStyle, _ limit: Int, _ end: CutEnd) -> String? {
        if style.unit.cost(shown.text) > limit { return "\(style.unit.cost(shown.text)) units" }
        if let unseen = unseenIn(shown.text).first { return unseen }
        var visible = shown.text
        if shown.cutBytes > 0 {
            visible.dropEllipsis(at: end == .start)
            guard visible.unicodeScalars.count < shown.text.unicodeScalars.count else { return "the cut is not seen" }
        }
        if style.escape("<") != nil {
            visible = visible.unescaped
            if shown.text.utf8.contains(UInt8(ascii: "<")) { return "something is not escaped" }
        }
        let read = Array(unmarked(visible).utf8)
        let bytes = Array(text.utf8)
        let kept = bytes.count - shown.cutBytes
        let expected = end == .start ? Array(bytes.prefix(kept)) : Array(bytes.suffix(kept))
        if read == expected { return nil }
        return "\(read.count) bytes for \(expected.count): \(shown.text.prefix(40).unicodeScalars.map { String($0.value, radix: 16) })"
    }
}

/// The text that marks stand for.
func unmarked(_ shown: String) -> String {
    var output = String.UnicodeScalarView()
    var scalars = Array(shown.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
        if "\u{202D}\u{202C}\u{2068}\u{2069}".unicodeScalars.contains(scalar) { continue }
        guard scalar == "⟨" else {
            output.append(scalar)
            continue
        }
        var inside = ""
        while let next = scalars.popFirst(), next != "⟩" { inside.unicodeScalars.append(next) }
        let parts = inside.pieces(between: " × ")
        let count = parts.count == 2 ? Int(parts[1].literally(",", "")) ?? 0 : 1
        guard let value = UInt32(parts[0].dropFirst(2), radix: 16), let marked = Unicode.Scalar(value) else { return "no mark: \(inside)" }
        output.append(contentsOf: repeatElement(marked, count: count))
    }
    return String(output)
}
