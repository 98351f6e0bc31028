import Testing

import Bytes

@Suite struct ScanningTests {
    private func scan<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withBytes(of: text, body)
    }

    @Test func bytesAreFoundFromAGivenStart() {
        #expect(scan("a:b:c") { $0.firstOffset(of: ASCII.colon) } == 1)
        #expect(scan("a:b:c") { $0.firstOffset(of: ASCII.colon, from: 2) } == 3)
        #expect(scan("a:b:c") { $0.firstOffset(of: ASCII.colon, from: 4) } == nil)
        #expect(scan("a:b:c") { $0.firstOffset(of: ASCII.colon, from: 9) } == nil)
        #expect(scan("") { $0.firstOffset(of: ASCII.colon) } == nil)
    }

    @Test(arguments: [
        ("abcabd", "abd", 3), ("aaab", "aab", 1), ("abc", "abcd", nil), ("abc", "", 0), ("", "a", nil), ("ab", "b", 1), ("ababa", "bb", nil),
    ] as [(String, String, Int?)])
    func textIsFoundInText(text: String, needle: String, expected: Int?) {
        #expect(scan(text) { buffer in scan(needle) { buffer.firstOffset(of: $0) } } == expected)
    }

    @Test func blanksAreTrimmedAtBothEndsOnly() {
        #expect(scan(" \ta b\t ") { [UInt8]($0.trimmingBlanks()) } == [UInt8]("a b".utf8))
        #expect(scan(" \t ") { $0.trimmingBlanks().count } == 0)
        #expect(scan("\na ") { [UInt8]($0.trimmingBlanks()) } == [UInt8]("\na".utf8))
    }

    @Test(arguments: [
        ("Content-Length", "content-LENGTH", true), ("a", "ab", false), ("@", "`", false), ("[", "{", false), ("é", "É", false),
        ("k", "\u{212A}", false), ("", "", true),
    ])
    func onlyASCIILettersDifferInCase(a: String, b: String, equal: Bool) {
        #expect(asciiCaseInsensitiveEqual(a, b) == equal)
        #expect(asciiCaseInsensitiveEqual([UInt8](a.utf8), [UInt8](b.utf8)) == equal)
    }

    @Test(arguments: [
        ("0", 0), ("007", 7), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("99999999999999999999", nil), ("", nil),
        ("-1", nil), ("+1", nil), (" 1", nil), ("1 ", nil), ("1_0", nil), ("٣", nil), ("0x1", nil),
    ] as [(String, UInt64?)])
    func decimalNumbersAreDigitsAndNothingElse(text: String, expected: UInt64?) {
        #expect(parseDecimal(text) == expected)
    }

    @Test func integersAboveIntMaxAreRefused() {
        #expect(parseDecimalInt("9223372036854775807") == Int.max)
        #expect(parseDecimalInt("9223372036854775808") == nil)
    }

    @Test func numbersAreWrittenInDecimalAndHexadecimal() {
        func decimal(_ value: Int) -> String {
            var output: [UInt8] = []
            appendDecimal(value, to: &output)
            return String(decoding: output, as: UTF8.self)
        }
        for value in [0, 9, 10, -1, 12345, Int.max, Int.min] { #expect(decimal(value) == String(value)) }
        for value in [0, 1, 15, 16, 255, 4096, UInt64.max] {
            var output: [UInt8] = []
            appendHexadecimal(value, to: &output)
            #expect(String(decoding: output, as: UTF8.self) == String(value, radix: 16))
        }
        var padded: [UInt8] = []
        appendDecimal(7, width: 3, to: &padded)
        appendDecimal(1234, width: 3, to: &padded)
        #expect(padded == [UInt8]("0071234".utf8))
    }
}

@Suite struct UTF8Tests {
    @Test(arguments: [
        [0x61], [0xC2, 0x80], [0xDF, 0xBF], [0xE0, 0xA0, 0x80], [0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
        [0xF0, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [],
    ] as [[UInt8]])
    func theEdgesOfEachLengthAreWellFormed(bytes: [UInt8]) {
        #expect(isValidUTF8(bytes))
        #expect(utf8String(bytes).map { [UInt8]($0.utf8) } == bytes)
    }

    @Test(arguments: [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF], [0xE0, 0xA0], [0xED, 0xA0, 0x80],
        [0xEF, 0xBF, 0xC0], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF0, 0x90, 0x80], [0xFF],
    ] as [[UInt8]])
    func overlongFormsSurrogatesAndCutSequencesAreNot(bytes: [UInt8]) {
        let padded = [UInt8](repeating: 0x61, count: 11) + bytes
        #expect(!isValidUTF8(bytes))
        #expect(padded.withUnsafeBytes { firstInvalidUTF8($0) } == 11)
        #expect(utf8String(bytes) == nil)
        #expect(lossyString(bytes).unicodeScalars.contains("\u{FFFD}"))
    }

    /// The standard library validates too: both must agree on random bytes that are nearly UTF-8.
    @Test func validationAgreesWithTheStandardLibrary() {
        let seed: UInt64 = 20260
        var generator = SplitMix64(seed: seed)
        let units: [UInt8] = [0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF4, 0xF5]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in units.randomElement(using: &generator) ?? 0 }
            #expect(isValidUTF8(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "seed \(seed): \(bytes)")
        }
    }
}
