internal import JSON

/// One answer: a walk over the tree in which what cannot be known stays unknown unless the rest decides without it.
struct Evaluation<Context: ConditionContext> {
    let payload: FoundValues?
    let context: Context
    /// Steps that are left.
    private var steps = Condition.stepLimit

    init(payload: FoundValues?, context: Context) {
        self.payload = payload
        self.context = context
    }

    mutating func answer(_ node: Node) -> Answer {
        switch node {
        case .all(let parts):
            var result = Answer.yes
            for part in parts {
                switch answer(part) {
                case .no: return .no
                case .undecided: result = .undecided
                case .yes: break
                }
            }
            return result
        case .any(let parts):
            var result = Answer.no
            for part in parts {
                switch answer(part) {
                case .yes: return .yes
                case .undecided: result = .undecided
                case .no: break
                }
            }
            return result
        case .not(let inner):
            switch answer(inner) {
            case .yes: return .no
            case .no: return .yes
            case .undecided: return .undecided
            }
        case .isTrue(let operand):
            // Read only as far as needed: it may be all of the payload.
            if case .path(let slot) = operand { return self.answer(payload.map { $0.value(slot)?.first == UInt8(ascii: "t") }) }
            return self.answer(value(operand).map { $0.bool == true })
        case .exists(let slot):
            return self.answer(payload.map { $0.value(slot) != nil })
        case .compare(let comparison, let left, let right):
            return answer(compare(comparison, left, right))
        case .contains(let container, let item):
            guard let container = value(container), let item = value(item), charge(container, item) else { return .undecided }
            return answer(Self.contains(container, item))
        case .test(let test, let left, let right):
            guard let left = value(left), let right = value(right) else { return .undecided }
            return answer(Self.anyText(left) { Self.fits(test, $0, right) })
        case .matches(let operand, let pattern):
            return value(operand).map { matches($0, pattern) } ?? .undecided
        }
    }

    private func answer(_ holds: Bool?) -> Answer {
        switch holds {
        case true?: .yes
        case false?: .no
        case nil: .undecided
        }
    }

    // MARK: Values

    /// Nil for a value that cannot be known.
    private mutating func value(_ operand: Operand) -> JSONValue? {
        switch operand {
        case .constant(let value): return value
        case .fact(let name): return known(context.fact(name))
        case .number(let name):
            steps -= 1
            return context.fact(name).flatMap { Int64($0) }.map { .number(JSONNumber($0)) } ?? .null
        case .member(let name, let group): return known(context.member(name, of: group))
        case .path(let slot):
            guard let payload else { return nil }
            guard let found = payload.value(slot) else { return .null }
            return read(found)
        case .paths(let slot):
            guard let payload else { return nil }
            var items: [JSONValue] = []
            for found in payload.values(slot) {
                guard let item = read(found) else { return nil }
                items.append(item)
            }
            return .array(items)
        case .list(let operands):
            var items: [JSONValue] = []
            for operand in operands {
                guard let item = value(operand) else { return nil }
                items.append(item)
            }
            return .array(items)
        }
    }

    /// An argument of a call may be as long as its body: looking at it costs what a text of the payload does.
    private mutating func known(_ fact: String?) -> JSONValue? {
        guard let fact else { return .null }
        steps -= 1 + fact.utf8.count / 2
        return steps >= 0 ? .string(fact) : nil
    }

