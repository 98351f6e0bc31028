import Testing

import JSON

@Suite struct ValueTests {
    @Test func valuesAreReachedByKeyAndIndex() throws {
        let value = try parseJSON(#"{"a":{"b":[1,"x",true,null,2.5]},"n":-7}"#)
        #expect(value["a"]?["b"]?[0]?.int == 1)
        #expect(value["a"]?["b"]?[1]?.string == "x")
        #expect(value["a"]?["b"]?[2]?.bool == true)
        #expect(value["a"]?["b"]?[3]?.isNull == true)
        #expect(value["a"]?["b"]?[4]?.double == 2.5)
        #expect(value["a"]?["b"]?[5] == nil)
        #expect(value["a"]?["b"]?[-1] == nil)
        #expect(value["n"]?.int64 == -7)
        #expect(value["zz"] == nil)
        #expect(value["n"]?["a"] == nil)
        #expect(value["n"]?.string == nil)
        #expect(value.kind == "an object")
    }

    @Test(arguments: [
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0000x""#, "\0x"), (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud83dx\ude00""#, "\u{FFFD}x\u{FFFD}"), (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""é\né""#, "é\né"),
    ])
    func escapesBecomeTheirCharactersAndLoneSurrogatesTheReplacement(text: String, expected: String) throws {
        #expect(try parseJSON(text).string.map { Array($0.unicodeScalars) } == Array(expected.unicodeScalars))
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min), ("9223372036854775808", nil), ("1.0", 1),
        ("1e3", 1000), ("1.5", nil), ("1e400", nil), ("9007199254740992.0", 9_007_199_254_740_992), ("9007199254740994.0", nil), ("-2E0", -2),
    ] as [(String, Int64?)])
    func numbersGiveIntegersOnlyWhenExact(text: String, expected: Int64?) throws {
        let value = try parseJSON(text)
        #expect(value.int64 == expected)
        #expect(value.number?.text == text)
        #expect(value.encodedText() == text)
    }

    @Test func doublesBeyondTheirRangeAreInfinite() throws {
        #expect(try parseJSON("1e400").double == .infinity)
        #expect(try parseJSON("-1e400").double == -.infinity)
        #expect(try parseJSON("1e-400").double == 0)
        #expect(try parseJSON("0.1").double == 0.1)
    }

    @Test func membersKeepTheirOrder() throws {
        let value = try parseJSON(#"{"z":1,"a":2,"m":3}"#)
        #expect(value.object?.keys == ["z", "a", "m"])
        #expect(value.encodedText() == #"{"z":1,"a":2,"m":3}"#)
        #expect(value == ["a": 2, "m": 3, "z": 1], "but order has no meaning")
        #expect(value != ["a": 2, "m": 3, "z": 4])
        #expect(value != ["a": 2, "m": 3])
    }

    @Test func aKeyThatOccursTwiceIsRefusedUnlessTheLastMayWin() throws {
        let text = #"{"a":1,"b":2,"\u0061":3}"#
        #expect(throws: JSONError.self) { try parseJSON(text) }
        #expect(try parseJSON(text, duplicateKeys: .lastWins).encodedText() == #"{"a":3,"b":2}"#)
        #expect((try? parseJSON(#"[{"a":1},{"a":1}]"#)) != nil)
    }

    @Test func keysAreComparedByBytesNotByUnicodeEquivalence() throws {
        let value = try parseJSON("{\"\u{212A}\":1,\"K\":2,\"e\u{301}\":3,\"é\":4}")
        #expect(value.object?.count == 4)
        #expect(value["K"]?.int == 2)
        #expect(value["\u{E9}"]?.int == 4)
        #expect(JSONValue.string("\u{212A}") != "K")
    }

    @Test func largeObjectsAnswerLikeSmallOnes() throws {
        var object = JSONObject()
        for number in 0..<1000 { object["key\(number)"] = .int(number) }
        for number in 0..<1000 { #expect(object["key\(number)"]?.int == number) }
        object["key500"] = nil
        object["key0"] = "changed"
        #expect(object.count == 999)
        #expect(object["key500"] == nil)
        #expect(object["key501"]?.int == 501)
        #expect(object["key0"]?.string == "changed")
        object["new"] = true
        #expect(object["new"]?.bool == true)
        #expect(object.keys.last == "new")
        #expect(throws: JSONError.self) {
            try parseJSON("{" + (0..<100).map { "\"k\($0)\":1," }.joined() + "\"k3\":1}")
        }
    }

    /// A hundred thousand keys must take a moment, not minutes, whether they repeat or not.
    @Test func manyKeysAreNotQuadratic() throws {
        let text = "{" + (0..<100_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try parseJSON(text).object?.count == 100_000)
        #expect(clock.now - start < .seconds(30))
    }
}

@Suite struct WriterTests {
    @Test func theWriterPlacesCommasAndEscapes() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", 1)
        writer.key("list")
        writer.beginArray()
        writer.int(-5)
        writer.string("q\"\\\u{1}\n\u{7F}é/")
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.null()
        writer.bool(false)
        writer.double(0.5)
        writer.double(.nan)
        writer.double(1e300)
        writer.uint64(.max)
        writer.raw([UInt8]("[1]".utf8))
        writer.value(["k": [1, nil]])
        writer.endArray()
        writer.member("none", nil as String?)
        writer.member("yes", true)
        writer.member("v", ["x": 1] as JSONValue)
        writer.endObject()
        let expected =
            #"{"a":1,"list":[-5,"q\"\\\u0001\n"# + "\u{7F}"
            + #"é/",[],{},null,false,0.5,null,1e+300,18446744073709551615,[1],{"k":[1,null]}],"none":null,"yes":true,"v":{"x":1}}"#
        #expect(writer.text == expected)
        #expect(validateJSON(writer.bytes) == nil)
    }

    @Test func theWriterGoesOnBehindGivenBytes() {
        var writer = JSONWriter(appendingTo: [UInt8]("data: ".utf8))
        writer.beginArray()
        writer.endArray()
        #expect(writer.text == "data: []")
    }

    @Test func prettyTextIsIndented() throws {
        let value: JSONValue = ["a": [1, [], [:]], "b": ["c": nil]]
        #expect(
            value.encodedText(pretty: true) == """
                {
                  "a": [
                    1,
                    [],
                    {}
                  ],
                  "b": {
                    "c": null
                  }
                }
                """)
        #expect(try parseJSON(value.encoded(pretty: true)) == value)
    }

    @Test func everyStringReadsBack() throws {
        for scalar in (0..<0x3000).compactMap({ Unicode.Scalar($0 as Int) }) {
            let text = "ab\(Character(scalar))cdefghijkl"
            #expect(try parseJSON(JSONValue.string(text).encoded()) == .string(text))
        }
    }
}
