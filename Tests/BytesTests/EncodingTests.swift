import Testing

import Bytes

@Suite struct EncodingTests {
    @Test func hexadecimalIsWrittenInLowerCaseAndReadInBoth() {
        #expect(hexEncode([0x00, 0x0F, 0xA0, 0xFF]) == "000fa0ff")
        #expect(hexEncode([]) == "")
        #expect(hexDecode("000FA0ff") == [0x00, 0x0F, 0xA0, 0xFF])
        #expect(hexDecode("") == [])
    }

    @Test(arguments: ["0", "abc", "0g", "g0", " 00", "0x00", "é0", "00\n0"])
    func hexadecimalRefusesWhatIsNoPairOfDigits(text: String) {
        #expect(hexDecode(text) == nil)
    }

    /// RFC 4648 section 10, and the bytes where the alphabets differ.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64FollowsTheVectorsOfRFC4648(plain: String, encoded: String) {
        #expect(base64Encode([UInt8](plain.utf8)) == encoded)
        #expect(base64Decode(encoded) == [UInt8](plain.utf8))
        let bare = String(encoded.prefix { $0 != "=" })
        #expect(base64Encode([UInt8](plain.utf8), padded: false) == bare)
        #expect(base64Decode(bare, padding: .forbidden) == [UInt8](plain.utf8))
        #expect(base64Decode(bare, padding: .optional) == [UInt8](plain.utf8))
        #expect(base64Decode(encoded, padding: .optional) == [UInt8](plain.utf8))
        if bare != encoded {
            #expect(base64Decode(bare) == nil)
            #expect(base64Decode(encoded, padding: .forbidden) == nil)
        }
    }

    @Test func theAlphabetsOfBase64DifferInTwoCharacters() {
        #expect(base64Encode([0xFB, 0xEF, 0xFF]) == "++//")
        #expect(base64Encode([0xFB, 0xEF, 0xFF], alphabet: .url) == "--__")
        #expect(base64Decode("--__", alphabet: .url) == [0xFB, 0xEF, 0xFF])
        #expect(base64Decode("--__") == nil)
        #expect(base64Decode("++//", alphabet: .url) == nil)
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "=", "==", "====", "Zg==Zg==", "Zm9v=", "Zm9v====", "Zm 9", "Zm9v\n", "Zm9\u{0}",
    ])
    func base64RefusesLooseSpellings(text: String) {
        #expect(base64Decode(text) == nil)
    }

    @Test func everyByteValueSurvivesEachEncoding() {
        var generator = SplitMix64(seed: 7)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(hexDecode(hexEncode(bytes)) == bytes)
            #expect(base64Decode(base64Encode(bytes)) == bytes)
            #expect(base64Decode(base64Encode(bytes, alphabet: .url, padded: false), alphabet: .url, padding: .forbidden) == bytes)
            #expect([UInt8](percentEncode(bytes).utf8).withUnsafeBytes { percentDecode($0) } == bytes)
        }
    }

    @Test func percentEncodingKeepsOnlyUnreservedCharacters() {
        #expect(percentEncode("azAZ09-._~") == "azAZ09-._~")
        #expect(percentEncode("a b/c?d=é") == "a%20b%2Fc%3Fd%3D%C3%A9")
        #expect(percentEncode("/a b", keeping: "/") == "/a%20b")
    }

    @Test(arguments: [
        ("", ""), ("a+b", "a+b"), ("%41", "A"), ("%c3%A9", "é"), ("%25", "%"), ("%2541", "%41"), ("%00", "\0"),
    ] as [(String, String)])
    func percentDecodingReadsEscapes(text: String, plain: String) {
        #expect(percentDecode(text) == plain)
    }

    @Test(arguments: ["%", "%4", "a%", "%4g", "%g4", "%%41", "%-1", "%+1", "% 1", "%ff", "%C3"])
    func percentDecodingRefusesMalformedEscapesAndBytesThatAreNotUTF8(text: String) {
        #expect(percentDecode(text) as String? == nil)
    }

    @Test func htmlEscapingCoversTextAndAttributes() {
        #expect(htmlEscape("<a href='x' title=\"y\">&amp;</a>") == "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;")
        #expect(htmlEscape("plain é") == "plain é")
        var output: [UInt8] = [0x2E]
        appendHTMLEscaped("<", to: &output)
        #expect(output == [UInt8](".&lt;".utf8))
    }
}

/// A small generator with a known seed (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
