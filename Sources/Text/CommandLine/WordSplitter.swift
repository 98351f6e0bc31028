/// Splits a command into words with sh's quoting, as long as it needs no shell.
struct WordSplitter {
    private let text: [UInt8]
    private let names: Set<String>
    private var position: Int
    private var words: [CommandTemplate.Word] = []
    private var current: CommandTemplate.Word?
    private var literal: [UInt8] = []
    /// Where each placeholder stands, in order.
    private(set) var placeholderOffsets: [Int] = []

    init(_ text: [UInt8], names: Set<String>, start: Int) {
        self.text = text
        self.names = names
        position = start
    }

    /// The words, or nil at the first sign that a shell is needed.
    mutating func split() throws(CommandError) -> [CommandTemplate.Word]? {
        while position < text.count {
            let byte = text[position]
            switch byte {
            case 0x20, 0x09:
                endWord()
                position += 1
            case 0x0A:
                // A line break at the end, as YAML's block scalars leave one, separates nothing.
                guard text[position...].allSatisfy({ isBlank($0) || $0 == 0x0A }) else { return nil }
                endWord()
                position += 1
            case 0x27: try singleQuoted()
            case 0x22: guard try doubleQuoted() else { return nil }
            case 0x5C: try backslash()
            case 0x24: guard takePlaceholder() else { return nil }
            case 0x23 where current == nil && moreLinesFollow: return nil
            default:
                if isShellOperator(byte) { return nil }
                add(byte)
                position += 1
            }
        }
        endWord()
        return words
    }

    /// To sh a `#` starts a comment, in which no quote counts, so the line's end must be looked for past all quotes.
    private var moreLinesFollow: Bool {
        guard let end = text[position...].firstIndex(of: 0x0A) else { return false }
        return !text[end...].allSatisfy { isBlank($0) || $0 == 0x0A }
    }

    private mutating func singleQuoted() throws(CommandError) {
        guard let close = text[(position + 1)...].firstIndex(of: 0x27) else { throw unclosed("single", at: position) }
        beginWord(quoted: true)
        literal += text[position + 1..<close]
        position = close + 1
    }

    /// False if a shell is needed.
    private mutating func doubleQuoted() throws(CommandError) -> Bool {
        let opening = position
        beginWord(quoted: true)
        position += 1
        while position < text.count {
            switch text[position] {
            case 0x22:
                position += 1
                return true
            case 0x24: guard takePlaceholder() else { return false }
            case 0x60: return false
            case 0x5C:
                let next = position + 1 < text.count ? text[position + 1] : 0
                switch next {
                case 0x22, 0x5C, 0x24, 0x60: literal.append(next)
                case 0x0A: break
                default:
                    literal.append(0x5C)
                    position -= 1
                }
                position += 2
            default:
                literal.append(text[position])
                position += 1
            }
        }
        throw unclosed("double", at: opening)
    }

    private mutating func backslash() throws(CommandError) {
        guard position + 1 < text.count else { throw CommandError("nothing follows the backslash", at: position, in: text) }
        let next = text[position + 1]
        position += 2
        if next == 0x0A { return }
        // What a backslash protects may be nothing but a blank: the word exists all the same.
        add(next)
    }

    private mutating func takePlaceholder() -> Bool {
        guard let (name, end) = placeholder(in: text, at: position, names: names) else { return false }
        placeholderOffsets.append(position)
        beginWord(quoted: false)
        flushLiteral()
        current?.parts.append(.placeholder(name))
        position = end
        return true
    }

    private mutating func add(_ byte: UInt8) {
        beginWord(quoted: false)
        literal.append(byte)
    }

    private mutating func beginWord(quoted: Bool) {
        if current == nil { current = CommandTemplate.Word() }
        if quoted { current?.quoted = true }
    }

    private mutating func flushLiteral() {
        guard !literal.isEmpty else { return }
        current?.parts.append(.literal(String(decoding: literal, as: UTF8.self)))
        literal = []
    }

    private mutating func endWord() {
        flushLiteral()
        if let current { words.append(current) }
        current = nil
    }

    private func unclosed(_ kind: String, at offset: Int) -> CommandError {
        CommandError("the \(kind) quote that opens here is not closed", at: offset, in: text)
    }
}

/// `| & ; < > ( ) * ? [ ~` and the backquote; `$` is looked at for itself.
func isShellOperator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x7C, 0x26, 0x3B, 0x3C, 0x3E, 0x28, 0x29, 0x2A, 0x3F, 0x5B, 0x7E, 0x60: true
    default: false
    }
}

/// Words of a shell text as a reader would see them; see `CommandTemplate.literalWords`.
func roughWords(of text: String) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    var quote: UInt8?
    var escaped = false
    func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x7C, 0x26, 0x3B, 0x3C, 0x3E, 0x28, 0x29, 0x60: true
        default: false
        }
    }
    for byte in text.utf8 {
        if escaped {
            word.append(byte)
            escaped = false
        } else if byte == 0x5C, quote != 0x27 {
            escaped = true
        } else if byte == quote {
            quote = nil
        } else if quote == nil, byte == 0x22 || byte == 0x27 {
            quote = byte
        } else if quote == nil, isSeparator(byte) {
            if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
            word = []
        } else {
            word.append(byte)
        }
    }
    if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
    return words
}
