internal import Config
internal import Crontab
internal import Diagnostics
internal import JSON
internal import Model

/// `sluice check`: reads the configuration as `serve` would and says everything that is wrong with it.
/// - Returns: the exit code: 0, also with warnings; 1 for a configuration with errors; 2 for wrong use.
package func runCheckCommand(_ arguments: [String]) -> Int32 {
    checkParser.run(arguments) { (parsed: Arguments) throws(UsageError) in
        let report = checkReport(path: configurationPath(parsed["config"]), json: parsed.has("json"))
        printError(report.errors)
        printText(report.output)
        return report.exitCode
    }
}

private let checkParser = ArgumentParser(
    "check", "Checks a configuration file without starting anything: syntax, fields, schedules, commands, secrets.",
    options: [
        .value("config", "FILE", short: "c", "the configuration to check (default wrapd.yaml; env WRAPD_CONFIG_PATH)"),
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
    return (loaded.file.map { "\(path): ok, \(summary(of: $0))\n" } ?? "", renderFindings(loaded, path: path), code)
}

/// All findings, each with the line that it is about.
func renderFindings(_ loaded: LoadedConfig, path: String) -> String {
    var text = loaded.diagnostics.map { render($0, file: path, source: loaded.source) }.joined()
    for file in loaded.scheduleFiles { text += file.diagnostics.map { render($0, file: file.path, source: file.source) }.joined() }
    return text
}

/// "3 endpoints (1 gated, 1 scheduled), 2 schedules in files, 1 crontab with 40 jobs, 2 alert rules, 1 channel"
func summary(of file: ConfigFile) -> String {
    let gated = file.endpoints.count { $0.settings.approvalRequired }
    let scheduled = file.endpoints.count { !$0.settings.schedules.isEmpty }
    let parts = [(gated, "gated"), (scheduled, "scheduled")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    let count = file.endpoints.count
    var text = "\(count) endpoint\(count == 1 ? "" : "s")" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    let further = file.fileSchedules.count
    if further > 0 { text += ", \(further) schedule\(further == 1 ? "" : "s") in files" }
    let crontabs = file.crontabs.count
    let jobs = file.crontabs.reduce(0) { $0 + $1.crontab.jobs.count }
    if crontabs > 0 { text += ", \(crontabs) crontab\(crontabs == 1 ? "" : "s") with \(jobs) job\(jobs == 1 ? "" : "s")" }
    let rules = file.alerts.rules.count
    let channels = file.alerts.channels.count
    if rules > 0 { text += ", \(rules) alert rule\(rules == 1 ? "" : "s")" }
    if channels > 0 { text += ", \(channels) channel\(channels == 1 ? "" : "s")" }
    return text
}

private func checkJSON(_ path: String, _ loaded: LoadedConfig) -> String {
    let all = loaded.diagnostics.map { (path, $0) } + loaded.scheduleFiles.flatMap { file in file.diagnostics.map { (file.path, $0) } }
    let findings = all.map { file, diagnostic in
        var members: [(String, JSONValue)] = [("file", .string(file)), ("severity", .string(diagnostic.severity.rawValue))]
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
