internal import Diagnostics

/// The kinds of fields, each made from a key path, so that a table of them reads as the documentation does.
extension SettingField {
    static func text(_ name: String, _ path: Path<String>, check: @escaping Check = { _ in nil }) -> SettingField {
        SettingField(
            name: name,
            apply: { subject, value in
                guard case .string(let text) = value else { return [EndpointField.expected("a text", value)] }
                subject[keyPath: path] = text
                return [check(text)].compactMap(\.self)
            },
            read: { .string($0[keyPath: path]) })
    }

    static func optionalText(_ name: String, _ path: Path<String?>, check: @escaping Check = { _ in nil }) -> SettingField {
        SettingField(
            name: name,
            apply: { subject, value in
                switch value {
                case .null: subject[keyPath: path] = nil
                case .string(let text):
                    subject[keyPath: path] = text
                    return [check(text)].compactMap(\.self)
                default: return [EndpointField.expected("a text", value)]
                }
                return []
            },
            read: { $0[keyPath: path].map { .string($0) } ?? .null })
    }

    /// A text whose value no message may repeat: a secret, or a reference to one.
    static func secret(_ name: String, _ path: Path<String?>, check: @escaping Check = { _ in nil }) -> SettingField {
        SettingField(
            name: name,
            apply: { subject, value in
                switch value {
                case .null: subject[keyPath: path] = nil
                case .string(let text):
                    subject[keyPath: path] = text
                    if text.isEmpty { return [SettingProblem("must not be empty")] }
                    return [check(text)].compactMap(\.self)
                default: return [SettingProblem("this must be a text", hint: "write $NAME, or put what is meant in quotes")]
                }
                return []
            },
            read: { $0[keyPath: path].map { .string($0) } ?? .null })
    }

    static func flag(_ name: String, _ path: Path<Bool>, default fallback: Bool) -> SettingField {
        parsed(name, path, default: fallback, encode: { .bool($0) }, wrong: { EndpointField.expected("true or false", $0) }) { value in
            if case .bool(let flag) = value { flag } else { nil }
        }
    }

    static func integer(_ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, _ unit: String, default fallback: Int) -> SettingField {
        parsed(
            name, path, default: fallback, encode: { .integer(Int64($0)) }, wrong: { EndpointField.outOfRange($0, range, unit) },
            parse: { EndpointField.wholeNumber($0, range) })
    }

    /// Seconds: a number, or a text such as `90s` or `1h30m`.
    static func duration(_ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, default fallback: Int) -> SettingField {
        parsed(
            name, path, default: fallback, encode: { .string(durationText($0)) }, wrong: { EndpointField.notADuration($0, range) },
            parse: { EndpointField.seconds($0, range) })
    }

    static func optionalDuration(_ name: String, _ path: Path<Int?>, _ range: ClosedRange<Int>) -> SettingField {
        parsed(
            name, path, default: nil, encode: { $0.map { .string(durationText($0)) } ?? .null },
            wrong: { EndpointField.notADuration($0, range) }, parse: { EndpointField.seconds($0, range).map(Optional.some) })
    }

    static func enumeration<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Value>, default fallback: Value
    ) -> SettingField {
        parsed(
            name, path, default: fallback, encode: { .string($0.rawValue) }, wrong: { notAWord($0, Value.allCases.map(\.rawValue)) },
            parse: { value in if case .string(let text) = value { Value(rawValue: text) } else { nil } })
    }

    /// One text, or a list of them.
    static func texts(_ name: String, _ path: Path<[String]>, _ limit: Int, check: @escaping Check = { _ in nil }) -> SettingField {
        SettingField(
            name: name,
            apply: { subject, value in
                let (texts, problems) = readTexts(value, limit, check)
                subject[keyPath: path] = texts
                return problems
            },
            read: { .list($0[keyPath: path].map { .string($0) }) })
    }

    private static func parsed<Value: Sendable>(
        _ name: String, _ path: Path<Value>, default fallback: Value, encode: @escaping @Sendable (Value) -> SettingValue,
        wrong: @escaping @Sendable (SettingValue) -> SettingProblem, parse: @escaping @Sendable (SettingValue) -> Value?
    ) -> SettingField {
        SettingField(
            name: name,
            apply: { subject, value in
                guard let parsed = value == .null ? fallback : parse(value) else { return [wrong(value)] }
                subject[keyPath: path] = parsed
                return []
            },
            read: { encode($0[keyPath: path]) })
    }
}

/// One text, or a list of at most `limit`; each only once. Paths start at `value`.
private func readTexts(
    _ value: SettingValue, _ limit: Int, _ check: (String) -> SettingProblem?
) -> (texts: [String], problems: [SettingProblem]) {
    let items: [SettingValue]
    var isList = false
    switch value {
    case .null: return ([], [])
    case .list(let list): (items, isList) = (list, true)
    default: items = [value]
    }
    var texts: [String] = []
    var problems: [SettingProblem] = []
    for (index, item) in items.enumerated() {
        var problem: SettingProblem?
        if case .string(let text) = item, !text.isEmpty {
            problem = check(text) ?? (texts.contains(text) ? SettingProblem("'\(text)' is listed twice") : nil)
            texts.append(text)
        } else {
            problem = item == .string("") ? SettingProblem("must not be empty") : EndpointField.expected("a text", item)
        }
        if let problem { problems.append(isList ? problem.within(.index(index)) : problem) }
    }
    if items.count > limit { problems.append(SettingProblem("at most \(limit), not \(items.count)")) }
    return (texts, problems)
}

/// A word that is none of the known ones, with the nearest of them.
func notAWord(_ value: SettingValue, _ words: [String]) -> SettingProblem {
    var problem = EndpointField.notAChoice(value, words)
    if case .string(let text) = value { problem.hint = closestMatch(text, in: words).map { "did you mean '\($0)'?" } }
    return problem
}
