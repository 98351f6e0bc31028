internal import Diagnostics
internal import JSON

/// Reads a condition: `or` binds loosest, then `and`, `not`, and comparisons.
struct Parser {
    private let tokens: [Token]
    private var position = 0
    private var nesting = 0
    let vocabulary: Vocabulary
    var paths: JSONPathSet
    private(set) var members: [Condition.Member] = []
    private(set) var places: [Condition.Place] = []
    /// Texts, numbers and patterns that stand in the condition, in its order.
    private(set) var literals: [(value: JSONValue, columns: Range<Int>)] = []
    var trials: [Condition.Trial] = []

    static let operators = ["and", "or", "not", "in", "matches", "startswith", "endswith", "contains", "exists"]
    private static let comparisons = ["==", "!=", "<", "<=", ">", ">="]

    init(_ text: String, _ vocabulary: Vocabulary, _ paths: JSONPathSet) throws(ConditionError) {
        let limit = Condition.maximumLength
        guard text.utf8.count <= limit else { throw ConditionError("a condition may have at most \(limit) bytes", at: limit..<limit + 1) }
        var lexer = Lexer(text)
        tokens = try lexer.run()
        self.vocabulary = vocabulary
        self.paths = paths
    }

    mutating func parse() throws(ConditionError) -> Node {
        let node = try disjunction()
        guard token.kind == .end else { throw unexpected() }
        return node
    }

    // MARK: Tokens

    var token: Token { tokens[min(position, tokens.count - 1)] }
    private var following: Token { tokens[min(position + 1, tokens.count - 1)] }
    mutating func advance() { position += 1 }

    mutating func skip(_ symbol: String) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func skip(word: String, symbol: String) -> Bool {
        guard token.isWord(word) || token.isSymbol(symbol) else { return false }
        position += 1
        return true
    }

    /// What follows a whole condition and does not continue it.
    private func unexpected() -> ConditionError {
        if token.isSymbol(")") { return ConditionError("')' closes nothing", at: token.columns) }
        let allowed = "expected 'and', 'or', a comparison (== != < <= > >= in matches startswith endswith contains) or the end"
        var hint: String?
        if token.kind == .word { hint = closestMatch(token.text, in: Self.operators).map { "did you mean '\($0)'?" } }
        if Self.comparisons.contains(token.text), token.kind == .symbol {
            return ConditionError("one comparison behind another", at: token.columns, hint: "join two with 'and'")
        }
        return ConditionError(allowed, at: token.columns, hint: hint)
    }

    // MARK: Logic

    private mutating func nested<Value>(_ body: (inout Parser) throws(ConditionError) -> Value) throws(ConditionError) -> Value {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Condition.maximumNesting else {
            throw ConditionError("nested deeper than \(Condition.maximumNesting) levels", at: token.columns)
        }
        return try body(&self)
    }

