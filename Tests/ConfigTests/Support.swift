import Config
import Diagnostics
import Glibc
import Testing

/// The folder fixtures/configs of the sources.
let configs: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/") + "/fixtures/configs"
}()

/// The names of the files in a folder below fixtures/configs that end in `.yaml`, sorted.
func fixtures(_ folder: String) -> [String] {
    guard let directory = opendir("\(configs)/\(folder)") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasSuffix(".yaml") { names.append(name) }
    }
    return names.sorted()
}

/// What the tests have in their environment: nothing of the machine's own.
@Sendable func testEnvironment(_ name: String) -> String? {
    name == "HOOK_SECRET" ? "from the environment" : nil
}

func load(_ text: String) -> LoadedConfig {
    readConfig(Array(text.utf8), path: "wrapd.yaml", directory: "/", environment: testEnvironment)
}

/// A file with one endpoint that has these lines besides its name and command.
func load(endpoint lines: String, command: String = "echo hi") -> LoadedConfig {
    let indented = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
    return load("version: 1\nendpoints:\n  - name: a\n    command: \(command)\n\(indented)")
}

/// `3:5: error: message` lines, each with its hint below.
func listing(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { diagnostic in
        let place = diagnostic.position.map { "\($0.line):\($0.column)" } ?? "-"
        return "\(place): \(diagnostic.severity.rawValue): \(diagnostic.message)\n" + (diagnostic.hint.map { "  hint: \($0)\n" } ?? "")
    }.joined()
}

/// A folder of its own, gone afterwards with what the tests put there.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/sluice-config-XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer {
        for name in ["s.env", "wrapd.yaml", "secrets.env", "everything.env"] { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }
    return try body(folder)
}
