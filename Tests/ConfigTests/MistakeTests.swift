import Config
import Glibc
import Posix
import Testing

@Suite("Mistakes in configurations")
struct MistakeTests {
    /// Beside each file stands what is said about it. With SLUICE_RECORD=1 the answers are written anew, to be read before they are kept.
    @Test("each mistake is told in its place", arguments: fixtures("errors"))
    func mistake(_ name: String) throws {
        let path = "\(configs)/errors/\(name)"
        let loaded = loadConfig(path: path, environment: testEnvironment)
        let expected = String(path.dropLast(5)) + ".expected"
        let told = listing(loaded.diagnostics)
        if getenv("SLUICE_RECORD") != nil { try Files.writeAtomically(expected, Array(told.utf8), mode: 0o644) }
        #expect(told == String(decoding: try Files.read(expected, limit: 1 << 20), as: UTF8.self))
        #expect(!loaded.diagnostics.isEmpty)
        #expect((loaded.file == nil) == loaded.hasErrors)
    }

    @Test("there are files to look at")
    func fixturesAreThere() { #expect(fixtures("errors").count > 50) }

    @Test("an error count beyond the maximum is cut, and says so")
    func maximum() {
        let fields = (1...150).map { "    field\($0): 1\n" }.joined()
        let loaded = load("version: 1\nendpoints:\n  - name: a\n    command: echo\n\(fields)")
        #expect(loaded.diagnostics.count == LoadedConfig.maximumDiagnostics + 1)
        #expect(loaded.diagnostics.last?.message == "50 more like these")
        #expect(loaded.file == nil)
    }

    @Test("a file that cannot be read is one error without a place")
    func unreadable() {
        let loaded = loadConfig(path: "/nonexistent/wrapd.yaml", environment: testEnvironment)
        #expect(listing(loaded.diagnostics) == "-: error: cannot read the file: No such file or directory\n")
        #expect(loaded.file == nil)
    }

    @Test("a mistake inside a text is underlined where the text stands letter by letter")
    func caretInsideText() {
        let plain = load(endpoint: "schedule: 0 25 * * *").diagnostics
        #expect(plain.map { $0.position?.column } == [17] && plain.map(\.length) == [2])
        let quoted = load(endpoint: "schedule: '0 25 * * *'").diagnostics
        #expect(quoted.map { $0.position?.column } == [18] && quoted.map(\.length) == [2])
        let escaped = load(endpoint: #"schedule: "0\x20\x32\x35 * * *""#).diagnostics
        #expect(escaped.map { $0.position?.column } == [15])
        let folded = load(endpoint: "schedule: >-\n  0 25\n  * * *").diagnostics
        #expect(folded.map { $0.position?.column } == [15])
    }
}
