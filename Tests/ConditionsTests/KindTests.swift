import Conditions
import JSON
import Testing

/// Facts and arguments are texts: a comparison with a number or boolean would say the same of all of them, and is a mistake.
@Suite struct KindTests {
    private static let message = "facts and arguments are texts, which are never compared with a number or boolean"

    @Test(arguments: [
        ("$args.count > 10", 14, 16), ("10 <= $args.count", 0, 2), ("$args.force == true", 15, 19), ("$args.force != false", 15, 20), ("$id == -1.5", 7, 11),
        ("$event in [1, \"a\"]", 10, 18), ("$event not in [1]", 14, 17), ("[1] contains $event", 0, 3), ("1 in $event", 0, 1), ("$event contains 1", 16, 17),
        ("$event startswith 1", 18, 19), ("1 in [$event, $args.x]", 0, 1), ("[$event] == [1]", 12, 15), ("a or not ($args[\"x y\"] > 1)", 25, 26),
    ])
    func `a fact beside a number is a mistake`(_ text: String, _ begin: Int, _ end: Int) {
        #expect(ask(text, "{}") == "\(begin)-\(end): \(Self.message)", "\(text)")
    }

    @Test(arguments: [
        ("$args.count > \"10\"", "no"), ("$args.env == \"production\"", "yes"), ("$source == null", "yes"), ("$source in [null, \"x\"]", "yes"), ("1 in [$event, 1]", "yes"),
        ("$event == a", "no"), ("a in [$event, 1]", "yes"), ("[] contains $event", "no"), ("a == 1", "yes"),
    ])
    func `what may hold is taken`(_ text: String, _ expected: String) { #expect(ask(text, #"{"a":1}"#) == expected, "\(text)") }

    @Test(arguments: [
        ("$args.count == 10", "put it in quotes: \"10\""), ("$args.x == true", "put it in quotes: \"true\""), ("$args.x in [1]", "put each value in quotes"),
        ("$args.count >= 100", "a pattern can tell: not (... matches \"^[0-9]{1,2}$\") is all but 0 to 99"),
    ])
    func `the hint says what to write`(_ text: String, _ hint: String) { #expect(errorHint(text) == hint) }

    /// Facts that the vocabulary calls numbers are the other way round.
    @Test(arguments: [
        ("$code == 7", "yes"), ("$code >= 7.5", "no"), ("$code in [7, 8]", "yes"), ("$code == null", "no"), ("$none == null", "yes"), ("$none > 0", "no"),
        ("$code == a", "no"), ("$code == \"7\"", "9-12: this fact is a number, which is never compared with a text"),
        ("$code in [1, \"7\"]", "9-17: this fact is a number, which is never compared with a text"), ("$code matches \"7\"", "0-5: $code is a number, which is no text"),
        ("$code", "0-5: a fact that is a number alone is never true"),
    ])
    func `a number beside a text is a mistake`(_ text: String, _ expected: String) {
        var paths = JSONPathSet()
        do {
            let condition = try Condition(text, Vocabulary(facts: ["code", "none"], numbers: ["code", "none"]), paths: &paths)
            let answer = Array(#"{"a":"7"}"#.utf8).withUnsafeBytes { condition.ask(try? paths.find(in: $0), Facts(facts: ["code": "7"])) }
            #expect("\(answer)" == expected)
        } catch {
            #expect("\(error.columns.lowerBound)-\(error.columns.upperBound): \(error.message)" == expected)
        }
    }
}
