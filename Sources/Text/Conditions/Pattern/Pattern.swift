/// Why a text is no pattern, and where: Unicode scalars from its beginning.
package struct PatternError: Error, Sendable, Equatable {
    package let offset: Int
    package let message: String
}

/// A regular expression whose search takes time in proportion to pattern and text, whatever they are.
///
/// Ken Thompson, "Regular expression search algorithm", CACM 11(6), 1968: all states that could be reached are followed at the same time, so
/// there is no backtracking, and no backreference either. A text matches if the pattern is found anywhere in it.
package struct Pattern: Sendable {
    package static let maximumLength = 1000
    package static let maximumStates = 1000
    static let maximumNesting = 32
    static let maximumRepeats = 1000

    enum Instruction: Sendable {
        case one(ScalarSet)
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case found
    }

    let program: [Instruction]

    package init(_ text: String) throws(PatternError) {
        var parser = PatternParser(text)
        var compiler = PatternCompiler()
        program = try compiler.compile(try parser.parse(), end: text.unicodeScalars.count)
    }

    /// Whether the pattern is found in `text`. `steps` counts down what that costs; nil when it is used up.
    package func isFound(in text: String, steps: inout Int) -> Bool? {
        var search = PatternSearch(program)
        var rest = text.unicodeScalars.makeIterator()
        var next = rest.next()
        var isStart = true
        while true {
            if search.enter(0, isStart: isStart, isEnd: next == nil) { return true }
            steps -= search.takeCost()
            if steps < 0 { return nil }
            guard let scalar = next else { return false }
            next = rest.next()
            isStart = false
            if search.advance(scalar.value, isEnd: next == nil) { return true }
        }
    }
}

/// The states that a search is in: those of the position at hand, and those of the next one.
private struct PatternSearch {
    private let program: [Pattern.Instruction]
    private var current: [Int] = []
    private var next: [Int] = []
    /// The round in which a state was entered last.
    private var entered: [Int]
    private var round = 1
    private var stack: [Int] = []
    private var cost = 0

    init(_ program: [Pattern.Instruction]) {
        self.program = program
        entered = Array(repeating: 0, count: program.count)
    }

    mutating func takeCost() -> Int {
        defer { cost = 0 }
        return cost
    }

    /// Adds a state and all that it leads to without a character. Returns whether the end of the pattern is among them.
    mutating func enter(_ state: Int, isStart: Bool, isEnd: Bool) -> Bool {
        stack.append(state)
        while let state = stack.popLast() {
            cost += 1
            if entered[state] == round { continue }
            entered[state] = round
            switch program[state] {
            case .one: current.append(state)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .jump(let target): stack.append(target)
            case .start: if isStart { stack.append(state + 1) }
            case .end: if isEnd { stack.append(state + 1) }
            case .found: return true
            }
        }
        return false
    }

    /// From one position to the next, over a character.
    mutating func advance(_ scalar: UInt32, isEnd: Bool) -> Bool {
        swap(&current, &next)
        current.removeAll(keepingCapacity: true)
        round += 1
        for state in next {
            guard case .one(let set) = program[state] else { continue }
            cost += set.cost
            if set.contains(scalar), enter(state + 1, isStart: false, isEnd: isEnd) { return true }
        }
        return false
    }
}
