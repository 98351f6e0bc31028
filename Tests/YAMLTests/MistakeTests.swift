import Diagnostics
import Glibc
import Testing
import YAML

/// The files of `fixtures/configs/yaml-errors`, one mistake each, and what is said about it.
private let mistakes: [(file: String, message: String)] = [
    ("apostrophe", "1:18: unexpected text after the end of the value"),
    ("at-sign", "1:9: a value can't start with '@'"),
    ("backslash", "2:12: '\\q' is no escape sequence"),
    ("bad-indentation", "4:6: this line is indented by 5, but the keys of the mapping around it by 4"),
    ("bracket-not-indented", "4:1: this line is inside brackets and must be indented by at least 1 space"),
    ("colon-in-value", "3:22: a value that holds ': ' must be in quotes"),
    ("continued-value", "2:12: unexpected ':': this line continues the text that begins on line 1"),
    ("dash-without-space", "3:3: an item of a list needs a space after its '-'"),
    ("duplicate-key", "3:1: the key 'account' is given twice: first on line 1"),
    ("missing-space", "3:5: expected 'key: value'"),
    ("shallow-key", "4:3: this line is indented by 2, but the keys of the mapping around it by 0"),
    ("tab-indentation", "4:1: a tab can't be used for indentation"),
    ("tag", "1:10: tags such as '!secret' are not supported"),
    ("template", "3:15: a list or a mapping can't be a key"),
    ("two-documents", "2:1: a second document begins here; a file may hold one only"),
    ("unclosed-bracket", "2:1: this line is inside brackets and must be indented by at least 1 space"),
    ("unclosed-quote", "2:1: this line of a quoted text must be indented by at least 1 space"),
    ("unknown-alias", "1:11: the alias '*/5' names no anchor before it"),
]

/// Those whose message says it all.
private let selfExplaining: Set = ["dash-without-space", "duplicate-key", "two-documents"]

private let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/fixtures/configs/yaml-errors"

private func contents(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    return count < 0 ? nil : Array(buffer[..<count])
}

private func diagnostic(of bytes: [UInt8]) -> Diagnostic? {
    do {
        _ = try parseYAML(bytes)
        return nil
    } catch {
        return error.diagnostic
    }
}

@Test func everyCommonMistakeIsExplainedAtItsPlace() throws {
    for (file, message) in mistakes {
        let bytes = try #require(contents(of: "\(folder)/\(file).yaml"), "\(file)")
        let found = try #require(diagnostic(of: bytes), "\(file) is accepted")
        #expect(summary(found) == message, "\(file)")
        #expect((found.hint == nil) == selfExplaining.contains(file), "\(file): \(found.hint ?? "no hint")")
    }
}

@Test func everyMistakeFileIsInTheTable() throws {
    let directory = try #require(opendir(folder))
    defer { closedir(directory) }
    var found: Set<String> = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasSuffix(".yaml") { found.insert(String(name.dropLast(5))) }
    }
    #expect(found == Set(mistakes.map(\.file)))
}
