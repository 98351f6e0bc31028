import Testing

import Bytes
import JSON

/// Members that are picked out of a text in the pass that checks it.
@Suite struct FindTests {
    private func find(_ text: String, _ paths: [String]...) throws -> [JSONValue?] {
        let outcome: Result<[JSONValue?], JSONError> = withBytes(of: text) { bytes in
            Result { () throws(JSONError) in try findJSON(bytes, at: paths) }
        }
        return try outcome.get()
    }

    @Test func textsNumbersAndWordsAreFoundWhereTheyStand() throws {
        let text = #"{"id":"e1","n":-1.5,"t":true,"z":null,"event":{"type":"x","id":7},"list":[{"a":"first"},{"a":"second"}]}"#
        #expect(
            try find(text, ["id"], ["n"], ["t"], ["z"], ["event", "type"], ["event", "id"], ["list", "1", "a"], ["list", "0", "a"])
                == ["e1", -1.5, true, nil as JSONValue, "x", 7, "second", "first"])
    }

    @Test func whatIsNotThereOrHoldsMoreIsNothing() throws {
        let text = #"{"a":{"b":1},"list":[1]}"#
        #expect(try find(text, ["b"], ["a"], ["a", "c"], ["a", "b", "c"], ["list"], ["list", "1"], ["list", "00"], []) == Array(repeating: nil, count: 8))
        #expect(try find("[]", ["a"]) == [nil])
        #expect(try find(#""a""#, ["a"], []) == [nil, "a"])
        #expect(try find("1") == [])
    }

    @Test func theLastOfTwoMembersCountsWithAllThatIsUnderIt() throws {
        #expect(try find(#"{"a":1,"a":2}"#, ["a"]) == [2])
        #expect(try find(#"{"a":{"b":1},"a":{"c":2}}"#, ["a", "b"], ["a", "c"]) == [nil, 2])
        #expect(try find(#"{"a":"x","a":{}}"#, ["a"]) == [nil])
    }

    @Test func keysAndTextsAreComparedAfterTheirEscapes() throws {
        #expect(try find(#"{"\u0069d":"a\u0062\n","i\\d":"no"}"#, ["id"], ["i\\d"]) == ["ab\n", "no"])
        #expect(try find(#"{"é":1}"#, ["e\u{301}"]) == [nil], "keys are bytes")
    }

    @Test(arguments: ["", "{", #"{"id":"e1"} x"#, #"{"id":"e1",}"#, #"{"id":}"#, #"{"id":"\x"}"#, "[1,]", "nul", #"{"id":"e1""#])
    func brokenTextsAreJudgedAsTheValidatorJudges(text: String) {
        let judged = withBytes(of: text) { validateJSON($0) }
        #expect(judged != nil)
        #expect(throws: JSONError.self) { try find(text, ["id"]) }
    }

    @Test func theParserAgreesOnRandomTexts() throws {
        var generator = SplitMix64(seed: 0xF1AD)
        let paths = [["a"], ["b"], ["a", "b"], ["0"], ["a", "0"], ["1", "a"], ["a", "a", "a"], []]
        for round in 0..<FuzzTests.rounds {
            let bytes = Array(text(depth: 0, using: &generator).utf8)
            let found = try bytes.withUnsafeBytes { buffer in
                Result { () throws(JSONError) in try findJSON(buffer, at: paths) }
            }.get()
            let value = try parseJSON(bytes, duplicateKeys: .lastWins)
            #expect(found == paths.map { scalar(at: $0[...], of: value) }, "round \(round): \(String(decoding: bytes, as: UTF8.self))")
            let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
            let isWrong = validateJSON(cut) != nil
            let isRefused = (try? cut.withUnsafeBytes { buffer in Result { () throws(JSONError) in try findJSON(buffer, at: paths) } }.get()) == nil
            #expect(isWrong == isRefused, "round \(round)")
        }
    }

    private func scalar(at path: ArraySlice<String>, of value: JSONValue) -> JSONValue? {
        guard let step = path.first else { return value.array == nil && value.object == nil ? value : JSONValue?.none }
        if value.object != nil { return value[step].flatMap { scalar(at: path.dropFirst(), of: $0) } }
        return Int(step).flatMap { value[$0] }.flatMap { scalar(at: path.dropFirst(), of: $0) }
    }

    private func text(depth: Int, using generator: inout SplitMix64) -> String {
        switch Int.random(in: 0..<(depth > 3 ? 4 : 8), using: &generator) {
        case 0: return "null"
        case 1: return "\(Int.random(in: -9...9, using: &generator))"
        case 2: return #""a\u0062""#
        case 3: return "true"
        case 4:
            let items = (0..<Int.random(in: 0...3, using: &generator)).map { _ in text(depth: depth + 1, using: &generator) }
            return "[\(items.joined(separator: ", "))]"
        default:
            let keys = ["a", "b", "0", #"\u0061"#]
            let members = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                "\"\(keys.randomElement(using: &generator) ?? "a")\" : \(text(depth: depth + 1, using: &generator))"
            }
            return "{\(members.joined(separator: ","))}"
        }
    }
}
