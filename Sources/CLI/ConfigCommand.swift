internal import Diagnostics
internal import Glibc
internal import Posix
internal import YAML

/// `sluice config json FILE`: what a YAML file means, as JSON. Any YAML 1.2 file, not only a configuration.
/// - Returns: the exit code: 0; 1 for a file that cannot be read; 2 for wrong use.
package func runConfigCommand(_ arguments: [String]) -> Int32 {
    guard let verb = arguments.first else { return configMisuse("say what to do: json") }
    switch verb {
    case "json": return runConfigJSON(Array(arguments.dropFirst()))
    case "--help", "-h", "help":
        printText(configJSONParser.help)
        return ExitCode.success
    default: return configMisuse("there is no '\(verb)'; there is json")
    }
}

private func configMisuse(_ message: String) -> Int32 {
    printError("sluice config: \(message)\n\(configJSONParser.usage)\n")
    return ExitCode.misuse
}

private let configJSONParser = ArgumentParser(
    "config json", "Prints what a YAML 1.2 file means as JSON, after the core schema.", operands: ["FILE"],
    options: [.flag("json", "no effect: the output is JSON anyway"), .flag("compact", "print it on one line")],
    notes: "FILE - is standard input. Refused are tags, several documents, and keys that are not scalars or come twice.")

private func runConfigJSON(_ arguments: [String]) -> Int32 {
    configJSONParser.run(arguments) { (parsed: Arguments) throws(UsageError) in
        let path = parsed.operands[0]
        let source: [UInt8]
        do throws(SystemError) {
            source = try path == "-" ? readStandardInput(limit: largestYAML) : Files.read(path, limit: largestYAML)
        } catch {
            let reason = error.errno == EFBIG ? "it is larger than 64 MiB" : String(cString: strerror(error.errno))
            printError("\(path): error: cannot read the file: \(reason)\n")
            return ExitCode.failure
        }
        switch jsonText(ofYAML: source, path: path, pretty: !parsed.has("compact")) {
        case .success(let bytes): return writeAll(1, bytes) ? ExitCode.success : ExitCode.failure
        case .failure(let failure):
            printError(failure.text)
            return ExitCode.failure
        }
    }
}

private let largestYAML = 64 << 20

struct RenderedFailure: Error { let text: String }

/// The JSON with a final line break, or the rendered diagnostic.
func jsonText(ofYAML source: [UInt8], path: String, pretty: Bool) -> Result<[UInt8], RenderedFailure> {
    do throws(YAMLError) {
        return .success(try writeJSON(try parseYAML(source), pretty: pretty) + [0x0A])
    } catch {
        return .failure(RenderedFailure(text: render(error.diagnostic, file: path, source: source)))
    }
}