    private mutating func disjunction() throws(ConditionError) -> Node {
        var parts = [try conjunction()]
        while skip(word: "or", symbol: "||") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(ConditionError) -> Node {
        var parts = [try negation()]
        while skip(word: "and", symbol: "&&") { parts.append(try negation()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func negation() throws(ConditionError) -> Node {
        guard skip(word: "not", symbol: "!") else { return try comparison() }
        return .not(try nested { parser throws(ConditionError) in try parser.negation() })
    }

    // MARK: Comparisons

    private mutating func comparison() throws(ConditionError) -> Node {
        if token.isWord("exists") { return try existence() }
        let begin = token.columns.lowerBound
        let literalsBefore = literals.count
        let left: Operand
        switch try term() {
        case .operand(let operand): left = operand
        case .condition(let node):
            guard !isComparison(token) else {
                throw ConditionError("what stands in parentheses is a condition, which cannot be compared", at: token.columns)
            }
            return node
        }
        let columns = begin..<tokens[position - 1].columns.upperBound
        guard let node = try comparison(of: left, columns) else { return .isTrue(try truth(left, columns)) }
        if isComparison(token) { throw unexpected() }
        noteTrials(node, literals[literalsBefore...])
        return node
    }

    private func isComparison(_ token: Token) -> Bool {
        token.kind == .symbol && Self.comparisons.contains(token.text)
            || token.kind == .word && ["in", "matches", "startswith", "endswith", "contains"].contains(token.text)
    }

    private mutating func comparison(of left: Operand, _ columns: Range<Int>) throws(ConditionError) -> Node? {
        let sign = token
        if sign.kind == .symbol, let comparison = Comparison(rawValue: sign.text) {
            advance()
            return .compare(comparison, left, try operand(beside: left, columns, sign))
        }
        guard sign.kind == .word else { return nil }
        if sign.text == "not", following.isWord("in") {
            advance()
            advance()
            return .not(.contains(container: try operand(beside: left, columns, sign), item: left))
        }
        switch sign.text {
        case "in":
            advance()
            return .contains(container: try operand(beside: left, columns, sign), item: left)
        case "contains":
            advance()
            return .contains(container: left, item: try operand(beside: left, columns, sign))
        case "matches":
            advance()
            try checkIsText(left, columns)
            return .matches(left, try pattern())
        default:
            guard let test = TextTest(rawValue: sign.text) else { return nil }
            advance()
            try checkIsText(left, columns)
            return .test(test, left, try operand(beside: left, columns, sign))
        }
    }

    /// Only what can be true may stand alone.
    private func truth(_ operand: Operand, _ columns: Range<Int>) throws(ConditionError) -> Operand {
        let kind: String
        switch operand {
        case .path, .constant(.bool): return operand
        case .constant(let value): kind = value.string == nil ? value.kind : "a text"
        case .fact, .member: kind = "a fact is a text, and a text"
        case .number: kind = "a fact that is a number"
        case .paths, .list: kind = "a list"
        }
        throw ConditionError("\(kind) alone is never true", at: columns, hint: "compare it: ... == ..., or ... in [...]")
    }

    private mutating func existence() throws(ConditionError) -> Node {
        advance()
        let isInParentheses = skip("(")
        let columns = token.columns
        guard case .path(let slot) = try operand() else {
            throw ConditionError("'exists' asks for one place in the payload, such as exists pull_request.head", at: columns)
        }
        if isInParentheses, !skip(")") { throw ConditionError("expected ')'", at: token.columns) }
        return .exists(slot: slot)
    }

    /// The pattern behind `matches`: backslashes in it are its own, but for one before the closing kind of quote.
    private mutating func pattern() throws(ConditionError) -> Pattern {
        guard token.kind == .text else {
            throw ConditionError("expected a pattern in quotes", at: token.columns, hint: "such as ref matches \"^refs/tags/v[0-9]+\"")
        }
        do {
            let pattern = try Pattern(token.text)
            literals.append((.string(token.text), token.columns))
            advance()
            return pattern
        } catch {
            let place = token.columns.lowerBound + 1 + error.offset
            throw ConditionError("in the pattern: \(error.message)", at: place..<place + 1)
        }
    }

    // MARK: Terms

    private enum Term { case operand(Operand), condition(Node) }

    private mutating func operand(beside left: Operand, _ columns: Range<Int>, _ sign: Token) throws(ConditionError) -> Operand {
        let begin = token.columns.lowerBound
        let right = try operand()
        try checkKinds(left, columns, sign, right, begin..<tokens[position - 1].columns.upperBound)
        return right
    }

    private mutating func operand() throws(ConditionError) -> Operand {
        let columns = token.columns
        guard case .operand(let operand) = try term() else {
            throw ConditionError("expected a value, not a condition", at: columns)
        }
        return operand
    }

    private mutating func term() throws(ConditionError) -> Term {
        let first = token
        switch first.kind {
        case .text:
            advance()
            return .operand(literal(.string(try unescaped(first)), first))
        case .number:
            advance()
            guard let number = try? parseJSON(first.text), number.number != nil else {
                throw ConditionError("'\(first.text)' is no number", at: first.columns)
            }
            guard first.text.utf8.count <= Condition.longestNumber else {
                throw ConditionError("a number has at most \(Condition.longestNumber) characters", at: first.columns)
            }
            return .operand(literal(number, first))
        case .fact: return .operand(try fact())
        case .word: return .operand(try word())
        case .symbol where first.text == "[": return .operand(try list())
        case .symbol where first.text == "(":
            advance()
            let inner = try nested { parser throws(ConditionError) in try parser.disjunction() }
            guard skip(")") else {
                throw token.kind == .end ? ConditionError("the parenthesis that opens here is not closed", at: first.columns) : unexpected()
            }
            return .condition(inner)
        default:
            let what = first.kind == .end ? "the condition ends where a value is expected" : "expected a value, not '\(first.text)'"
            throw ConditionError(
                what, at: first.columns, hint: "a value is a path such as ref, a fact such as $event, \"text\", a number, true, false, null or [...]")
        }
    }

    private mutating func literal(_ value: JSONValue, _ token: Token) -> Operand {
        literals.append((value, token.columns))
        return .constant(value)
    }

    private mutating func list() throws(ConditionError) -> Operand {
        let opening = token
        advance()
        var items: [Operand] = []
        if skip("]") { return .list([]) }
        while true {
            items.append(try nested { parser throws(ConditionError) in try parser.operand() })
            if skip("]") { break }
            guard skip(",") else {
                if token.kind == .end { throw ConditionError("the list that opens here is not closed", at: opening.columns) }
                throw ConditionError("expected ',' or ']'", at: token.columns)
            }
        }
        return .list(items)
    }

    private mutating func word() throws(ConditionError) -> Operand {
        let first = token
        switch first.text {
        case "true": advance(); return .constant(true)
        case "false": advance(); return .constant(false)
        case "null": advance(); return .constant(nil)
        default: break
        }
        guard !Self.operators.contains(first.text) else {
            throw ConditionError(
                "expected a value, not '\(first.text)'", at: first.columns, hint: "a key of that name in the payload is $body.\(first.text)")
        }
        advance()
        return try path(JSONPath([.key(Array(first.text.utf8))]), from: first)
    }

    private mutating func fact() throws(ConditionError) -> Operand {
        let first = token
        advance()
        if first.text == "body" { return try path(JSONPath(), from: first) }
        if vocabulary.groups.contains(first.text) {
            guard case .key(let name)? = try step() else {
                throw ConditionError("expected a name behind $\(first.text), as in $\(first.text).name", at: first.columns)
            }
            let text = String(decoding: name, as: UTF8.self)
            members.append(.init(group: first.text, name: text, columns: first.columns.lowerBound..<tokens[position - 1].columns.upperBound))
            return .member(text, group: first.text)
        }
        let known = vocabulary.facts + vocabulary.groups + ["body"]
        guard vocabulary.facts.contains(first.text) else {
            let near = closestMatch(first.text, in: known).map { "did you mean $\($0)?" }
            throw ConditionError(
                "there is no fact $\(first.text)", at: first.columns, hint: near ?? "there are \(known.map { "$" + $0 }.joined(separator: ", "))")
        }
        return vocabulary.numbers.contains(first.text) ? .number(first.text) : .fact(first.text)
    }

    private mutating func path(_ beginning: JSONPath, from first: Token) throws(ConditionError) -> Operand {
        var path = beginning
        while let step = try step() { path.steps.append(step) }
        let columns = first.columns.lowerBound..<tokens[position - 1].columns.upperBound
        guard path.steps.count <= JSONPath.maximumSteps else {
            throw ConditionError("a path has at most \(JSONPath.maximumSteps) steps", at: columns)
        }
        guard let slot = paths.add(path) else {
            throw .tooManyPaths(JSONPathSet.limit, at: columns)
        }
        places.append(.init(path: path, columns: columns))
        return path.isMany ? .paths(slot: slot) : .path(slot: slot)
    }

    mutating func parseOnlyPath() throws(ConditionError) -> JSONPath {
        let first = token
        guard first.kind == .word || first.kind == .fact else {
            throw ConditionError("expected a path into the payload, such as pull_request.head.ref", at: first.columns)
        }
        let operand = first.kind == .fact ? try fact() : try word()
        guard token.kind == .end else { throw ConditionError("a path ends here", at: token.columns) }
        switch operand {
        case .path(let slot): return paths.paths[slot]
        case .paths: throw ConditionError("[*] leads to several values; one is wanted here", at: first.columns)
        default: throw ConditionError("expected a path into the payload, such as pull_request.head.ref", at: first.columns)
        }
    }
}
