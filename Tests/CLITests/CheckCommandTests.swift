@testable import CLI
import Testing
import YAML

@Suite("The commands check and config json")
struct CheckCommandTests {
    private var configs: String {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/fixtures/configs"
    }

    @Test("a good file is one line, with what is in it")
    func good() {
        let path = "\(configs)/good/minimal.yaml"
        let report = checkReport(path: path, json: false)
        #expect(report == (output: "\(path): ok, 1 endpoint\n", errors: "", exitCode: 0))
    }

    @Test("a mistake is shown with place, line and caret, and the exit code is 1")
    func bad() {
        let path = "\(configs)/errors/schedule-plain.yaml"
        let report = checkReport(path: path, json: false)
        #expect(report.output == "" && report.exitCode == 1)
        #expect(
            report.errors == """
                \(path):5:21: error: month: "FOO" cannot be read; the field takes 1-12 or JAN-DEC
                    schedule: 0 0 * FOO 1
                                    ^^^

                """)
    }

    @Test("a warning leaves the exit code 0")
    func warning() {
        let report = checkReport(path: "\(configs)/errors/command-destructive.yaml", json: false)
        #expect(report.exitCode == 0 && report.errors.contains(":4:14: warning: ") && report.output.contains(": ok, 1 endpoint\n"))
    }

    @Test("gated and scheduled endpoints are counted")
    func summary() {
        let report = checkReport(path: "\(configs)/errors/timezone-alone.yaml", json: false)
        #expect(report.output.hasSuffix(": ok, 1 endpoint\n"))
        let mixed = checkReport(path: "\(configs)/good/summary.yaml", json: false)
        #expect(mixed.output.hasSuffix(": ok, 3 endpoints (2 gated, 1 scheduled)\n"))
        let alerts = checkReport(path: "\(configs)/good/alerts.yaml", json: false)
        #expect(alerts.output.hasSuffix(": ok, 1 endpoint, 2 alert rules, 1 channel\n"), "\(alerts.errors)")
    }

    @Test("findings as JSON")
    func json() {
        let report = checkReport(path: "\(configs)/errors/field-unknown.yaml", json: true)
        #expect(report.errors == "" && report.exitCode == 1)
        let finding =
            #"{"file":"\#(configs)/errors/field-unknown.yaml","severity":"error","line":5,"column":5,"message":"unknown field 'aproval_required' of an endpoint","#
            + #""hint":"did you mean 'approval_required'?"}"#
        #expect(report.output.hasSuffix(#""ok":false,"endpoints":0,"diagnostics":[\#(finding)]}"# + "\n"))
    }

    @Test("unknown options and too many files are misuse")
    func misuse() {
        #expect(runCheckCommand(["--confg", "x"]) == 2 && runCheckCommand(["--config", "a", "b"]) == 2)
        #expect(runConfigCommand([]) == 2 && runConfigCommand(["yaml"]) == 2 && runConfigCommand(["json"]) == 2)
    }

    @Test("any YAML becomes JSON, or a place")
    func yaml() throws {
        let bytes = try jsonText(ofYAML: Array("a: [1, 0x10, ~, \"x\"]\n".utf8), path: "f", pretty: false).get()
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"a":[1,16,null,"x"]}"# + "\n")
        #expect(throws: RenderedFailure.self) { try jsonText(ofYAML: Array("a: 1\na: 2\n".utf8), path: "f", pretty: true).get() }
        guard case .failure(let failure) = jsonText(ofYAML: Array("a: 1\na: 2\n".utf8), path: "f", pretty: true) else { return }
        #expect(failure.text.hasPrefix("f:2:1: error: "))
    }
}
