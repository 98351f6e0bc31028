internal import CommandLine
internal import Cron
internal import Crontab
package import Diagnostics

private let parser = ArgumentParser(
    "import crontab", "Turns a crontab into endpoints of wrapd.yaml, on standard output.", operands: ["FILE"],
    options: [
        .flag("gated", "each job asks for approval before it runs"),
        .flag("system", "a user stands before each command, as in /etc/crontab"),
        .value("timezone", "ZONE", "the zone of the times where the crontab has no CRON_TZ (default: UTC)"),
    ],
    notes: """
        FILE is - for standard input. What had to be changed or left out is told on standard error; a line that cannot
        be read ends the command with exit code 1 and nothing on standard output.

        examples:
          crontab -l | sluice import crontab - > wrapd.yaml
          sluice import crontab /etc/crontab --system --gated > wrapd.yaml
        """)

/// `sluice import crontab FILE`
func runImportCrontab(_ arguments: [String]) -> Int32 {
    parser.run(arguments) { options throws(UsageError) in
        guard let (bytes, shown) = readImport(options.operands[0]) else { return ExitCode.failure }
        let imported = importCrontab(
            bytes, gated: options.has("gated"), hasUserColumn: options.has("system"), timezone: options["timezone"])
        return printImport(imported.text, imported.diagnostics, file: shown, source: bytes)
    }
}

/// The configuration that does what a crontab does; no text when a line of it cannot be read.
package func importCrontab(
    _ bytes: [UInt8], gated: Bool, hasUserColumn: Bool, timezone: String?
) -> (text: String?, diagnostics: [Diagnostic]) {
    var (crontab, diagnostics) = parseCrontab(bytes, hasUserColumn: hasUserColumn)
    for setting in crontab.settings {
        let place = SourcePosition(line: setting.line, column: setting.nameColumn)
        diagnostics.append(Diagnostic(.warning, at: place, "SLUICE_ settings are left out: they belong into a folder of schedules"))
    }
    var text = "version: 1\nendpoints:\n"
    var names: Set<String> = []
    for job in crontab.jobs {
        let expression = crontab.expression(of: job)
        do {
            _ = try CronExpression(expression)
        } catch {
            let column = job.expression.lowerBound - lineStart(job, crontab) + 1 + error.columns.lowerBound
            diagnostics.append(
                Diagnostic(at: SourcePosition(line: Int(job.line), column: column), length: error.columns.count, error.message))
            continue
        }
        let environment = crontab.environment(of: job)
        let (command, stdin) = crontab.command(of: job)
        let name = unique(slug(of: command), &names)
        text += "  # line \(job.line)\(hasUserColumn ? ", user \(crontab.user(of: job))" : "")\n"
        text += "  - name: \(name)\n"
        text += "    schedule: \(quoted(expression))\n"
        if let zone = environment.timezone ?? timezone { text += "    timezone: \(quoted(zone))\n" }
        text += "    command: \(quoted(shellCommand(command, stdin, environment.shell)))\n"
        text += "    timeout: 3600\n    max_concurrent: 16\n"
        // cron runs a job in the home of its user.
        if let home = environment["HOME"] { text += "    working_dir: \(quoted(home))\n" }
        let variables = environment.variables.filter { $0.name != "SHELL" }
        if !variables.isEmpty {
            text += "    env:\n"
            // A value that begins with a dollar sign would name a secret.
            for variable in variables {
                text += "      \(quoted(variable.name)): \(quoted(variable.value.hasPrefix("$") ? "$" + variable.value : variable.value))\n"
            }
        }
        if gated { text += "    approval_required: true\n" }
    }
    if crontab.jobs.isEmpty, !diagnostics.contains(where: { $0.severity == .error }) {
        diagnostics.append(Diagnostic(at: nil, "there is no job in it"))
    }
    return (diagnostics.contains { $0.severity == .error } ? nil : text, diagnostics)
}

private func lineStart(_ job: Crontab.Job, _ crontab: Crontab) -> Int {
    var start = job.expression.lowerBound
    while start > 0, crontab.bytes[start - 1] != 0x0A { start -= 1 }
    return start
}

/// The whole line goes to the shell as one quoted word: its own `$`, `|` and quotes stay as cron has them, and none of them can be taken for
/// an argument's `${name}`.
private func shellCommand(_ command: String, _ stdin: [UInt8], _ shell: String) -> String {
    let inner = "\(shell) -c \(singleQuoted(command))"
    if stdin.isEmpty { return inner }
    return "printf '%s' \(singleQuoted(String(decoding: stdin, as: UTF8.self))) | \(inner)"
}
