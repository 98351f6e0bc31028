/// Turns the tree of a pattern into the instructions that a search follows.
struct PatternCompiler {
    private var program: [Pattern.Instruction] = []
    private var length = 0

    /// - Parameter end: the pattern's length, for the message.
    mutating func compile(_ node: PatternNode, end: Int) throws(PatternError) -> [Pattern.Instruction] {
        length = end
        try emit(node)
        try add(.found)
        return program
    }

    private mutating func add(_ instruction: Pattern.Instruction) throws(PatternError) {
        guard program.count < Pattern.maximumStates else {
            let message = "the pattern is too large: its counts make more than \(Pattern.maximumStates) states"
            throw PatternError(offset: max(0, length - 1), message: message)
        }
        program.append(instruction)
    }

    private mutating func emit(_ node: PatternNode) throws(PatternError) {
        switch node {
        case .empty: break
        case .one(let set): try add(.one(set))
        case .start: try add(.start)
        case .end: try add(.end)
        case .sequence(let parts): for part in parts { try emit(part) }
        case .either(let branches): try emitBranches(branches)
        case .repeated(let item, let least, let most): try emitRepeats(item, least, most)
        }
    }

    private mutating func emitBranches(_ branches: [PatternNode]) throws(PatternError) {
        var ends: [Int] = []
        for (index, branch) in branches.enumerated() {
            guard index + 1 < branches.count else {
                try emit(branch)
                break
            }
            let split = program.count
            try add(.split(split + 1, split + 1))
            try emit(branch)
            ends.append(program.count)
            try add(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for end in ends { program[end] = .jump(program.count) }
    }

    private mutating func emitRepeats(_ item: PatternNode, _ least: Int, _ most: Int?) throws(PatternError) {
        for _ in 0..<least {
            let before = program.count
            try emit(item)
            // What needs no instruction needs none a thousand times either.
            if program.count == before { return }
        }
        guard let most else {
            let split = program.count
            try add(.split(split + 1, split + 1))
            try emit(item)
            try add(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            let split = program.count
            splits.append(split)
            try add(.split(split + 1, split + 1))
            try emit(item)
            if program.count == split + 1 { break }
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}
