struct Token: Sendable {
    enum Kind: Sendable { case word, fact, number, text, symbol, end }

    let kind: Kind
    /// A text in quotes as it is written between them; a fact without its dollar sign.
    let text: String
    let columns: Range<Int>

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
    func isWord(_ word: String) -> Bool { kind == .word && text == word }
}

/// Cuts a condition into tokens.
struct Lexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var tokens: [Token] = []

    private static let symbols = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", ".", "*"]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func run() throws(ConditionError) -> [Token] {
        while position < scalars.count {
            let begin = position
            let scalar = scalars[position]
            if scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
                position += 1
            } else if Self.beginsName(scalar) {
                skipName()
                add(.word, begin)
            } else if scalar == "$" {
                position += 1
                guard position < scalars.count, Self.beginsName(scalars[position]) else {
                    throw ConditionError("a dollar sign begins the name of a fact, such as $event", at: begin..<begin + 1)
                }
                skipName()
                add(.fact, begin, from: begin + 1)
            } else if scalar == "\"" || scalar == "'" {
                try text(scalar)
            } else if Self.isDigit(scalar) || scalar == "-" && position + 1 < scalars.count && Self.isDigit(scalars[position + 1]) {
                number()
                add(.number, begin)
            } else {
                try symbol()
            }
        }
        tokens.append(Token(kind: .end, text: "", columns: scalars.count..<scalars.count + 1))
        return tokens
    }

    private mutating func add(_ kind: Token.Kind, _ begin: Int, from start: Int? = nil, upTo end: Int? = nil) {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[(start ?? begin)..<(end ?? position)])
        tokens.append(Token(kind: kind, text: text, columns: begin..<position))
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func beginsName(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private mutating func skipName() {
        while position < scalars.count {
            let scalar = scalars[position]
            guard Self.beginsName(scalar) || Self.isDigit(scalar) || scalar == "-" else { return }
            position += 1
        }
    }

    /// What looks like a number; whether it is one is the parser's question.
    private mutating func number() {
        position += 1
        while position < scalars.count {
            let scalar = scalars[position]
            let isSign = (scalar == "+" || scalar == "-") && (scalars[position - 1] == "e" || scalars[position - 1] == "E")
            guard Self.isDigit(scalar) || Self.beginsName(scalar) || scalar == "." || isSign else { return }
            position += 1
        }
    }

    private mutating func text(_ quote: Unicode.Scalar) throws(ConditionError) {
        let begin = position
        position += 1
        while position < scalars.count, scalars[position] != quote {
            position += scalars[position] == "\\" ? 2 : 1
        }
        guard position < scalars.count else {
            throw ConditionError("the text that begins here has no closing \(quote)", at: begin..<begin + 1)
        }
        position += 1
        add(.text, begin, from: begin + 1, upTo: position - 1)
    }

    private mutating func symbol() throws(ConditionError) {
        let begin = position
        for symbol in Self.symbols where scalars[position...].starts(with: symbol.unicodeScalars) {
            position += symbol.unicodeScalars.count
            add(.symbol, begin)
            return
        }
        let hints: [Unicode.Scalar: String] = [
            "=": "write == to compare", "&": "write && or and", "|": "write || or or", "/": "put a pattern in quotes: ref matches \"^v\"",
            "~": "write matches", "“": "use plain quotes", "”": "use plain quotes", "{": "there are no mappings here",
        ]
        throw ConditionError("'\(scalars[begin])' has no meaning here", at: begin..<begin + 1, hint: hints[scalars[begin]])
    }
}
