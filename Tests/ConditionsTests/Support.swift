import Conditions
import JSON
import Testing

struct Facts: ConditionContext {
    var facts: [String: String] = ["event": "push", "id": "d-1", "trigger": "webhook"]
    var arguments: [String: String] = ["env": "production"]

    func fact(_ name: String) -> String? { facts[name] }
    func member(_ name: String, of group: String) -> String? { group == "args" ? arguments[name] : nil }
}

let vocabulary = Vocabulary(facts: ["event", "source", "id", "method", "trigger"], groups: ["args"])

/// What a condition says of a payload: "yes", "no", "undecided", or the error with its columns.
func ask(_ text: String, _ payload: String?, _ facts: Facts = Facts()) -> String {
    var paths = JSONPathSet()
    let condition: Condition
    do {
        condition = try Condition(text, vocabulary, paths: &paths)
    } catch {
        return "\(error.columns.lowerBound)-\(error.columns.upperBound): \(error.message)"
    }
    guard let payload else { return "\(condition.ask(nil, facts))" }
    return Array(payload.utf8).withUnsafeBytes { bytes in
        let found = try? paths.find(in: bytes)
        return "\(condition.ask(found, facts))"
    }
}

func errorHint(_ text: String) -> String? {
    var paths = JSONPathSet()
    do {
        _ = try Condition(text, vocabulary, paths: &paths)
        return nil
    } catch {
        return error.hint ?? "no hint"
    }
}

func find(_ pattern: String, in text: String) throws -> Bool? {
    var steps = 1_000_000
    return try Pattern(pattern).isFound(in: text, steps: &steps)
}
