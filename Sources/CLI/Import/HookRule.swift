internal import Conditions
internal import JSON

/// What a hook's `trigger-rule` asks of a request, as far as Sluice can ask it too.
///
/// Only parts that all have to hold can be told apart: a signature becomes the endpoint's own, addresses become `allow_from`, and what is
/// said about the payload becomes the condition. What has no counterpart is listed, never dropped in silence.
struct HookRule {
    struct Signature {
        let algorithm: String
        let header: String
        /// More than one when any of them is enough.
        let count: Int
    }

    private(set) var signature: Signature?
    private(set) var hasToken = false
    private(set) var addresses: [String] = []
    private(set) var conditions: [String] = []
    private(set) var unknown: [String] = []
    /// The headers, in lower case, whose value the condition takes for the event.
    private(set) var eventHeaders: Set<String> = []
    /// The JSON lies in this field of a form, and paths begin with its name.
    private let formField: String?

    var condition: String? {
        conditions.isEmpty ? nil : conditions.count == 1 ? conditions[0] : conditions.map { "(\($0))" }.joined(separator: " and ")
    }

    init(_ rule: JSONValue?, formField: String?) {
        self.formField = formField
        if let rule, !rule.isNull {
            require(rule)
            findEventHeaders(rule, depth: 0)
        }
    }

    /// Takes in a part that has to hold.
    private mutating func require(_ rule: JSONValue) {
        if let parts = rule["and"]?.array {
            for part in parts { require(part) }
        } else if let match = rule["match"], require(match: match) {
            return
        } else if let either = rule["or"]?.array, let same = sameSignatures(either), signature == nil {
            signature = same
        } else {
            switch expression(rule, depth: 0) {
            case .success(let text): conditions.append(text)
            case .failure(let reason): unknown.append(reason.text)
            }
        }
    }

    /// What is more than a question about the payload.
    private mutating func require(match: JSONValue) -> Bool {
        let type = match["type"]?.string ?? ""
        if let found = Self.signature(match) {
            // Two different signatures at once have no counterpart.
            guard signature == nil else { return false }
            signature = found
            return true
        }
        // A second list would have to hold too, and allow_from is one list of which any holds.
        if type == "ip-whitelist", addresses.isEmpty, let range = match["ip-range"]?.string, !range.isEmpty {
            addresses += range.split(separator: " ").map(String.init)
            return true
        }
        if type == "value", Self.isHeader(match["parameter"], "x-gitlab-token"), !hasToken {
            hasToken = true
            return true
        }
        return false
    }

    private static func isHeader(_ parameter: JSONValue?, _ name: String) -> Bool {
        parameter?["source"]?.string == "header" && parameter?["name"]?.string?.lowercased() == name
    }

    private static func signature(_ match: JSONValue) -> Signature? {
        guard let type = match["type"]?.string, match["parameter"]?["source"]?.string == "header",
            let header = match["parameter"]?["name"]?.string, match["secret"]?.string?.isEmpty == false
        else { return nil }
        for algorithm in ["sha1", "sha256", "sha512"] where type == "payload-hmac-\(algorithm)" || type == "payload-hash-\(algorithm)" {
            return Signature(algorithm: algorithm, header: header, count: 1)
        }
        return nil
    }

    private func sameSignatures(_ rules: [JSONValue]) -> Signature? {
        let found = rules.compactMap { $0["match"].flatMap(Self.signature) }
        guard let first = found.first, found.count == rules.count,
            found.allSatisfy({ $0.algorithm == first.algorithm && $0.header.lowercased() == first.header.lowercased() })
        else { return nil }
        return Signature(algorithm: first.algorithm, header: first.header, count: found.count)
    }

    private static let knownEventHeaders: Set<String> = ["x-github-event", "x-gitlab-event", "x-gitea-event", "x-event-type"]

    private mutating func findEventHeaders(_ rule: JSONValue, depth: Int) {
        guard depth < 16 else { return }
        let parameter = rule["match"]?["parameter"]
        if parameter?["source"]?.string == "header", let name = parameter?["name"]?.string?.lowercased(), Self.knownEventHeaders.contains(name) {
            eventHeaders.insert(name)
        }
        for part in (rule["and"]?.array ?? []) + (rule["or"]?.array ?? []) { findEventHeaders(part, depth: depth + 1) }
        if let inner = rule["not"] { findEventHeaders(inner, depth: depth + 1) }
    }

    // MARK: Conditions

    struct Reason: Error { let text: String }

