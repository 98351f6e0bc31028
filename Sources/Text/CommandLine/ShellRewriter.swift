/// Turns the placeholders of a shell text into expansions of their variables that the shell neither splits nor globs.
///
/// Outside quotes `${name}` becomes `${V+"${V}"}`: the value as one piece of a word, and nothing at all if it was omitted.
/// In double quotes and here-documents it becomes `${V-}`. In single quotes, comments and here-documents with a quoted
/// delimiter it is text. Where a shell would evaluate a value (arithmetic, `eval`, `sh -c`), or where this reading of the
/// text is not certain, a placeholder is refused. Everything else is copied as it is: the text remains the author's.
struct ShellRewriter {
    let text: [UInt8]
    private let variables: [String: String]
    private let names: Set<String>
    var position = 0
    var output: [UInt8] = []
    private(set) var used: Set<String> = []
    private var firstPlaceholder: Int?
    /// Why placeholders can't be trusted to stand where they seem to.
    private var doubt: String?
    /// Open `${...}` expansions around the position, and open command substitutions.
    private var expansions = 0
    private var substitutions = 0
    var words = CommandWords()
    var hereDocuments: [HereDocument] = []

    init(_ text: [UInt8], variables: [ArgumentVariable]) {
        self.text = text
        self.variables = Dictionary(uniqueKeysWithValues: variables.map { ($0.argument, $0.variable) })
        names = Set(self.variables.keys)
    }

    mutating func rewrite() throws(CommandError) -> String {
        while position < text.count {
            try commands()
            // A closing parenthesis too many is the shell's to complain about.
            if position < text.count { copy(1) }
        }
        if let doubt, let firstPlaceholder { throw CommandError(doubt, at: firstPlaceholder, in: text) }
        return String(decoding: output, as: UTF8.self)
    }

    /// Commands up to the end, or to the parenthesis that closes them.
    private mutating func commands() throws(CommandError) {
        var parentheses = 0
        while position < text.count {
            let byte = text[position]
            switch byte {
            case 0x23 where words.atStart: copy(through: lineEnd())
            case 0x5C:
                words.add(byte)
                copy(2)
            case 0x27: try singleQuoted()
            case 0x22: try doubleQuoted()
            case 0x24: try dollar(quoted: false)
            case 0x60: try backquoted()
            case 0x20, 0x09:
                endWord()
                copy(1)
            case 0x0A:
                endCommand()
                copy(1)
                try copyHereDocuments()
            case 0x3C where peek(1) == 0x3C:
                endWord()
                openHereDocument()
            case 0x28:
                if words.atStart, peek(1) == 0x28 { doubt = "an argument can't be used beside ((: a shell may evaluate its value" }
                parentheses += 1
                endCommand()
                copy(1)
            case 0x29:
                endCommand()
                if parentheses == 0 { return }
                parentheses -= 1
                copy(1)
            case 0x3B, 0x26, 0x7C:
                endCommand()
                copy(1)
            case 0x3C, 0x3E:
                endWord()
                copy(1)
            default:
                words.add(byte)
                copy(1)
            }
        }
        endCommand()
    }

    private mutating func singleQuoted() throws(CommandError) {
        guard let close = text[(position + 1)...].firstIndex(of: 0x27) else {
            return try unclosed("single", at: position)
        }
        text[position + 1..<close].forEach { words.add($0) }
        words.quote()
        copy(through: close + 1)
    }

    private mutating func doubleQuoted() throws(CommandError) {
        let opening = position
        words.quote()
        copy(1)
        while position < text.count {
            switch text[position] {
            case 0x22:
                copy(1)
                return
            case 0x5C: copy(2)
            case 0x24: try dollar(quoted: true)
            case 0x60: try backquoted()
            default:
                words.add(text[position])
                copy(1)
            }
        }
        try unclosed("double", at: opening)
    }

