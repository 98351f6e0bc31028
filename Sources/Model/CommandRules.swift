internal import CommandLine

/// What is wrong with an endpoint's command, or looks it.
func commandProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    let text = settings.command
    let names = settings.arguments.map(\.name)
    var problems: [SettingProblem] = []
    do throws(CommandError) {
        let template = try parseCommand(text, argumentNames: names)
        if (try? template.render(values: [:])) == nil {
            return [
                SettingProblem("the command has no program of its own", at: [.key("command")], hint: "begin it with the program's name")
            ]
        }
        if case .words(let words) = template.form, words.first?.parts.first.map(isPlaceholder) == true {
            problems.append(SettingProblem("whoever calls chooses the program that runs", at: [.key("command")], severity: .warning))
        }
    } catch {
        if text.utf8.contains(0x0A) { return [SettingProblem(error.description, at: [.key("command")])] }
        let column = scalars(text, upTo: error.offset)
        return [SettingProblem(error.message, at: [.key("command")], columns: column..<column + 1)]
    }
    return problems + quotedPlaceholders(settings) + undeclaredPlaceholders(settings) + destructiveHint(settings)
}

/// `sh -c 'echo ${x}'`: single quotes keep the placeholder as it stands, and a shell finds no such variable.
private func quotedPlaceholders(_ settings: EndpointSettings) -> [SettingProblem] {
    guard let template = try? parseCommand(settings.command, argumentNames: settings.arguments.map(\.name)),
        case .words(let words) = template.form
    else { return [] }
    for case .literal(let text) in words.flatMap(\.parts) {
        guard let name = settings.arguments.map(\.name).first(where: { text.contains("${\($0)}") }) else { continue }
        return [
            SettingProblem(
                "'${\(name)}' stands in single quotes and is not replaced", at: [.key("command")], severity: .warning,
                hint: "outside of single quotes it takes the argument's value")
        ]
    }
    return []
}

private func isPlaceholder(_ part: CommandTemplate.Word.Part) -> Bool {
    if case .placeholder = part { true } else { false }
}

/// Unicode scalars in the first `offset` bytes.
private func scalars(_ text: String, upTo offset: Int) -> Int {
    text.utf8.prefix(offset).count { $0 & 0xC0 != 0x80 }
}

// MARK: Placeholders

/// `${nmae}` where `name` was meant: it would reach a shell, which finds no such variable and puts nothing there. A name that the text
/// mentions elsewhere too (`for f in ...; do echo ${f}`) is the shell's own.
private func undeclaredPlaceholders(_ settings: EndpointSettings) -> [SettingProblem] {
    let declared = Set(settings.arguments.map(\.name))
    let bytes = Array(settings.command.utf8)
    var problems: [SettingProblem] = []
    var words: [String: Int] = [:]
    for word in bytes.split(whereSeparator: { !isNameByte($0) }) { words[String(decoding: word, as: UTF8.self), default: 0] += 1 }
    var offset = 0
    while offset + 1 < bytes.count {
        defer { offset += 1 }
        guard bytes[offset] == UInt8(ascii: "$"), bytes[offset + 1] == UInt8(ascii: "{"),
            let end = bytes[offset...].firstIndex(of: UInt8(ascii: "}")), end > offset + 2
        else { continue }
        let inside = bytes[(offset + 2)..<end]
        let name = String(decoding: inside, as: UTF8.self)
        guard inside.allSatisfy(isNameByte), !declared.contains(name), words[name] == 1, !isKnownVariable(name, settings) else { continue }
        let start = scalars(settings.command, upTo: offset)
        problems.append(
            SettingProblem(
                "'${\(name)}' is no argument of this endpoint, and the command's environment has no such variable", at: [.key("command")],
                columns: start..<start + inside.count + 3, severity: .warning,
                hint: declared.isEmpty
                    ? "list it under args, or set it under env"
                    : "its arguments are \(settings.arguments.map(\.name).joined(separator: ", "))"))
    }
    return problems
}

private func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5F
}

/// What a run's environment holds besides arguments.
private func isKnownVariable(_ name: String, _ settings: EndpointSettings) -> Bool {
    let passed = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "PWD", "IFS"]
    return settings.environment[name] != nil || passed.contains(name) || name.hasPrefix("LC_") || name.hasPrefix("SLUICE_")
        || name.utf8.allSatisfy { (0x30...0x39).contains($0) }
}

// MARK: Destructive commands

private let destructivePatterns = [
    "rm -rf", "rm -fr", "mkfs", "dd if=", "sudo apt", "sudo yum", "sudo dnf", "sudo apk", "shutdown", "reboot", "systemctl stop",
    "systemctl restart", "systemctl disable", "chmod 777",
]

/// Only a hint: the list is short and knows nothing of what scripts do.
private func destructiveHint(_ settings: EndpointSettings) -> [SettingProblem] {
    if settings.approvalRequired || settings.isPrivileged { return [] }
    let text = Array(settings.command.utf8)
    for pattern in destructivePatterns {
        guard let offset = find(Array(pattern.utf8), in: text) else { continue }
        let start = scalars(settings.command, upTo: offset)
        return [
            SettingProblem(
                "'\(pattern)' looks destructive, and nobody is asked before it runs", at: [.key("command")],
                columns: start..<start + pattern.utf8.count, severity: .warning, hint: "approval_required: true asks a person first")
        ]
    }
    return []
}

/// The offset of `pattern` where a word starts.
private func find(_ pattern: [UInt8], in text: [UInt8]) -> Int? {
    guard text.count >= pattern.count else { return nil }
    return (0...(text.count - pattern.count)).first { offset in
        (offset == 0 || !isNameByte(text[offset - 1]) && text[offset - 1] != 0x2D)
            && text[offset..<offset + pattern.count].elementsEqual(pattern)
    }
}