    private func expression(_ rule: JSONValue, depth: Int) -> Result<String, Reason> {
        guard depth < 16 else { return .failure(Reason(text: "a rule nested deeper than 16 levels")) }
        if let match = rule["match"] { return expression(match: match) }
        if let inner = rule["not"] { return expression(inner, depth: depth + 1).map { "not (\($0))" } }
        for word in ["and", "or"] {
            guard let parts = rule[word]?.array else { continue }
            // An empty list of parts holds with 'and' and never with 'or'.
            if parts.isEmpty { return .success(word == "and" ? "true" : "false") }
            var texts: [String] = []
            for part in parts {
                switch expression(part, depth: depth + 1) {
                case .success(let text): texts.append("(\(text))")
                case .failure(let reason): return .failure(reason)
                }
            }
            return .success(texts.joined(separator: " \(word) "))
        }
        return .failure(Reason(text: "a rule that is none of and, or, not and match"))
    }

    private func expression(match: JSONValue) -> Result<String, Reason> {
        let type = match["type"]?.string ?? "without a type"
        guard let place = place(match["parameter"]) else {
            let source = match["parameter"]?["source"]?.string ?? "nothing"
            return .failure(Reason(text: "a match of the type \(type) on \(source)\(nameText(match["parameter"]))"))
        }
        switch type {
        case "value" where namesSecret(match["parameter"]?["name"]?.string ?? ""):
            return .failure(Reason(text: "a secret in the message itself\(nameText(match["parameter"])), which is not copied,"))
        case "value":
            guard let value = match["value"]?.string else { return .failure(Reason(text: "a value match without a text as its value")) }
            let text = conditionText(value)
            // The old program compares numbers and booleans by their text.
            let isNumber = value.utf8.count <= Condition.longestNumber && (try? parseJSON(value))?.number?.text == value
            let isOther = value == "true" || value == "false" || isNumber
            return .success(isOther && place.isPayload ? "\(place.text) in [\(text), \(value)]" : "\(place.text) == \(text)")
        case "regex":
            guard let regex = match["regex"]?.string else { return .failure(Reason(text: "a regex match without a regex")) }
            do throws(PatternError) {
                _ = try Pattern(patternText(regex))
            } catch {
                return .failure(Reason(text: "the regular expression '\(regex)': \(error.message)"))
            }
            return .success("\(place.text) matches \"\(patternText(regex))\"")
        default: return .failure(Reason(text: "a match of the type \(type) inside 'or' or 'not', or a second one"))
        }
    }

    private func nameText(_ parameter: JSONValue?) -> String { parameter?["name"]?.string.map { " '\($0)'" } ?? "" }

    /// A place that conditions can look at.
    private func place(_ parameter: JSONValue?) -> (text: String, isPayload: Bool)? {
        guard let name = parameter?["name"]?.string, !name.isEmpty else { return nil }
        switch parameter?["source"]?.string {
        case "payload": return (hookPath(name, formField: formField), true)
        case "header" where Self.knownEventHeaders.contains(name.lowercased()): return ("$event", false)
        default: return nil
        }
    }
}

/// Whether what has this name is hardly meant for everyone's eyes.
func namesSecret(_ name: String) -> Bool {
    let lower = name.lowercased()
    return ["secret", "token", "passw", "apikey", "api_key", "api-key", "credential"].contains { lower.contains($0) }
}

/// `head_commit.files.0` as Sluice writes it: `head_commit.files[0]`.
func hookPath(_ name: String, formField: String?) -> String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if let formField, parts.count > 1, parts[0] == formField { parts.removeFirst() }
    var path = ""
    for part in parts {
        let isName = isWord(part) && (!path.isEmpty || !reservedWords.contains(part))
        if !part.isEmpty, part.count < 9, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), !path.isEmpty {
            path += "[\(Int(part) ?? 0)]"
        } else if isName {
            path += path.isEmpty ? part : ".\(part)"
        } else {
            path += (path.isEmpty ? "$body" : "") + "[\(conditionText(part))]"
        }
    }
    return path
}

private let reservedWords: Set<String> = [
    "true", "false", "null", "and", "or", "not", "in", "matches", "startswith", "endswith", "contains", "exists",
]

/// What may stand in a path without quotes.
private func isWord(_ text: String) -> Bool {
    !text.isEmpty
        && text.unicodeScalars.enumerated().allSatisfy { index, scalar in
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
            return isLetter || index > 0 && (("0"..."9").contains(scalar) || scalar == "-")
        }
}

/// A text in a condition.
func conditionText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// A pattern as it stands between double quotes, where only the quote itself needs a backslash.
private func patternText(_ regex: String) -> String {
    var result = ""
    var isEscaped = false
    for scalar in regex.unicodeScalars {
        if scalar == "\"", !isEscaped { result += "\\" }
        result.unicodeScalars.append(scalar)
        isEscaped = scalar == "\\" && !isEscaped
    }
    return result
}
