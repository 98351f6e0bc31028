internal import JSON

/// A condition as a tree.
indirect enum Node: Sendable {
    case all([Node])
    case any([Node])
    case not(Node)
    /// A value by itself: it must be `true`.
    case isTrue(Operand)
    case exists(slot: Int)
    case compare(Comparison, Operand, Operand)
    case contains(container: Operand, item: Operand)
    case test(TextTest, Operand, Operand)
    case matches(Operand, Pattern)
}

enum Operand: Sendable {
    case constant(JSONValue)
    /// The value at a path.
    case path(slot: Int)
    /// The values at a path with `[*]`, as a list.
    case paths(slot: Int)
    case fact(String)
    /// A fact that is a whole number.
    case number(String)
    case member(String, group: String)
    case list([Operand])
}

enum Comparison: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

enum TextTest: String, Sendable { case startswith, endswith }
