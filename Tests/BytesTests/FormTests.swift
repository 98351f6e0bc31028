import Testing

import Bytes

@Suite struct FormTests {
    private func pairs(_ text: String) throws -> [[String]] {
        try parseForm(text).map { [$0.name, $0.value] }
    }

    @Test func fieldsKeepTheirOrderAndRepeatedNames() throws {
        #expect(try pairs("b=1&a=2&b=3") == [["b", "1"], ["a", "2"], ["b", "3"]])
    }

    @Test(arguments: [
        ("", []), ("&&", []), ("a", [["a", ""]]), ("a=", [["a", ""]]), ("=b", [["", "b"]]), ("a=b=c", [["a", "b=c"]]),
        ("a+b=c+d", [["a b", "c d"]]), ("a%2Bb=%26%3D", [["a+b", "&="]]), ("payload=%7B%22a%22%3A1%7D", [["payload", "{\"a\":1}"]]),
        ("a=1&&b=2&", [["a", "1"], ["b", "2"]]), ("é=ü", [["é", "ü"]]),
    ])
    func formsAreDecoded(text: String, expected: [[String]]) throws {
        #expect(try pairs(text) == expected)
    }

    @Test func malformedFieldsAreNamedByTheirNumber() {
        #expect(throws: FormError.malformed(field: 2)) { try parseForm("a=1&b=%4") }
        #expect(throws: FormError.malformed(field: 1)) { try parseForm("%zz=1") }
        #expect(throws: FormError.malformed(field: 1)) { try parseForm("a=%ff") }
    }

    @Test func theNumberOfFieldsIsBounded() throws {
        #expect(try parseForm("a&b&c", maxFields: 3).count == 3)
        #expect(throws: FormError.tooManyFields(limit: 3)) { try parseForm("a&b&c&d", maxFields: 3) }
    }

    @Test func writtenFormsReadBack() throws {
        let fields = [FormField(name: "a b", value: "1&2=3+4%5"), FormField(name: "é", value: ""), FormField(name: "a b", value: " ")]
        #expect(formEncode(fields) == "a+b=1%262%3D3%2B4%255&%C3%A9=&a+b=+")
        #expect(try parseForm(formEncode(fields)) == fields)
    }
}