    /// The value of a text that was checked before; nil for an object in which a key occurs twice, and for numbers that are too long.
    private mutating func read(_ text: UnsafeRawBufferPointer) -> JSONValue? {
        let isTree = text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[")
        // By what it costs: a tree takes longer, and much more memory, than a text; and each value something, however small it is.
        steps -= 32 + (isTree ? text.count * 4 : text.count / 2)
        guard steps >= 0, let value = try? parseJSON(text), !Self.holdsLongNumber(value) else { return nil }
        return value
    }

    private static func holdsLongNumber(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let number): number.text.utf8.count > Condition.longestNumber
        case .array(let items): items.contains { holdsLongNumber($0) }
        // What is in an object is never compared.
        default: false
        }
    }

    /// Looking through a value costs about what reading it did; of a list, only its own length matters, since no comparison looks at more
    /// of the item than the element has.
    private mutating func charge(_ value: JSONValue, _ item: JSONValue) -> Bool {
        switch value {
        case .array(let items): steps -= items.count * (item.number == nil ? 1 : 8)
        case .string(let text): steps -= text.utf8.count / 8
        default: steps -= 1
        }
        return steps >= 0
    }

    // MARK: Comparisons

    private mutating func compare(_ comparison: Comparison, _ left: Operand, _ right: Operand) -> Bool? {
        if let isNull = isNull(left, right) { return comparison == .equal ? isNull : comparison == .unequal ? !isNull : false }
        guard let left = value(left), let right = value(right) else { return nil }
        switch comparison {
        case .equal: return Self.areEqual(left, right)
        case .unequal: return !Self.areEqual(left, right)
        case .less: return Self.order(left, right) == .some(.less)
        case .greater: return Self.order(left, right) == .some(.greater)
        case .lessOrEqual: return Self.order(left, right).map { $0 != .greater } ?? false
        case .greaterOrEqual: return Self.order(left, right).map { $0 != .less } ?? false
        }
    }

    /// Of a comparison with null, whether the other side is null; without reading it, since it may be all of the payload.
    private func isNull(_ left: Operand, _ right: Operand) -> Bool? {
        guard let payload else { return nil }
        switch (left, right) {
        case (.path(let slot), .constant(.null)), (.constant(.null), .path(let slot)):
            return payload.value(slot).map { $0.first == UInt8(ascii: "n") } ?? true
        default: return nil
        }
    }

    private static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.number, .number): order(left, right) == .some(.same)
        case (.array(let first), .array(let second)):
            first.count == second.count && zip(first, second).allSatisfy { areEqual($0, $1) }
        // Objects are equal to nothing.
        case (.object, _), (_, .object): false
        default: left == right
        }
    }

    /// Numbers by their size, texts by their bytes; nothing else has an order.
    private static func order(_ left: JSONValue, _ right: JSONValue) -> ValueOrder? {
        switch (left, right) {
        case (.number(let first), .number(let second)):
            return Magnitude(first).order(Magnitude(second))
        case (.string(let first), .string(let second)):
            if first.utf8.elementsEqual(second.utf8) { return .same }
            return first.utf8.lexicographicallyPrecedes(second.utf8) ? .less : .greater
        default: return nil
        }
    }

    // MARK: Texts and lists

    private static func contains(_ container: JSONValue, _ item: JSONValue) -> Bool {
        switch (container, item) {
        case (.array(let items), .number(let number)):
            let wanted = Magnitude(number)
            return items.contains { $0.number.map { Magnitude($0).order(wanted) == .some(.same) } ?? false }
        case (.array(let items), _): return items.contains { areEqual($0, item) }
        case (.string(let text), .string(let part)): return holds(text, part)
        case (.object(let object), .string(let key)): return object[key] != nil
        default: return false
        }
    }

    /// Of a list, whether one of its texts fits.
    private static func anyText(_ value: JSONValue, _ fits: (String) -> Bool) -> Bool {
        switch value {
        case .string(let text): fits(text)
        case .array(let items): items.contains { $0.string.map(fits) ?? false }
        default: false
        }
    }

    private static func fits(_ test: TextTest, _ text: String, _ other: JSONValue) -> Bool {
        guard let part = other.string, part.utf8.count <= text.utf8.count else { return false }
        switch test {
        case .startswith: return text.utf8.starts(with: part.utf8)
        case .endswith: return text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
        }
    }

    private mutating func matches(_ value: JSONValue, _ pattern: Pattern) -> Answer {
        let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
        for text in texts {
            guard let isFound = pattern.isFound(in: text, steps: &steps) else { return .undecided }
            if isFound { return .yes }
        }
        return .no
    }
}
