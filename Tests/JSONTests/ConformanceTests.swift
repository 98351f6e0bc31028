import Testing

import JSON

/// A table in the manner of the JSON test suites: what every parser must accept, and what it must refuse. Parser and
/// validator must agree on each row.
@Suite struct ConformanceTests {
    static let accepted: [String] = [
        "[]", "{}", " [] ", "\t\r\n{}\n", "[[]]", "[[],[[]]]", "[{}]", "null", "true", "false", "0", "-0", "\"\"", "\" \"",
        "[1]", "[1,2]", "[ 1 , 2 ]", "[null,1,\"1\",{}]", "[0.1]", "[-0.1]", "[1e1]", "[1E1]", "[1e+1]", "[1e-1]", "[0e1]", "[0e+1]", "[0.0e0]",
        "[-1]", "[-0.0]", "[123456789012345678901234567890]", "[1.7976931348623157e309]", "[123.456e78]", "[20e1]", "[1.5E+9999]",
        "{\"\":0}", "{\"a\":{\"b\":[]}}", "{\"a\":1,\"b\":2}", "{ \"a\" : 1 , \"b\" : 2 }", "{\"a\":[]}",
        #"["\u0060\u012a\u12AB"]"#, #"["\uD801\udc37"]"#, #"["\ud83d\ude39\ud83d\udc8d"]"#, #"["\"\\\/\b\f\n\r\t"]"#, #"["\\u0000"]"#,
        #"["\""]"#, #"["\u0000"]"#, #"["\u0022"]"#, #"["\uFFFF"]"#, #"["\uFDD0"]"#, #"["a/*b*/c/*d//e"]"#,
        // Lone surrogates follow the grammar.
        #"["\uD800"]"#, #"["\uDC00"]"#, #"["\uD800\uD800"]"#, #"["\uD800a"]"#, #"["\uD800\n"]"#, #"["\uDd1ea"]"#,
        "[\"\u{7F}\"]", "[\"é€😀\"]", "[\"\u{2028}\u{2029}\"]", "[\"\u{FEFF}\"]", "\"12345678\"", "\"1234567\\n8901234567890123\"",
    ]

