import Conditions
import TestKit
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

    @Test func `a class of many ranges knows its characters`() throws {
        var generator = SplitMix64(seed: fuzzSeed(standard: 0xC1A55))
        for round in 0..<fuzzRounds(short: 300) {
            var known: Set<UInt32> = []
            var ranges = ""
            for _ in 0..<1 + generator.below(30) {
                let first = UInt32(0x70 + generator.below(90))
                let last = first + UInt32(generator.below(5))
                known.formUnion(first...last)
                for scalar in [first, 0x2D, last].compactMap(Unicode.Scalar.init) { ranges.unicodeScalars.append(scalar) }
            }
            let (among, outside) = (try Pattern("[\(ranges)]"), try Pattern("[^\(ranges)]"))
            for value in UInt32(0x6E)...0xD2 {
                var steps = 1000
                let text = Unicode.Scalar(value).map { String(Character($0)) } ?? ""
                #expect(among.isFound(in: text, steps: &steps) == known.contains(value), "round \(round): \(value) in [\(ranges)]")
                #expect(outside.isFound(in: text, steps: &steps) == !known.contains(value), "round \(round): \(value) in [^\(ranges)]")
            }
        }
    }

    @Test func `a large class costs more than one step`() throws {
        func used(_ scalars: some Sequence<UInt32>) throws -> Int {
            var members = ""
            for scalar in scalars.compactMap(Unicode.Scalar.init) { members.unicodeScalars.append(scalar) }
            var steps = 1_000_000
            _ = try Pattern("[\(members)]").isFound(in: String(repeating: "\u{FFF}", count: 1000), steps: &steps)
            return 1_000_000 - steps
        }
        let apart = try used(stride(from: 0x400, to: 0xB00, by: 2))
        #expect(apart > 10_000 && apart < 13_000, "\(apart)")
        // Neighbours are one range, whatever order they stand in.
        let joined = try used((0x400..<0x780).reversed())
        #expect(joined < 2100, "\(joined)")
    }

    @Test func `many small values use up the steps`() {
        let list = "[" + Array(repeating: "1", count: 4000).joined(separator: ",") + "]"
        func often(_ times: Int) -> String { Array(repeating: "2 in a[*]", count: times).joined(separator: " or ") }
        #expect(ask(often(20), #"{"a":\#(list)}"#) == "no")
        #expect(ask(often(60), #"{"a":\#(list)}"#) == "undecided")
    }
}
