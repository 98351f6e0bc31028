import CLI
import Testing

struct ProblemTests {
    @Test(arguments: [
        (#"{"title":"Conflict","detail":"already denied","code":"already_decided","error":"already denied"}"#, "already denied"),
        (#"{"error":"no such endpoint"}"#, "no such endpoint"),
        (#"{"title":"Not Found"}"#, "Not Found"),
        (#"{"detail":""}"#, "the server answered 418"),
        ("<html>teapot</html>", "the server answered 418"),
        ("", "the server answered 418"),
        ("[1]", "the server answered 418"),
        (#"{"detail":"a\u001b[2Jb"}"#, "a\\x1b[2Jb"),
    ])
    func theBestTextIsShown(body: String, expected: String) {
        #expect(Problem(status: 418, body: Array(body.utf8)).message == expected)
    }

    @Test func eachWrongFieldGetsALine() {
        let body =
            #"{"detail":"2 arguments are wrong","errors":[{"field":"env","message":"is required"},{"message":"too many"},{"field":"x"}]}"#
        #expect(Problem(status: 422, body: Array(body.utf8)).message == "2 arguments are wrong\n  env: is required\n  too many")
    }

    @Test func whatTheFirstLineSaysIsNotRepeated() {
        let body = #"{"detail":"name: is taken; burst: too large","errors":[{"field":"name","message":"is taken"},{"field":"burst","message":"too large"}]}"#
        #expect(Problem(status: 422, body: Array(body.utf8)).message == "name: is taken; burst: too large")
    }

    @Test func theCodeIsKept() {
        #expect(Problem(status: 409, body: Array(#"{"code":"already_decided"}"#.utf8)).code == "already_decided")
    }
}