    static let refused: [String] = [
        "", " ", "\u{FEFF}[]", "[", "]", "{", "}", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1,,2]", "[1 2]", "[1:2]", "[1]]", "[1]x", "[]{}", "1 2",
        "[[]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\"}", "{\"a\" 1}", "{a:1}", "{'a':1}", "{1:1}",
        "{null:1}", "{\"a\"::1}", "{\"a\":1,,\"b\":2}", "{\"a\":1 \"b\":2}", "{\"a\":1]", "[1}", "{[}", "[{]", "{\"a\":1}#", "{\"a\":1}}",
        "nul", "nulll", "Null", "TRUE", "truE", "fals", "True", "undefined", "NaN", "Infinity", "-Infinity", "[nan]", "[tru]", "[inf]",
        "+1", "-", "--1", "01", "-01", "00", "1.", ".1", "-.1", "1.e1", "1e", "1e+", "1E-", "1e1.5", "1ee1", "1 e1", "0x10", "1_000", "1,5", "1a",
        "0e", "0e+", "0.", "[1.]", "[-]", "[- 1]", "[1+2]", "[1e 1]", "[٣]", "[１]", "1.2.3", "-1x",
        "\"", "\"a", "\"\\", "\"\\\"", "\"\\a\"", "\"\\'\"", "\"\\x00\"", "\"\\0\"", "\"\\u\"", "\"\\u1\"", "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"",
        "\"\\U0041\"", "\"\\u 041\"", "\"\\u+041\"", "\"\\uD83D\\u\"", "\"\\é\"", "\"\\\u{0}\"", "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "'a'",
        "[\"a\",\n\"\r\"]", "[1,\u{A0}2]", "[1,\u{0B}2]", "[\u{0C}]", "\u{2060}[]", "[]\u{0}", "\u{0}", "/**/1", "1//", "[1/**/]", "*", "<.>", "[<null>]",
        "{\"a\":\"b\"}/**/", "\"12345678\n\"", "\"1234567\u{1}89\"", "[\"a\" \"b\"]", "[\"\"],", "a", "[True]", "{\"x\", null}", "{\"\\z\":1}", "&", "=",
    ]

    @Test func everyAcceptedTextIsAValue() {
        for text in Self.accepted {
            #expect(validateJSON([UInt8](text.utf8)) == nil, "validator: \(text)")
            #expect((try? parseJSON(text)) != nil, "parser: \(text)")
        }
    }

    @Test func everyRefusedTextHasTheSameErrorInBoth() {
        for text in Self.refused {
            let error = validateJSON([UInt8](text.utf8))
            #expect(error != nil, "validator: \(text)")
            do {
                _ = try parseJSON(text)
                Issue.record("the parser accepted \(text)")
            } catch {
                #expect(error == validateJSON([UInt8](text.utf8)), "\(text)")
            }
        }
    }

    @Test(arguments: [
        [0xFF], [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xC3],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x5B, 0xE9, 0x5D], [0x31, 0xE9], [0x22, 0x5C, 0xE9, 0x22], [0x7B, 0x22, 0x80, 0x22, 0x3A, 0x31, 0x7D],
        [0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], [0xEF, 0xBB, 0xBF], [0x22, 0x5C, 0x75, 0x30, 0x30, 0xE9, 0x30, 0x22],
    ] as [[UInt8]])
    func bytesThatAreNotUTF8AreRefused(bytes: [UInt8]) {
        #expect(validateJSON(bytes) != nil)
        #expect(throws: JSONError.self) { try parseJSON(bytes) }
    }

    @Test func nestingIsBoundedOnBothSides() {
        func nested(_ depth: Int) -> [UInt8] { [UInt8]((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8) }
        #expect(validateJSON(nested(64)) == nil)
        #expect(validateJSON(nested(65))?.message == "nested deeper than 64 levels")
        #expect(validateJSON(nested(65))?.offset == 64)
        #expect((try? parseJSON(nested(64))) != nil)
        #expect(throws: JSONError.self) { try parseJSON(nested(65)) }
        #expect(validateJSON(nested(512), maxDepth: .max) == nil)
        #expect(validateJSON(nested(513), maxDepth: .max) != nil)
        #expect(validateJSON([UInt8](repeating: 0x5B, count: 1_000_000), maxDepth: .max) != nil)
        #expect(validateJSON(nested(1), maxDepth: 0) != nil)
        #expect(validateJSON([0x31], maxDepth: 0) == nil)
        #expect(validateJSON([UInt8](#"{"a":{"a":1}}"#.utf8), maxDepth: 1) != nil)
    }

    @Test(arguments: [
        ("[1,\n 2,\n  x]", 10, 3, 3, "unknown word: only true, false and null may stand without quotes"),
        ("{\"é\": ?}", 7, 1, 7, "expected a value"),
        ("[1,]", 2, 1, 3, "no comma is allowed before the closing bracket"),
        ("{\"a\":1 \"b\"}", 7, 1, 8, "expected ',' or '}'"),
        ("[\"abc]", 1, 1, 2, "the string that starts here is not closed"),
        ("{\"a\":[1,2}", 9, 1, 10, "expected ',' or ']'"),
        ("  {\"a\":1", 2, 1, 3, "the text ends before the value that starts here is closed"),
        ("{\"a\":1,\n\"a\":2}", 8, 2, 1, "the key \"a\" occurs twice in this object"),
        ("[\"a\tb\"]", 3, 1, 4, "control characters must be escaped in a string"),
        ("[1] 2", 4, 1, 5, "text after the end of the value"), ("-x", 1, 1, 2, "a number needs a digit here"),
    ] as [(String, Int, Int, Int, String)])
    func errorsSayWhereAndWhy(text: String, offset: Int, line: Int, column: Int, message: String) {
        do {
            _ = try parseJSON(text)
            Issue.record("accepted")
        } catch {
            #expect(error.offset == offset)
            #expect(error.line == line)
            #expect(error.column == column)
            #expect(error.message == message)
            #expect(error.description == "line \(line), column \(column): \(message)")
        }
    }
}
