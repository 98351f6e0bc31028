package import JSON

/// What a condition may speak of beside the payload: `$event` is a fact, `$args.name` a member of a group.
package struct Vocabulary: Sendable {
    package let facts: [String]
    /// Those of `facts` that are whole numbers: they are compared with numbers, and never with texts.
    package let numbers: [String]
    package let groups: [String]

    package init(facts: [String] = [], numbers: [String] = [], groups: [String] = []) {
        self.facts = facts
        self.numbers = numbers
        self.groups = groups
    }
}

/// The facts at hand when a condition is asked. All of them are given as texts; those that the vocabulary calls numbers in decimal.
package protocol ConditionContext {
    /// Nil where there is none, which is null to the condition.
    func fact(_ name: String) -> String?
    func member(_ name: String, of group: String) -> String?
}

/// What a condition says.
package enum Answer: Sendable, Equatable {
    case yes, no
    /// It depends on a payload that cannot be read, or would take too many steps.
    case undecided
}

/// An expression over a JSON payload and a few facts, compiled once.
///
/// It is total: it has no loops, every evaluation ends within `stepLimit`, and there are no errors when it is asked. What is missing is
/// null, and a comparison of unlike kinds is false.
package struct Condition: Sendable {
    package static let maximumLength = 4096
    static let maximumNesting = 32
    /// Of numbers, in bytes: a longer one is read anew for each that it is compared with. In a payload it is undecided.
    package static let longestNumber = 64
    /// About 10 milliseconds.
    package static let stepLimit = 4_000_000

    /// `$args.name`: what the condition mentions of a group, and where.
    package struct Member: Sendable {
        package let group: String
        package let name: String
        package let columns: Range<Int>
    }

    /// A place in the payload that the condition looks at, and where it says so.
    package struct Place: Sendable {
        package let path: JSONPath
        package let columns: Range<Int>
    }

    package let text: String
    package let members: [Member]
    package let places: [Place]
    package let trials: [Trial]
    let root: Node

    /// - Parameter paths: the paths that the payload is searched for; those of this condition are added.
    package init(_ text: String, _ vocabulary: Vocabulary, paths: inout JSONPathSet) throws(ConditionError) {
        var parser = try Parser(text, vocabulary, paths)
        root = try parser.parse()
        self.text = text
        members = parser.members
        places = parser.places
        trials = parser.trials
        paths = parser.paths
    }

    /// - Parameter payload: what was found at the paths; nil for a payload that is not there or cannot be read.
    package func ask(_ payload: FoundValues?, _ context: some ConditionContext) -> Answer {
        var evaluation = Evaluation(payload: payload, context: context)
        return evaluation.answer(root)
    }
}

/// A way into the payload by itself, as an argument names its source: `pull_request.head.ref`.
/// - Throws: also for one that may lead to several values.
package func parsePayloadPath(_ text: String) throws(ConditionError) -> JSONPath {
    var parser = try Parser(text, Vocabulary(), JSONPathSet())
    return try parser.parseOnlyPath()
}
