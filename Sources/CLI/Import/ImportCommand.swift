internal import Diagnostics
internal import Posix

/// `sluice import crontab FILE`, `sluice import webhook FILE`
package func runImportCommand(_ arguments: [String]) -> Int32 {
    let rest = Array(arguments.dropFirst())
    switch arguments.first {
    case "crontab": return runImportCrontab(rest)
    case "webhook": return runImportWebhook(rest)
    case "--help", "-h":
        printText("usage: sluice import crontab FILE\n       sluice import webhook FILE\n\nEach has its own --help.\n")
        return ExitCode.success
    default:
        printError("sluice import: say what to import: crontab FILE or webhook FILE\nTry: sluice import crontab --help\n")
        return ExitCode.misuse
    }
}

/// The bytes of the file to import, `-` for standard input, and its name for messages; nil after saying why not.
func readImport(_ path: String) -> (bytes: [UInt8], shown: String)? {
    do {
        return (try Files.read(path == "-" ? "/dev/stdin" : path, limit: 4 << 20), path == "-" ? "stdin" : path)
    } catch {
        printError("sluice: cannot read \(path): \(error)\n")
        return nil
    }
}

/// What is to be said goes to standard error; the configuration, if there is one, to standard output.
func printImport(_ text: String?, _ diagnostics: [Diagnostic], file: String, source: [UInt8]) -> Int32 {
    for diagnostic in diagnostics { printError(render(diagnostic, file: file, source: source)) }
    guard let text else { return ExitCode.failure }
    printText(text)
    return ExitCode.success
}

// MARK: Texts

/// YAML's double quotes, which can hold everything.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F || (0x80...0x9F).contains(scalar.value):
            result += "\\x" + String(scalar.value >> 4, radix: 16) + String(scalar.value & 15, radix: 16)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// A name after the program: `/usr/bin/backup.sh --all` is `backup`.
func slug(of command: String) -> String {
    let word = command.split(whereSeparator: { $0 == " " || $0 == "\t" }).first { !$0.contains("=") } ?? "job"
    let base = word.split(separator: "/").last ?? "job"
    return endpointName(String(base.split(separator: ".").first ?? base), or: "job")
}

/// A text, as far as it can stand in an endpoint's address; `other` when nothing of it can.
func endpointName(_ text: String, or other: String) -> String {
    let kept = text.lowercased().unicodeScalars.map { scalar -> Character in
        let isFine = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
        return isFine ? Character(scalar) : "-"
    }
    let trimmed = String(kept).drop { $0 == "-" || $0 == "_" }.prefix(50)
    return trimmed.isEmpty ? other : String(trimmed)
}

func unique(_ name: String, _ taken: inout Set<String>) -> String {
    var candidate = name
    var number = 2
    while !taken.insert(candidate).inserted {
        candidate = "\(name)-\(number)"
        number += 1
    }
    return candidate
}
