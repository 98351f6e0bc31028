@testable import Config
import Diagnostics
import Glibc
import Posix
import Testing

@Suite("Secrets")
struct SecretsTests {
    private let secrets = Secrets(
        values: ["A": "file a", "B": "file b", "EMPTY": ""], environment: { ["A": "env a", "BLANK": ""][$0] })

    @Test(
        "a reference leads to its value",
        arguments: [
            ("$A", "env a"), ("$B", "file b"), ("$sluice:A", "file a"), ("$wrapd:A", "file a"), ("plain", "plain"), ("$$A", "$A"),
        ])
    func found(_ reference: String, _ value: String) { #expect(secrets.value(reference) == Array(value.utf8)) }

    @Test(
        "what is unset, empty or no reference has no value",
        arguments: ["$C", "$EMPTY", "$BLANK", "$sluice:C", "$sluice:", "$wrapd:1", "$", "${A}", "$A B", "$other:A", ""])
    func missing(_ reference: String) { #expect(secrets.value(reference) == nil) }

    @Test("neither description nor dump shows a value")
    func hidden() { #expect("\(secrets)" == "3 secrets") }

    @Test("lines, comments, blanks and quotes of a secrets file")
    func lines() {
        let text = "# comment\r\n\r\n A = x y \nB=\"  q \"\nC='it''s'\nD=a=b#c\nE=\n"
        let (values, problems) = parseSecrets(Array(text.utf8), file: "s")
        #expect(values == ["A": "x y", "B": "  q ", "C": "it''s", "D": "a=b#c", "E": ""])
        #expect(problems.isEmpty)
    }

    @Test("mistakes in a secrets file name the line and never the value")
    func mistakes() {
        let bytes = Array("hunter2\n1A=hunter2\nB=\u{0}hunter2\nC=1\nC=hunter2\nD=".utf8) + [0xFF]
        let problems = parseSecrets(bytes, file: "s").problems
        #expect(
            problems == [
                "s:1: expected NAME=value", "s:2: a name has letters, digits and '_', and no digit first",
                "s:3: the value of B is not UTF-8 text", "s:5: C is set twice", "s:6: the value of D is not UTF-8 text",
            ])
    }

    @Test(
        "a secrets file is refused if everyone can read it",
        arguments: [(UInt32(0o600), 0, 0), (0o640, 0, 1), (0o644, 1, 0), (0o604, 1, 0)])
    func modes(_ mode: UInt32, _ errors: Int, _ warnings: Int) throws {
        try withFolder { folder in
            try Files.writeAtomically("\(folder)/s.env", Array("A=1\n".utf8), mode: mode)
            let (_, told) = loadSecrets(path: "\(folder)/s.env", shown: "s.env")
            #expect(told.count { $0.severity == .error } == errors)
            #expect(told.count { $0.severity == .warning } == warnings)
        }
    }

    @Test(
        "a tolerance without a signing token of GitLab is an error, once the tokens are known",
        arguments: [
            ("secret: $HOOK_SECRET", true), ("secrets: [$HOOK_SECRET, $HOOK_SECRET]", true), ("allow_unsigned: true", true),
            ("secrets: [$HOOK_SECRET, whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=]", false), ("secret: whsec_AAAA", false),
            ("secrets: [$HOOK_SECRET, $NOT_SET]", false),
        ])
    func tolerance(_ secrets: String, _ isTold: Bool) {
        let loaded = load(endpoint: "trigger: webhook\nwebhook_source: gitlab\n\(secrets)\nwebhook_tolerance: 60\npublic: true")
        let told = loaded.diagnostics.filter { $0.message.contains("'webhook_tolerance' cannot be kept") }
        #expect(told.count == (isTold ? 1 : 0))
        #expect(told.allSatisfy { $0.severity == .error && $0.position?.line == 8 && $0.position?.column == 5 })
    }

    @Test("secrets.env beside the configuration is taken without being named")
    func beside() throws {
        try withFolder { folder in
            let config = "version: 1\nendpoints: [{name: a, command: echo, trigger: webhook, secret: $sluice:HOOK}]\n"
            try Files.writeAtomically("\(folder)/wrapd.yaml", Array(config.utf8))
            #expect(loadConfig(path: "\(folder)/wrapd.yaml", environment: testEnvironment).file == nil)
            try Files.writeAtomically("\(folder)/secrets.env", Array("HOOK=abc\n".utf8))
            let loaded = loadConfig(path: "\(folder)/wrapd.yaml", environment: testEnvironment)
            #expect(loaded.file != nil && loaded.secrets.value("$sluice:HOOK") == Array("abc".utf8))
        }
    }

    @Test(
        "a secret that stands in the file is masked where the file is shown",
        arguments: ["hunter2", "'hünter2'", "|\n  hunter2", "$$hunter2"])
    func masked(_ written: String) {
        let loaded = load(endpoint: "trigger: webhook\nsecret: \(written)\npublic: true")
        let shown = loaded.diagnostics.map { render($0, file: "f", source: loaded.source) }.joined()
        #expect(loaded.file != nil && shown.contains("warning: the secret stands in the open") && shown.contains("*"))
        #expect(!String(decoding: loaded.source, as: UTF8.self).contains("nter2"))
        #expect(String(decoding: loaded.source, as: UTF8.self).hasSuffix("\n    public: true\n"))
    }
}
