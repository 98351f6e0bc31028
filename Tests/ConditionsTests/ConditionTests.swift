import Conditions
import JSON
import Testing

@Suite struct ConditionTests {
    private static let payload = #"""
        {"ref":"refs/heads/main","count":3,"big":9007199254740993,"ratio":0.5,"draft":false,"merged":true,"nothing":null,"empty":"",
         "pull_request":{"head":{"ref":"feature/x"},"labels":[{"name":"bug"},{"name":"deploy"},{"color":"red"}]},
         "commits":[{"id":"a1","files":["docs/a.md","src/b.c"]},{"id":"b2","files":["README"]}],"tags":["v1","v2"],
         "odd key":{"a.b":"dots","in":"word"},"n":[1,2.0,"2",null,true,[1]],"Größe":"K"}
        """#

    @Test(arguments: [
        // Paths
        (#"ref == "refs/heads/main""#, "yes"), ("ref == 'refs/heads/main'", "yes"), (#"ref == "main""#, "no"),
        (#"pull_request.head.ref == "feature/x""#, "yes"), (#"commits[0].id == "a1""#, "yes"), (#"commits[1].id == "a1""#, "no"),
        (#"commits[2].id == null"#, "yes"), (#"$body["odd key"]["a.b"] == "dots""#, "yes"), (#"$body["odd key"].in == "word""#, "yes"),
        (#"$body.ref endswith "main""#, "yes"), (#"$body["Gr\u00f6\u00dfe"] == "K""#, "yes"), (#"ref.deeper == null"#, "yes"),
        (#"pull_request["head"].ref != null"#, "yes"), ("commits.id == null", "yes"),
        // Missing is null; unlike kinds are unequal and have no order.
        ("missing == null", "yes"), ("nothing == null", "yes"), ("ref == null", "no"), ("null != ref", "yes"), ("missing != \"x\"", "yes"),
        ("count == \"3\"", "no"), ("count != \"3\"", "yes"), ("ref > 1", "no"), ("ref < 1", "no"), ("missing < 1", "no"), ("null <= null", "no"),
        ("exists nothing", "yes"), ("exists missing", "no"), ("exists(pull_request.head)", "yes"), ("not exists $body.x.y", "yes"),
        // Numbers and texts
        ("count == 3", "yes"), ("count == 3.0", "yes"), ("count >= 3 and count <= 3 and not count < 3 and not count > 3", "yes"),
        ("ratio < 1 and ratio == 5e-1", "yes"), ("big == 9007199254740993", "yes"), ("big == 9007199254740992", "no"), ("count > -1", "yes"),
        (#""abc" < "abd" and "Z" < "a" and "" < "a""#, "yes"), (#"ref >= "refs""#, "yes"),
        // Truth
        ("merged", "yes"), ("draft", "no"), ("not draft", "yes"), ("count", "no"), ("ref", "no"), ("missing", "no"), ("true", "yes"),
        ("draft == false", "yes"), ("merged == true and !draft", "yes"), ("merged && draft || merged", "yes"),
        ("merged or merged and draft", "yes"), ("(merged or merged) and draft", "no"), ("not merged or merged", "yes"), ("!(merged)", "no"),
        // Lists, parts, keys
        (#"count in [1, 2, 3]"#, "yes"), (#"count not in [1, 2, 3]"#, "no"), (#"ref in []"#, "no"), (#""v1" in tags"#, "yes"),
        (#"tags contains "v2""#, "yes"), (#""v" in tags"#, "no"), (#""heads" in ref"#, "yes"), (#"ref contains "heads/main""#, "yes"),
        (#""" in ref"#, "yes"), (#""head" in pull_request"#, "yes"), (#""tail" in pull_request"#, "no"), (#"1 in ref"#, "no"),
        ("2 in n", "yes"), ("3 in n", "no"), ("null in n", "yes"), ("[1] in n", "yes"), ("[1.0] in n", "yes"), (#"ref in [$event, $args.env]"#, "no"),
        (#"tags == ["v1", "v2"]"#, "yes"), (#"tags == ["v1"]"#, "no"), ("pull_request == pull_request", "no"),
        (#""deploy" in pull_request.labels[*].name"#, "yes"), (#""red" in pull_request.labels[*].name"#, "no"),
        (#""README" in commits[*].files[*]"#, "yes"), (#"commits[*].files[*] startswith "docs/""#, "yes"), (#"ref[*] == []"#, "yes"),
        (#"commits[*].files[*] matches "^src/.*\.c$""#, "yes"), (#"commits[*].id matches "^c""#, "no"), (#"commits[*].id == ["a1","b2"]"#, "yes"),
        (#"ref startswith "refs/heads/" and not ref endswith "x""#, "yes"), (#"count startswith "3""#, "no"), (#"ref startswith 3"#, "no"),
        (#"ref matches "^refs/(heads|tags)/m[a-z]{3}$""#, "yes"), (#"count matches "3""#, "no"), (#"missing matches ".*""#, "no"),
        // Facts
        (#"$event == "push" and $source == null"#, "yes"), (#"$args.env == "production""#, "yes"), (#"$args["other-one"] == null"#, "yes"),
        (#"$trigger in ["webhook", "api"]"#, "yes"),
        // Escapes
        (#""a\"b\\\n" == 'a"b\\\n'"#, "yes"), (#"'it\'s' == "it's""#, "yes"), (#"ref matches 'it\'s|main'"#, "yes"),
    ])
    func `a condition says what it says`(_ text: String, _ expected: String) {
        #expect(ask(text, Self.payload) == expected, "\(text)")
    }

    /// What cannot be known stays unknown unless the rest decides.
    @Test(arguments: [
        (#"ref == "x""#, "undecided"), (#"not ref == "x""#, "undecided"), ("exists ref", "undecided"), (#""x" in tags[*]"#, "undecided"),
        (#"ref matches "x""#, "undecided"), ("ref == null", "undecided"), ("ref", "undecided"), (#"$event == "push" and ref == "x""#, "undecided"),
        (#"$event == "pull" and ref == "x""#, "no"), (#"ref == "x" and $event == "pull""#, "no"), (#"ref == "x" or $event == "push""#, "yes"),
        (#"ref == "x" or $event == "pull""#, "undecided"), (#"$event == "push""#, "yes"), ("1 in [1, ref]", "undecided"),
    ])
    func `without a payload a condition says what its facts decide`(_ text: String, _ expected: String) {
        #expect(ask(text, nil) == expected)
        #expect(ask(text, "{broken") == expected)
    }

    @Test(arguments: [
        ("", "0-1: the condition ends where a value is expected"), ("ref ==", "6-7: the condition ends where a value is expected"),
        ("ref = 1", "4-5: '=' has no meaning here"), ("ref == 1 2", "9-10: expected 'and', 'or', a comparison (== != < <= > >= in matches startswith endswith contains) or the end"),
        ("ref == 1 == 2", "9-11: one comparison behind another"), (#"ref == "a" or "b""#, "14-17: a text alone is never true"),
        ("$event", "0-6: a fact is a text, and a text alone is never true"), ("[1]", "0-3: a list alone is never true"), ("3", "0-1: a number alone is never true"),
        ("a[*]", "0-4: a list alone is never true"), ("(ref == 1", "0-1: the parenthesis that opens here is not closed"), ("ref == 1)", "8-9: ')' closes nothing"),
        ("(ref) == 1", "6-8: what stands in parentheses is a condition, which cannot be compared"), ("1 == (a)", "5-6: expected a value, not a condition"),
        ("ref in [1, 2", "7-8: the list that opens here is not closed"), ("ref in [1 2]", "10-11: expected ',' or ']'"),
        (#"ref == "main"#, "7-8: the text that begins here has no closing \""), ("$evnt == 1", "0-5: there is no fact $evnt"), ("$ == 1", "0-1: a dollar sign begins the name of a fact, such as $event"),
        ("$args == 1", "0-5: expected a name behind $args, as in $args.name"), ("a.0 == 1", "2-3: expected a key behind the dot"), ("a[-1] == 1", "2-4: an element is counted from 0: [0], [1] ..."),
        ("a[x] == 1", "2-3: expected an element's number, [*] or a key in quotes"), ("in == 1", "0-2: expected a value, not 'in'"), ("01 == 1", "0-2: '01' is no number"), ("1.2.3 == 1", "0-5: '1.2.3' is no number"),
        ("exists 1", "7-8: 'exists' asks for one place in the payload, such as exists pull_request.head"), ("exists a[*]", "7-8: 'exists' asks for one place in the payload, such as exists pull_request.head"),
        ("ref matches tag", "12-15: expected a pattern in quotes"), (#"ref matches "a(b""#, "14-15: in the pattern: the group that begins here is not closed"), (#"ref matches "a\b""#, "14-15: in the pattern: '\\b' is not known; of letters there are \\d \\D \\w \\W \\s \\S \\n \\r \\t"),
        (#"ref == "a\d""#, "9-11: '\\d' is not known; for a backslash write two"), (#"ref == "\u12""#, "8-10: four hexadecimal digits follow \\u"), ("a AND b", "2-5: expected 'and', 'or', a comparison (== != < <= > >= in matches startswith endswith contains) or the end"),
    ])
    func `a mistake is told in its place`(_ text: String, _ expected: String) { #expect(ask(text, "{}") == expected, "\(text)") }

    @Test func `hints say what was meant`() {
        #expect(errorHint("ref = 1") == "write == to compare" && errorHint("$evnt == 1") == "did you mean $event?")
        #expect(errorHint("a AND b") == "did you mean 'and'?" && errorHint("a.0 == 1") == "an element of a list is [0]")
        #expect(errorHint("in == 1") == "a key of that name in the payload is $body.in" && errorHint("a startwith \"b\"") == "did you mean 'startswith'?")
    }

    @Test func `length, depth and the number of paths are bounded`() {
        #expect(ask("ref == '" + String(repeating: "x", count: 4087) + "'", "{}") == "no")
        #expect(ask("ref == '" + String(repeating: "x", count: 4088) + "'", "{}") == "4096-4097: a condition may have at most 4096 bytes")
        #expect(ask(String(repeating: "(", count: 32) + "true" + String(repeating: ")", count: 32), "{}") == "yes")
        #expect(ask(String(repeating: "(", count: 33) + "true" + String(repeating: ")", count: 33), "{}") == "33-37: nested deeper than 32 levels")
        #expect(ask(String(repeating: "not ", count: 33) + "true", "{}").hasSuffix("nested deeper than 32 levels"))
        #expect(ask(String(repeating: "[", count: 40), "{}").hasSuffix("nested deeper than 32 levels"))
        #expect(ask((0..<128).map { "p\($0) == 1" }.joined(separator: " or "), "{}") == "no")
        #expect(ask((0..<129).map { "p\($0) == 1" }.joined(separator: " or "), "{}").hasSuffix("more than 128 different paths into the payload"))
        #expect(ask("a" + String(repeating: ".a", count: 15) + " == null", "{}") == "yes")
        #expect(ask("a" + String(repeating: ".a", count: 16) + " == null", "{}").hasSuffix("a path has at most 16 steps"))
    }

    @Test func `what would take too long is undecided`() {
        let long = String(repeating: "a", count: 400_000)
        #expect(ask(#"x matches "^(a?){100}b""#, #"{"x":"\#(long)"}"#) == "no")
        #expect(ask(#"x matches "(a?){300}b""#, #"{"x":"\#(long)"}"#) == "undecided")
        #expect(ask(#"not x matches "(a?){300}b""#, #"{"x":"\#(long)"}"#) == "undecided")
    }

    @Test func `what is too large to be read is undecided, unless it needs no reading`() {
        let list = "[" + (0..<40_000).map { _ in #""0123456789012345678901234""# }.joined(separator: ",") + "]"
        #expect(ask(#""x" in a"#, #"{"a":\#(list)}"#) == "undecided")
        #expect(ask(#"a != null and exists a and not a"#, #"{"a":\#(list)}"#) == "yes")
        #expect(ask(#""4" in a[39999]"#, #"{"a":\#(list)}"#) == "yes")
    }

    @Test func `a key that occurs twice on the way makes a payload unreadable`() {
        #expect(ask(#"a.b == 1"#, #"{"a":{"b":1},"a":{"b":1}}"#) == "undecided")
        #expect(ask(#"a.b == 1"#, #"{"a":{"b":1,"\u0062":2}}"#) == "undecided")
        #expect(ask(#"a == 1"#, #"{"a":1,"b":2,"b":3}"#) == "yes", "elsewhere it is nobody's business")
        #expect(ask(#""x" in a"#, #"{"a":{"b":2,"b":3}}"#) == "undecided")
    }

    @Test func `a path by itself is one place`() throws {
        #expect(try parsePayloadPath(#"a.b[0]["c d"]"#).steps == [.key(Array("a".utf8)), .key(Array("b".utf8)), .index(0), .key(Array("c d".utf8))])
        #expect(try parsePayloadPath("$body.in").steps == [.key(Array("in".utf8))])
        for text in ["", "a b", "a[*]", "1", "$event", "a == 1", "'a'", "true"] {
            #expect(throws: ConditionError.self, "\(text)") { try parsePayloadPath(text) }
        }
    }
}
