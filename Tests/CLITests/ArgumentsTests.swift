@testable import CLI
import Testing

@Suite("Arguments of commands")
struct ArgumentsTests {
    private let parser = ArgumentParser(
        "try", "Tries things.", operands: ["FILE", "[NAME]"],
        options: [
            .value("config", "FILE", short: "c", "a file"), .value("header", "TEXT", repeatable: true, "a header"),
            .flag("json", "JSON"),
        ])

    @Test(
        "a value comes behind a blank, behind '=', or behind the short name",
        arguments: [["--config", "x", "f"], ["--config=x", "f"], ["f", "-c", "x"], ["-cx", "f"], ["--config", "x", "--", "f"]])
    func values(_ arguments: [String]) throws {
        let parsed = try parser.parse(arguments)
        #expect(parsed["config"] == "x" && parsed.operands == ["f"] && !parsed.has("json"))
    }

    @Test("a value may begin with a dash, be empty, or hold '='")
    func oddValues() throws {
        #expect(try parser.parse(["--config", "-x", "f"])["config"] == "-x")
        #expect(try parser.parse(["--config=", "f"])["config"] == "")
        #expect(try parser.parse(["--config=a=b", "f"])["config"] == "a=b")
    }

    @Test("behind '--' and as '-' an operand may look like an option")
    func operands() throws {
        #expect(try parser.parse(["--", "--json", "-"]).operands == ["--json", "-"])
        #expect(try parser.parse(["-"]).operands == ["-"])
    }

    @Test("repeatable options keep all values in order")
    func repeated() throws { #expect(try parser.parse(["--header", "a", "f", "--header=b"]).all("header") == ["a", "b"]) }

    @Test(
        "misuse is told",
        arguments: [
            (["--confg", "x"], "unknown option '--confg'"), (["-x"], "unknown option '-x'"),
            (["--config"], "--config needs a value (FILE)"),
            (["--json=1", "f"], "--json takes no value"), ([], "FILE is missing"), (["a", "b", "c"], "unexpected argument 'c'"),
            (["-c", "a", "-c", "b", "f"], "--config is given twice"),
        ])
    func misuse(_ arguments: [String], _ message: String) {
        do {
            _ = try parser.parse(arguments)
            Issue.record("no error")
        } catch {
            #expect(error.message == message)
            if arguments.first == "--confg" { #expect(error.hint == "did you mean '--config'?") }
        }
    }

    @Test("help needs no operands and names every option")
    func help() throws {
        #expect(try parser.parse(["--help"]).wantsHelp && parser.parse(["-h"]).wantsHelp)
        for text in ["usage: sluice try [OPTION]... FILE [NAME]", "-c, --config FILE  a file", "--json", "-h, --help"] {
            #expect(parser.help.contains(text))
        }
    }

    @Test("a number is whole, decimal and in range", arguments: [("5", true), ("0", false), ("11", false), ("x", false), ("1.5", false)])
    func numbers(_ text: String, _ isFine: Bool) throws {
        let parsed = try parser.parse(["--config", text, "f"])
        let number = try? parsed.integer("config", in: 1...10)
        #expect((number != nil) == isFine)
    }
}
