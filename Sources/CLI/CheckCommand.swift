internal import Config
internal import Diagnostics
internal import JSON
internal import Model

/// `sluice check --config FILE`: reads the configuration as `serve` would and says everything that is wrong with it.
/// - Returns: the exit code: 0, also with warnings; 1 for a configuration with errors; 2 for wrong use.
package func runCheckCommand(_ arguments: [String]) -> Int32 {
    checkParser.run(arguments) { (parsed: Arguments) throws(UsageError) in
        let report = checkReport(path: try parsed.required("config"), json: parsed.has("json"))
        printError(report.errors)
        printText(report.output)
        return report.exitCode
    }
}

private let checkParser = ArgumentParser(
    "check", "Checks a configuration file without starting anything: syntax, fields, schedules, commands, secrets.",
    options: [
        .value("config", "FILE", short: "c", "the configuration to check"),
        .flag("json", "print the findings as one JSON object on standard output"),
    ],
    notes: """
        Every finding is printed as FILE:LINE:COLUMN: error: ... on standard error.
        The exit code is 0 if there is no error, warnings or not.
        """)

/// What `sluice check` prints, and its exit code.
func checkReport(path: String, json: Bool) -> (output: String, errors: String, exitCode: Int32) {
    let loaded = loadConfig(path: path)
    let code = loaded.file == nil ? ExitCode.failure : ExitCode.success
    if json { return (checkJSON(path, loaded), "", code) }
    let errors = loaded.diagnostics.map { render($0, file: path, source: loaded.source) }.joined()
    return (loaded.file.map { "\(path): ok, \(summary(of: $0))\n" } ?? "", errors, code)
}

/// "3 endpoints (1 gated, 1 scheduled)"
private func summary(of file: ConfigFile) -> String {
    let gated = file.endpoints.count { $0.settings.approvalRequired }
    let scheduled = file.endpoints.count { !$0.settings.schedules.isEmpty }
    let parts = [(gated, "gated"), (scheduled, "scheduled")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let count = file.endpoints.count
    return "\(count) endpoint\(count == 1 ? "" : "s")" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
}

private func checkJSON(_ path: String, _ loaded: LoadedConfig) -> String {
    let findings = loaded.diagnostics.map { diagnostic in
        var members: [(String, JSONValue)] = [("severity", .string(diagnostic.severity.rawValue))]
        if let position = diagnostic.position {
            members.append(("line", .number(JSONNumber(Int64(position.line)))))
            members.append(("column", .number(JSONNumber(Int64(position.column)))))
        }
        members.append(("message", .string(diagnostic.message)))
        if let hint = diagnostic.hint { members.append(("hint", .string(hint))) }
        return JSONValue.object(JSONObject(members))
    }
    let document = JSONValue.object(
        JSONObject([
            ("file", .string(path)), ("ok", .bool(loaded.file != nil)),
            ("endpoints", .number(JSONNumber(Int64(loaded.file?.endpoints.count ?? 0)))), ("diagnostics", .array(findings)),
        ]))
    return String(decoding: document.encoded(), as: UTF8.self) + "\n"
}
