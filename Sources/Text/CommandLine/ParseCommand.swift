/// The command that `text` stands for. A shell is used only where one is needed: if one of `| & ; < > ( ) $ * ? [ ~`, a
/// backquote or a line break stands outside quotes (a break at the end of the text does not count), or `$` or a backquote
/// in double quotes. `${name}` of a declared argument is a placeholder and does not count; exactly this form is one, all
/// else after a `$` belongs to the shell.
///
/// Without a shell, quotes and backslashes mean what they mean to sh (POSIX, Shell Command Language, section 2.2).
package func parseCommand(_ text: String, argumentNames: [String]) throws(CommandError) -> CommandTemplate {
    let bytes = [UInt8](text.utf8)
    if let nul = bytes.firstIndex(of: 0) { throw CommandError("a command can't contain a NUL byte", at: nul, in: bytes) }
    guard let start = bytes.firstIndex(where: { !isBlank($0) && $0 != 0x0A }) else {
        throw CommandError("the command is empty", at: 0, in: bytes)
    }
    var splitter = WordSplitter(bytes, names: Set(argumentNames), start: start)
    if let words = try splitter.split() {
        try refuseCodeArguments(words, text: bytes, at: splitter.placeholderOffsets)
        let used = Set(words.flatMap(\.placeholders))
        return CommandTemplate(text: text, form: .words(words), positional: argumentNames.filter { !used.contains($0) })
    }
    let variables = argumentVariables(for: argumentNames)
    var rewriter = ShellRewriter(bytes, variables: variables)
    let script = try rewriter.rewrite()
    return CommandTemplate(
        text: text,
        form: .shell(
            script: script,
            variables: variables.filter { rewriter.used.contains($0.argument) }),
        positional: argumentNames.filter { !rewriter.used.contains($0) })
}

/// The name between `${` and `}` at `offset`, and the offset behind it, if `names` has it.
func placeholder(in text: [UInt8], at offset: Int, names: Set<String>) -> (name: String, end: Int)? {
    guard offset + 2 < text.count, text[offset] == 0x24, text[offset + 1] == 0x7B,
        let close = text[(offset + 2)...].firstIndex(of: 0x7D)
    else { return nil }
    let name = String(decoding: text[offset + 2..<close], as: UTF8.self)
    return names.contains(name) ? (name, close + 1) : nil
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

extension CommandTemplate.Word {
    var placeholders: [String] {
        parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
    }
}

/// `sh -c "echo ${name}"` would hand the value to a shell as text, through the back door.
private func refuseCodeArguments(
    _ words: [CommandTemplate.Word], text: [UInt8], at offsets: [Int]
) throws(CommandError) {
    var offset = offsets.makeIterator()
    var before: [String] = []
    for word in words {
        for part in word.parts {
            guard case .placeholder(let name) = part else { continue }
            let place = offset.next() ?? 0
            if expectsCode(before) { throw CommandError(codeArgumentMessage(name), at: place, in: text) }
        }
        before.append(word.parts.map { if case .literal(let text) = $0 { text } else { "" } }.joined())
    }
}

/// Whether the next word of a command is shell text: after a shell's option `-c`, also in a cluster as `-ec`.
func expectsCode(_ words: [String]) -> Bool {
    guard let option = words.last, isOption(option), !option.hasPrefix("--"), option.utf8.contains(0x63) else { return false }
    let shells: Set = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish"]
    let programs = words.map { String($0.split(separator: "/", omittingEmptySubsequences: false).last ?? "") }
    if programs.contains("su") { return true }
    guard let shell = programs.lastIndex(where: shells.contains) else { return false }
    // A word that is neither an option nor what belongs to `-o` is a script, and `-c` is the script's.
    return (shell + 1..<words.count).allSatisfy { index in
        isOption(words[index]) || (isOption(words[index - 1]) && words[index - 1].hasSuffix("o"))
    }
}

private func isOption(_ word: String) -> Bool { word.hasPrefix("-") || word.hasPrefix("+") }

func codeArgumentMessage(_ name: String) -> String {
    "${\(name)} would become shell text here: write the command without 'sh -c', or pass the value behind it and use \"$1\""
}
