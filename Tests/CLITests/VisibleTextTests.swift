import CLI
import Testing

struct VisibleTextTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("Größe 東京 👍🏽", "Größe 東京 👍🏽"),
        ("a\u{1B}[2Jb", "a\\x1b[2Jb"),
        ("one\r\ntwo", "one\\r\\ntwo"),
        ("tab\there", "tab\\there"),
        ("\u{7F}\u{9B}31m", "\\x7f\\x9b31m"),
        ("safe\u{202E}exe.", "safe\\u{202e}exe."),
        ("in\u{200B}visible", "in\\u{200b}visible"),
        ("line\u{2028}separator", "line\\u{2028}separator"),
        ("👩\u{200D}🔧", "👩\u{200D}🔧"),
    ])
    func whatCouldDeceiveIsWrittenAsAnEscape(text: String, expected: String) {
        #expect(visible(text) == expected)
    }

    @Test func linesAndTabsStayWhereTheyAreWanted() {
        #expect(visible("a\tb\nc\u{07}\r\n", keepingLines: true) == "a\tb\nc\\x07\\r\n")
    }

    @Test func noControlCharacterOfAnyByteStringGetsThrough() {
        for byte in UInt8.min...UInt8.max {
            let shown = visible([0x61, byte, 0x62], limit: 100)
            for scalar in shown.unicodeScalars where scalar != "\n" && scalar != "\t" {
                #expect(scalar.properties.generalCategory != .control, "byte \(byte)")
            }
        }
    }

    @Test func bytesAreCutAtTheLimit() {
        #expect(visible(Array("abcdef".utf8), limit: 3) == "abc")
    }

    @Test(arguments: [
        (["deploy", "--env=prod"], "deploy --env=prod"),
        (["echo", "two words", ""], "echo 'two words' ''"),
        (["sh", "-c", "it's $HOME"], "sh -c 'it'\\''s $HOME'"),
        (["a\nb\\c'd"], "$'a\\nb\\\\c\\'d'"),
        (["*"], "'*'"),
    ])
    func wordsShowWhereTheyBeginAndEnd(words: [String], expected: String) {
        #expect(shellWords(words) == expected)
    }

    @Test(arguments: [("abc", 3), ("東京", 4), ("e\u{301}", 1), ("👍🏽", 2), ("❤\u{FE0F}", 2), ("", 0)])
    func widthCountsColumns(text: String, columns: Int) {
        #expect(displayWidth(text) == columns)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("東京都庁", 6, "東京…"), ("東京都庁", 5, "東京…"), ("abc", 0, ""), ("abc", 1, "…"),
    ])
    func truncationKeepsToTheWidth(text: String, width: Int, expected: String) {
        #expect(truncated(text, to: width) == expected)
        #expect(displayWidth(expected) <= width)
    }

    @Test(
        arguments: [
            (0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (7500, "2h 5m"), (86_400, "1d"), (360_000, "4d 4h"),
            (-5, "0s"),
        ] as [(Int64, String)])
    func durationsAreShort(seconds: Int64, expected: String) {
        #expect(shortDuration(seconds: seconds) == expected)
    }

    @Test(arguments: [(0, "0 ms"), (999, "999 ms"), (1000, "1.0 s"), (59_999, "59.9 s"), (60_000, "1m")] as [(Int64, String)])
    func runDurationsAreReadable(milliseconds: Int64, expected: String) {
        #expect(runDuration(milliseconds: milliseconds) == expected)
    }
}
