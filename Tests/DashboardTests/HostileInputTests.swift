import Dashboard
import Glibc
import Model
import Testing

private let payloads = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
    "</pre></textarea></title><script>x</script>",
    "&lt;script&gt; &amp; &#x3c;", "<!-- --> <![CDATA[ ]]> <?php ?>", "javascript:alert(1)", "//evil.example/x", "a\u{0}b\u{1}\u{7F}\u{85}",
    "user\u{202E}gpj.exe\u{2066}\u{200B}\u{FEFF}", "<\u{338}script\u{301}>", "\u{1F468}\u{200D}\u{1F469} \u{E0041}",
    "\r\n\r\nSet-Cookie: x=1",
    "../../etc/passwd?x=1#y", "", " ", String(repeating: "x", count: 20_000), String(repeating: "<", count: 20_000),
    String(repeating: "\u{301}", count: 500), "{{7*7}} ${7*7} <%= 7*7 %>",
]

@Test func hostileTextNeverBecomesMarkup() throws {
    // The same pages with a harmless text have the same elements in the same order, whatever the payload says.
    let harmless = try Dictionary(uniqueKeysWithValues: allPages(hostile: "harmless").map { ($0.name, try StrictHTML($0.bytes)) })
    for payload in payloads {
        for (name, bytes) in allPages(hostile: payload) {
            let page = try StrictHTML(bytes)
            #expect(page.all("form").allSatisfy { $0.attributes["method"] == ($0.attributes["class"] == "panel filters" ? "get" : "post") }, "\(name)")
            let expected = try #require(harmless[name])
            #expect(page.all("form").count == expected.all("form").count, "\(name): \(payload.prefix(40))")
            #expect(page.all("button").count == expected.all("button").count)
            #expect(page.all("input").count == expected.all("input").count)
            #expect(page.all("img").count == expected.all("img").count)
            for attribute in page.elements.flatMap({ element in ["href", "src", "action"].compactMap { element.attributes[$0] } }) {
                #expect(
                    attribute == "#main" || (attribute.hasPrefix("/") && !attribute.hasPrefix("//")), "\(name): \(attribute.prefix(60))")
            }
        }
    }
}

@Test func unseenCharactersNeverReachThePage() throws {
    for payload in [
        "a\u{0}b", "\u{202E}", "\u{2066}x\u{2069}", "\u{200B}", "\u{FEFF}", "\u{AD}", "\u{E0041}", "\u{A0}", "\u{85}", "\r", "\u{2028}",
    ] {
        for (name, bytes) in allPages(hostile: payload) {
            let raw = String(decoding: bytes, as: UTF8.self).unicodeScalars
            for scalar in payload.unicodeScalars where scalar.value > 0x7F || scalar.value < 0x20 {
                #expect(!raw.contains(scalar), "\(name) holds U+\(String(scalar.value, radix: 16))")
            }
        }
    }
}

@Test func randomTextKeepsEveryPageWellFormed() throws {
    let rounds = getenv("SLUICE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 60
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SplitMix(state: seed)
    let pieces = payloads.filter { $0.utf8.count < 100 } + ["<", ">", "\"", "'", "&", "\u{0}", "\u{202E}", "é", "漢", "א", "=", "/", "`"]
    for _ in 0..<rounds {
        let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
        for (name, bytes) in allPages(hostile: text) {
            #expect(throws: Never.self, "\(name), seed \(seed), text \(text.debugDescription)") { try StrictHTML(bytes) }
        }
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
