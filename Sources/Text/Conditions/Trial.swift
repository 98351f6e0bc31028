internal import JSON

extension Condition {
    /// A comparison of a fact with one value that stands in the condition. Whoever knows what the fact can be can tell whether it means anything.
    package struct Trial: Sendable {
        package let fact: String
        /// Of the value.
        package let columns: Range<Int>
        /// What the fact must be; nil for another comparison, such as with a pattern.
        package let value: String?
        /// The condition asks for the opposite.
        package let isNegated: Bool
        let node: Node

        /// Whether the comparison holds when the fact is `value`; also when that takes too long to find out.
        package func holds(for value: String) -> Bool {
            var evaluation = Evaluation(payload: nil, context: OneFact(name: fact, value: value))
            return evaluation.answer(node) != .no
        }
    }

    private struct OneFact: ConditionContext {
        let name: String
        let value: String

        func fact(_ name: String) -> String? { name == self.name ? value : nil }
        func member(_ name: String, of group: String) -> String? { nil }
    }
}

extension Parser {
    typealias Literal = (value: JSONValue, columns: Range<Int>)

    /// - Parameter literals: those of the comparison, in order.
    mutating func noteTrials(_ node: Node, _ literals: ArraySlice<Literal>, isNegated: Bool = false) {
        func note(_ operand: Operand, _ node: Node, _ literal: Literal, isEquality: Bool = false) {
            guard let fact = operand.factName else { return }
            let value = literal.value.string ?? literal.value.number?.text
            trials.append(
                .init(fact: fact, columns: literal.columns, value: isEquality ? value : nil, isNegated: isNegated, node: node))
        }
        switch node {
        case .not(let inner): noteTrials(inner, literals, isNegated: !isNegated)
        case .compare(.unequal, let left, let right): noteTrials(.compare(.equal, left, right), literals, isNegated: !isNegated)
        case .contains(.list(let items), let item) where item.factName != nil:
            // In a list within the list no text is meant for the fact.
            let values = items.compactMap(\.literal)
            guard values.count == literals.count else { return }
            for (value, literal) in zip(values, literals) {
                note(item, .compare(.equal, item, .constant(value)), literal, isEquality: true)
            }
        case .compare(let comparison, let left, let right):
            guard let literal = literals.first, literals.count == 1 else { return }
            note(left.literal == nil ? left : right, node, literal, isEquality: comparison == .equal)
        case .contains(let left, let right), .test(_, let left, let right):
            guard let literal = literals.first, literals.count == 1 else { return }
            var isEquality = false
            if case (.contains, .list) = (node, left) { isEquality = true }
            note(left.literal == nil ? left : right, node, literal, isEquality: isEquality)
        case .matches(let operand, _):
            if let literal = literals.last { note(operand, node, literal) }
        default: break
        }
    }
}

extension Operand {
    fileprivate var factName: String? {
        switch self {
        case .fact(let name), .number(let name): name
        case .list(let items): items.count == 1 ? items[0].factName : nil
        default: nil
        }
    }

    fileprivate var literal: JSONValue? {
        guard case .constant(let value) = self, value.string != nil || value.number != nil else { return nil }
        return value
    }
}