    /// At a `$`: a placeholder, an expansion that stays, or a plain character.
    mutating func dollar(quoted: Bool) throws(CommandError) {
        if let (name, end) = placeholder(in: text, at: position, names: names) {
            try replacePlaceholder(name, quoted: quoted)
            position = end
            return
        }
        words.add(0x24)
        switch peek(1) {
        case 0x7B: try parameterExpansion(quoted: quoted)
        case 0x28 where peek(2) == 0x28: try arithmetic()
        case 0x28:
            copy(2)
            let outer = words
            words = CommandWords()
            substitutions += 1
            try commands()
            substitutions -= 1
            words = outer
            if position < text.count { copy(1) }
        case 0x27 where !quoted:
            doubt = "an argument can't be used beside $'...': shells differ in reading it"
            copy(1)
        case 0x24, 0x23, 0x40, 0x2A, 0x3F, 0x21, 0x2D: copy(2)
        default: copy(1)
        }
    }

    private mutating func replacePlaceholder(_ name: String, quoted: Bool) throws(CommandError) {
        if expansions > 0 {
            throw CommandError("${\(name)} can't stand inside another ${...}; give the argument a default", at: position, in: text)
        }
        if words.expectCode { throw CommandError(codeArgumentMessage(name), at: position, in: text) }
        guard let variable = variables[name] else { return }
        used.insert(name)
        if firstPlaceholder == nil { firstPlaceholder = position }
        // Its text is not known, but a word it is.
        words.quote()
        output += (quoted ? "${\(variable)-}" : "${\(variable)+\"${\(variable)}\"}").utf8
    }

    private mutating func parameterExpansion(quoted: Bool) throws(CommandError) {
        copy(2)
        expansions += 1
        defer { expansions -= 1 }
        while position < text.count {
            switch text[position] {
            case 0x7D:
                copy(1)
                return
            case 0x5C: copy(2)
            case 0x27 where !quoted: try singleQuoted()
            case 0x22: try doubleQuoted()
            case 0x24: try dollar(quoted: quoted)
            case 0x60: try backquoted()
            default: copy(1)
            }
        }
    }

    private mutating func arithmetic() throws(CommandError) {
        copy(3)
        var parentheses = 2
        while position < text.count, parentheses > 0 {
            switch text[position] {
            case 0x28: parentheses += 1
            case 0x29: parentheses -= 1
            case 0x22, 0x27: doubt = "an argument can't be used beside quotes in $((...))"
            case 0x24: try refusePlaceholder("in arithmetic: a shell may evaluate its value")
            default: break
            }
            copy(1)
        }
    }

    mutating func backquoted() throws(CommandError) {
        words.add(0x60)
        copy(1)
        while position < text.count {
            switch text[position] {
            case 0x60:
                copy(1)
                return
            case 0x5C: copy(2)
            default:
                if text[position] == 0x24 { try refusePlaceholder("in backquotes: write $(...) instead") }
                copy(1)
            }
        }
    }

    private func refusePlaceholder(_ place: String) throws(CommandError) {
        guard let (name, _) = placeholder(in: text, at: position, names: names) else { return }
        throw CommandError("${\(name)} can't be used \(place)", at: position, in: text)
    }

    // MARK: Words

    private mutating func endWord() {
        guard let word = words.endWord() else { return }
        switch word {
        case "eval", "let", "[[":
            doubt = "an argument can't be used beside '\(word)': a shell may evaluate its value"
        case "case" where substitutions > 0:
            doubt = "an argument can't be used beside 'case' in $(...): put the commands into a script"
        default: break
        }
    }

    mutating func endCommand() {
        endWord()
        words = CommandWords()
    }

    /// Certain only while nothing was doubtful; otherwise the rest is left to the shell.
    private mutating func unclosed(_ kind: String, at offset: Int) throws(CommandError) {
        if doubt == nil { throw CommandError("the \(kind) quote that opens here is not closed", at: offset, in: text) }
        copy(through: text.count)
    }
}

// MARK: Copying

extension ShellRewriter {
    func peek(_ distance: Int) -> UInt8 { position + distance < text.count ? text[position + distance] : 0 }

    /// The offset of the next line break, or the end.
    func lineEnd() -> Int { text[position...].firstIndex(of: 0x0A) ?? text.count }

    mutating func copy(_ count: Int) { copy(through: min(position + count, text.count)) }

    mutating func copy(through end: Int) {
        output += text[position..<end]
        position = end
    }
}
