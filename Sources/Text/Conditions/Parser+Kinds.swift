internal import JSON

extension Parser {
    /// A fact is a text, whatever it looks like. Compared with a number it would be unequal always, and a gate for what is larger open to all.
    func checkKinds(
        _ left: Operand, _ leftColumns: Range<Int>, _ sign: Token, _ right: Operand, _ rightColumns: Range<Int>
    ) throws(ConditionError) {
        let columns: Range<Int>
        let other: Operand
        if left.isFact, right.holdsNumberOrBoolean {
            (columns, other) = (rightColumns, right)
        } else if right.isFact, left.holdsNumberOrBoolean {
            (columns, other) = (leftColumns, left)
        } else if left.isNumber, right.holdsText {
            throw Self.numberBesideText(right, at: rightColumns)
        } else if right.isNumber, left.holdsText {
            throw Self.numberBesideText(left, at: leftColumns)
        } else {
            return
        }
        var hint = "put it in quotes"
        switch other {
        case _ where sign.text.hasPrefix("<") || sign.text.hasPrefix(">"):
            hint = "a pattern can tell: not (... matches \"^[0-9]{1,2}$\") is all but 0 to 99"
        case .constant(.number(let number)): hint += ": \"\(number.text)\""
        case .constant(.bool(let flag)): hint += ": \"\(flag)\""
        default: hint = "put each value in quotes"
        }
        throw ConditionError("facts and arguments are texts, which are never compared with a number or boolean", at: columns, hint: hint)
    }

    /// Only texts begin, end or match.
    func checkIsText(_ operand: Operand, _ columns: Range<Int>) throws(ConditionError) {
        guard case .number(let name) = operand else { return }
        throw ConditionError("$\(name) is a number, which is no text", at: columns, hint: "compare it: $\(name) >= 2")
    }

    private static func numberBesideText(_ text: Operand, at columns: Range<Int>) -> ConditionError {
        var hint = "write numbers, without quotes"
        if case .constant(.string(let digits)) = text, Int64(digits) != nil { hint = "leave the quotes out: \(digits)" }
        return ConditionError("this fact is a number, which is never compared with a text", at: columns, hint: hint)
    }
}

extension Operand {
    /// Also a list of nothing else.
    fileprivate var isFact: Bool {
        switch self {
        case .fact, .member: true
        case .list(let items): !items.isEmpty && items.allSatisfy(\.isFact)
        default: false
        }
    }

    fileprivate var isNumber: Bool {
        switch self {
        case .number: true
        case .list(let items): !items.isEmpty && items.allSatisfy(\.isNumber)
        default: false
        }
    }

    /// Also booleans and other facts: all that no number is equal to.
    fileprivate var holdsText: Bool {
        switch self {
        case .constant(.string), .constant(.bool), .fact, .member: true
        case .list(let items): items.contains(where: \.holdsText)
        default: false
        }
    }

    fileprivate var holdsNumberOrBoolean: Bool {
        switch self {
        case .constant(.number), .constant(.bool), .number: true
        case .list(let items): items.contains(where: \.holdsNumberOrBoolean)
        default: false
        }
    }
}
