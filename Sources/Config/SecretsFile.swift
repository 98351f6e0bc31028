internal import Diagnostics
internal import Glibc
internal import Model
internal import Posix

/// `NAME=value` lines. Blank lines and lines that begin with `#` are passed over; blanks around the value go, and one pair of quotes
/// around all of it. Nothing is expanded.
func parseSecrets(_ bytes: [UInt8], file: String) -> (values: [String: String], problems: [String]) {
    var values: [String: String] = [:]
    var problems: [String] = []
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
        let text = trimmed(line)
        guard let first = text.first, first != UInt8(ascii: "#") else { continue }
        let place = "\(file):\(index + 1)"
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else {
            problems.append("\(place): expected NAME=value")
            continue
        }
        let name = String(decoding: trimmed(text[..<equals]), as: UTF8.self)
        guard EndpointField.checkEnvironmentName(name) == nil else {
            problems.append("\(place): a name has letters, digits and '_', and no digit first")
            continue
        }
        guard let value = String(validating: unquoted(trimmed(text[(equals + 1)...])), as: UTF8.self), !value.utf8.contains(0) else {
            problems.append("\(place): the value of \(name) is not UTF-8 text")
            continue
        }
        if values.updateValue(value, forKey: name) != nil { problems.append("\(place): \(name) is set twice") }
    }
    return (values, problems)
}

private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    guard let first = line.firstIndex(where: { !isBlank($0) }), let last = line.lastIndex(where: { !isBlank($0) }) else { return [] }
    return line[first...last]
}

private func unquoted(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard value.count >= 2, let quote = value.first, quote == 0x22 || quote == 0x27, value.last == quote else { return value }
    return value.dropFirst().dropLast()
}

/// Reads the secrets file at `path`. `shown` is its name in messages.
func loadSecrets(path: String, shown: String) -> (values: [String: String], diagnostics: [Diagnostic]) {
    var information = stat()
    guard stat(path, &information) == 0 else {
        return ([:], [Diagnostic(at: nil, "cannot read the secrets file \(shown): \(String(cString: strerror(errno)))")])
    }
    var diagnostics: [Diagnostic] = []
    let hint = "chmod 600 \(shown)"
    if information.st_mode & S_IROTH != 0 {
        diagnostics.append(Diagnostic(at: nil, "everyone on this machine can read the secrets file \(shown)", hint: hint))
    } else if information.st_mode & S_IRGRP != 0 {
        diagnostics.append(Diagnostic(.warning, at: nil, "a whole group can read the secrets file \(shown)", hint: hint))
    }
    do throws(SystemError) {
        let (values, problems) = parseSecrets(try Files.read(path, limit: 1 << 20), file: shown)
        return (values, diagnostics + problems.map { Diagnostic(at: nil, $0) })
    } catch {
        return ([:], [Diagnostic(at: nil, "cannot read the secrets file \(shown): \(String(cString: strerror(error.errno)))")])
    }
}
