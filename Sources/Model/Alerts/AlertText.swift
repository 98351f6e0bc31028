internal import Conditions
internal import Diagnostics

enum AlertTextPart: Sendable, Equatable {
    case literal(String)
    case fact(String)
}

struct AlertTextError: Error {
    let message: String
    /// Unicode scalars from the beginning of the text.
    let columns: Range<Int>
    let hint: String?
}

/// The parts of a rule's `text`: `{fact}` stands for a fact, `{{` and `}}` for a brace.
func alertTextParts(_ text: String) throws(AlertTextError) -> [AlertTextPart] {
    let scalars = Array(text.unicodeScalars)
    var parts: [AlertTextPart] = []
    var literal = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
        let scalar = scalars[index]
        if scalar == "{" || scalar == "}", index + 1 < scalars.count, scalars[index + 1] == scalar {
            literal.append(scalar)
            index += 2
        } else if scalar == "{" {
            guard let end = scalars[index...].firstIndex(of: "}") else {
                throw AlertTextError(
                    message: "the brace that opens here is not closed", columns: index..<index + 1, hint: "a brace itself is written {{")
            }
            var name = ""
            name.unicodeScalars.append(contentsOf: scalars[(index + 1)..<end])
            let known = AlertFacts.vocabulary.facts
            guard known.contains(name) else {
                let near = closestMatch(name, in: known).map { "did you mean {\($0)}?" }
                throw AlertTextError(
                    message: "there is no fact {\(name)}", columns: index..<end + 1,
                    hint: near ?? "there are \(known.map { "{\($0)}" }.joined(separator: ", ")); a brace itself is written {{")
            }
            if !literal.isEmpty { parts.append(.literal(String(literal))) }
            literal = .init()
            parts.append(.fact(name))
            index = end + 1
        } else {
            literal.append(scalar)
            index += 1
        }
    }
    if !literal.isEmpty { parts.append(.literal(String(literal))) }
    return parts
}

func alertTextProblem(_ text: String) -> SettingProblem? {
    if text.unicodeScalars.count > 500 { return SettingProblem("at most 500 characters, not \(text.unicodeScalars.count)") }
    if let place = text.unicodeScalars.enumerated().first(where: { isControl($0.element) })?.offset {
        return SettingProblem("one line without control characters is wanted here", columns: place..<place + 1)
    }
    do throws(AlertTextError) {
        return try alertTextParts(text).isEmpty ? SettingProblem("must not be empty") : nil
    } catch {
        return SettingProblem(error.message, columns: error.columns, hint: error.hint)
    }
}
