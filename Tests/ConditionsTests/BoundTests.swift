import Testing

/// No question takes long, whatever the payload is: what would is undecided.
@Suite struct BoundTests {
    private static let nines = String(repeating: "9", count: 64)
    private static let long = String(repeating: "9", count: 65)

    /// A long number costs its length for each that it is compared with.
    @Test(arguments: [
        ("x == 1", #"{"x":\#(long)}"#, "undecided"), ("x == 1", #"{"x":\#(nines)}"#, "no"), ("x > 1", #"{"x":\#(nines)}"#, "yes"),
        ("x > 1", #"{"x":-\#(nines)}"#, "undecided"), ("x in a", #"{"x":\#(long),"a":[1,2]}"#, "undecided"),
        ("1 in a", #"{"a":[1,\#(long)]}"#, "undecided"), ("[1] in a", #"{"a":[[1],[\#(long)]]}"#, "undecided"),
        ("x in a", #"{"x":[\#(long)],"a":[[1],[2]]}"#, "undecided"), ("1 in a[*]", #"{"a":[1,\#(long)]}"#, "undecided"),
        ("1 in a", #"{"a":[{"n":\#(long)},1]}"#, "yes"), (#""x" in a"#, #"{"a":{"x":\#(long)}}"#, "yes"), ("exists x and x != null", #"{"x":\#(long)}"#, "yes"),
        ("a == 1", #"{"a":1,"x":\#(long)}"#, "yes"), ("x == \(nines)", #"{"x":\#(nines)}"#, "yes"),
        ("x == \(long)", "{}", "5-70: a number has at most 64 characters"),
    ])
    func `a number of more than 64 bytes is not compared`(_ text: String, _ payload: String, _ expected: String) {
        #expect(ask(text, payload) == expected, "\(text)")
    }

    @Test func `a long number in a long list ends at once`() {
        let number = String(repeating: "7", count: 600_000)
        let ids = (0..<100_000).map { "\($0 % 10)" }.joined(separator: ",")
        #expect(ask("x in ids", #"{"x":\#(number),"ids":[\#(ids)]}"#) == "undecided")
        #expect(ask("7.0 in ids and 10 not in ids", #"{"ids":[\#(ids)]}"#) == "yes")
    }

    /// Arguments come from callers: they are as long as the request may be, and are read as often as they are named.
    @Test func `long arguments use up the steps`() {
        func facts(_ length: Int) -> Facts { Facts(arguments: ["env": String(repeating: "x", count: length)]) }
        #expect(ask(#"$args.env == "y""#, "{}", facts(7_999_000)) == "no")
        #expect(ask(#"$args.env == "y""#, "{}", facts(8_001_000)) == "undecided")
        #expect(ask(#"not "y" in $args.env"#, "{}", facts(8_001_000)) == "undecided")
        let often = Array(repeating: "$args.env != $args.env", count: 60).joined(separator: " or ")
        #expect(ask(often, "{}", facts(60_000)) == "no")
        #expect(ask(often, "{}", facts(80_000)) == "undecided")
    }

    @Test func `many small values use up the steps`() {
        let list = "[" + Array(repeating: "1", count: 4000).joined(separator: ",") + "]"
        func often(_ times: Int) -> String { Array(repeating: "2 in a[*]", count: times).joined(separator: " or ") }
        #expect(ask(often(20), #"{"a":\#(list)}"#) == "no")
        #expect(ask(often(60), #"{"a":\#(list)}"#) == "undecided")
    }
}
