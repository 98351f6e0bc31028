/// A pattern as a tree.
indirect enum PatternNode: Sendable {
    case empty
    case one(ScalarSet)
    case start
    case end
    case sequence([PatternNode])
    case either([PatternNode])
    case repeated(PatternNode, least: Int, most: Int?)
}

/// Reads the syntax that most dialects share: literals, classes, groups, alternatives, counts and anchors.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func parse() throws(PatternError) -> PatternNode {
        guard scalars.count <= Pattern.maximumLength else {
            throw error("the pattern is longer than \(Pattern.maximumLength) characters", at: Pattern.maximumLength)
        }
        if scalars.starts(with: "(?i)".unicodeScalars) {
            ignoresCase = true
            position = 4
        }
        let node = try alternatives(nesting: 0)
        if peek == ")" { throw error("')' closes no group; write \\) for the character") }
        return node
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func error(_ message: String, at offset: Int? = nil) -> PatternError { PatternError(offset: offset ?? position, message: message) }

    // MARK: Structure

    private mutating func alternatives(nesting: Int) throws(PatternError) -> PatternNode {
        guard nesting <= Pattern.maximumNesting else { throw error("groups are nested deeper than \(Pattern.maximumNesting) levels") }
        var branches = [try sequence(nesting: nesting)]
        while peek == "|" {
            position += 1
            branches.append(try sequence(nesting: nesting))
        }
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence(nesting: Int) throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            let item = try atom(scalar, nesting: nesting)
            parts.append(try counted(item))
        }
        return parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func atom(_ scalar: Unicode.Scalar, nesting: Int) throws(PatternError) -> PatternNode {
        let begin = position
        position += 1
        switch scalar {
        case "(":
            if peek == "?" {
                guard position + 1 < scalars.count, scalars[position + 1] == ":" else {
                    throw error("of the forms with (? only (?:...) is known, and (?i) at the very beginning", at: begin)
                }
                position += 2
            }
            let inner = try alternatives(nesting: nesting + 1)
            guard peek == ")" else { throw error("the group that begins here is not closed", at: begin) }
            position += 1
            return inner
        case "[": return .one(try characterClass(begin))
        case ".": return .one(.notLineFeed)
        case "^": return .start
        case "$": return .end
        case "*", "+", "?": throw error("'\(scalar)' has nothing before it to repeat; write \\\(scalar) for the character", at: begin)
        case "{", "}": throw error("write \\\(scalar) for the character, or a count as in a{2,5}", at: begin)
        case "\\": return .one(fold(try escape(begin)))
        default: return .one(fold(ScalarSet(scalar.value...scalar.value)))
        }
    }

    private func fold(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.foldingASCII : set }

    // MARK: Counts

    private mutating func counted(_ item: PatternNode) throws(PatternError) -> PatternNode {
        guard let (least, most) = try count() else { return item }
        switch item {
        case .start, .end: throw error("an anchor cannot be repeated", at: position - 1)
        default: break
        }
        // A lazy count finds the same texts.
        if peek == "?" { position += 1 }
        if let scalar = peek, scalar == "*" || scalar == "+" || scalar == "?" || scalar == "{" {
            throw error("one count behind another; put the first into a group")
        }
        return .repeated(item, least: least, most: most)
    }

    private mutating func count() throws(PatternError) -> (least: Int, most: Int?)? {
        switch peek {
        case "*": position += 1; return (0, nil)
        case "+": position += 1; return (1, nil)
        case "?": position += 1; return (0, 1)
        case "{": break
        default: return nil
        }
        let begin = position
        position += 1
        guard let least = try number() else { throw error("expected a count such as {3}, {3,} or {3,5}; write \\{ for the character", at: begin) }
        var most: Int? = least
        if peek == "," {
            position += 1
            most = try number()
        }
        guard peek == "}" else { throw error("expected a count such as {3}, {3,} or {3,5}; write \\{ for the character", at: begin) }
        position += 1
        if let most, most < least { throw error("the count's end lies before its beginning", at: begin) }
        return (least, most)
    }

    private mutating func number() throws(PatternError) -> Int? {
        let begin = position
        var value: Int?
        while let scalar = peek, ("0"..."9").contains(scalar) {
            value = (value ?? 0) * 10 + Int(scalar.value - 0x30)
            guard let value, value <= Pattern.maximumRepeats else { throw error("a count goes up to \(Pattern.maximumRepeats)", at: begin) }
            position += 1
        }
        return value
    }

    // MARK: Characters

    /// What stands behind a backslash.
    private mutating func escape(_ begin: Int) throws(PatternError) -> ScalarSet {
        guard let scalar = peek else { throw error("a backslash needs a character behind it", at: begin) }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .wordParts
        case "W": return ScalarSet.wordParts.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "n": return ScalarSet(0x0A...0x0A)
        case "r": return ScalarSet(0x0D...0x0D)
        case "t": return ScalarSet(0x09...0x09)
        case "1"..."9": throw error("backreferences are not known", at: begin)
        case "0", "a"..."z", "A"..."Z":
            throw error("'\\\(scalar)' is not known; of letters there are \\d \\D \\w \\W \\s \\S \\n \\r \\t", at: begin)
        default: return ScalarSet(scalar.value...scalar.value)
        }
    }

    private mutating func characterClass(_ begin: Int) throws(PatternError) -> ScalarSet {
        var set = ScalarSet()
        let isNegated = peek == "^"
        if isNegated { position += 1 }
        var isFirst = true
        while true {
            guard let scalar = peek else { throw error("the class that begins here is not closed", at: begin) }
            if scalar == "]", !isFirst { break }
            isFirst = false
            let start = position
            if scalar == "[", position + 1 < scalars.count, [":", ".", "="].contains(scalars[position + 1]) {
                throw error("classes by name are not known; write \\d, \\w, \\s or the characters")
            }
            position += 1
            if scalar == "\\" {
                let escaped = try escape(start)
                // \. may begin a range, \d may not.
                guard let single = singleScalar(start) else {
                    set.formUnion(escaped)
                    continue
                }
                try insert(single, start, into: &set)
            } else {
                try insert(scalar.value, start, into: &set)
            }
        }
        position += 1
        if ignoresCase { set = set.foldingASCII }
        return isNegated ? set.inverted : set
    }

    /// The one character that the escape at `start` stands for.
    private func singleScalar(_ start: Int) -> UInt32? {
        switch scalars[start + 1] {
        case "n": 0x0A
        case "r": 0x0D
        case "t": 0x09
        case "a"..."z", "A"..."Z": nil
        default: scalars[start + 1].value
        }
    }

    /// A character, or the range that begins with it.
    private mutating func insert(_ first: UInt32, _ start: Int, into set: inout ScalarSet) throws(PatternError) {
        guard peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
            set.insert(first...first)
            return
        }
        position += 1
        let place = position
        var last = scalars[position].value
        position += 1
        if scalars[place] == "\\" {
            _ = try escape(place)
            guard let single = singleScalar(place) else { throw error("a range ends with a character", at: place) }
            last = single
        }
        guard first <= last else { throw error("the range's end lies before its beginning", at: start) }
        set.insert(first...last)
    }
}
