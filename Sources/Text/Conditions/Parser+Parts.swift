internal import Bytes
internal import JSON

extension Parser {
    /// A further step of a path, if there is one: `.key`, `["key"]`, `[0]` or `[*]`.
    mutating func step() throws(ConditionError) -> JSONPath.Step? {
        if token.isSymbol(".") {
            advance()
            let name = token
            guard name.kind == .word else {
                let hint = name.kind == .number ? "an element of a list is [0]" : "other keys are [\"in quotes\"]"
                throw ConditionError("expected a key behind the dot", at: name.columns, hint: hint)
            }
            advance()
            return .key(Array(name.text.utf8))
        }
        guard token.isSymbol("[") else { return nil }
        advance()
        let inside = token
        advance()
        let step: JSONPath.Step
        switch inside.kind {
        case .text: step = .key(Array(try unescaped(inside).utf8))
        case .number:
            guard let index = parseDecimalInt(inside.text), index < 1 << 31 else {
                throw ConditionError("an element is counted from 0: [0], [1] ...", at: inside.columns, hint: "every element is [*]")
            }
            step = .index(index)
        case .symbol where inside.text == "*": step = .all
        default: throw ConditionError("expected an element's number, [*] or a key in quotes", at: inside.columns)
        }
        guard skip("]") else { throw ConditionError("expected ']'", at: token.columns) }
        return step
    }

    /// The text that a token in quotes stands for.
    func unescaped(_ token: Token) throws(ConditionError) -> String {
        let scalars = Array(token.text.unicodeScalars)
        var result = ""
        var index = 0
        while index < scalars.count {
            guard scalars[index] == "\\", index + 1 < scalars.count else {
                result.unicodeScalars.append(scalars[index])
                index += 1
                continue
            }
            switch scalars[index + 1] {
            case "\\", "\"", "'", "/": result.unicodeScalars.append(scalars[index + 1])
            case "n": result += "\n"
            case "r": result += "\r"
            case "t": result += "\t"
            case "u":
                guard let scalar = Self.scalar(scalars, index + 2) else { throw Self.badEscape(token, index, "four hexadecimal digits follow \\u") }
                result.unicodeScalars.append(scalar)
                index += 4
            default: throw Self.badEscape(token, index, "'\\\(scalars[index + 1])' is not known; for a backslash write two")
            }
            index += 2
        }
        return result
    }

    private static func scalar(_ scalars: [Unicode.Scalar], _ start: Int) -> Unicode.Scalar? {
        guard start + 4 <= scalars.count else { return nil }
        var value: UInt32 = 0
        for scalar in scalars[start..<start + 4] {
            guard scalar.isASCII, let digit = ASCII.hexValue(UInt8(truncatingIfNeeded: scalar.value)) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return Unicode.Scalar(value)
    }

    private static func badEscape(_ token: Token, _ index: Int, _ message: String) -> ConditionError {
        let place = token.columns.lowerBound + 1 + index
        return ConditionError(message, at: place..<place + 2)
    }
}
