/// The kinds of fields, each made from a key path, so that the table in `EndpointField.all` reads as the documentation does.
extension EndpointField {
    package typealias Check = @Sendable (String) -> String?
    typealias Path<Value> = any WritableKeyPath<EndpointSettings, Value> & Sendable

    static func text(_ name: String, _ path: Path<String>, check: @escaping Check) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                guard case .string(let text) = value else { return [expected("a text", value)] }
                settings[keyPath: path] = text
                return check(text).map { [SettingProblem($0)] } ?? []
            },
            read: { .string($0[keyPath: path]) }, hasNoEffect: false)
    }

    static func plainText(
        _ name: String, _ path: Path<String>, default fallback: String, hasNoEffect: Bool
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                switch value {
                case .null: settings[keyPath: path] = fallback
                case .string(let text): settings[keyPath: path] = text
                default: return [expected("a text", value)]
                }
                return []
            },
            read: { .string($0[keyPath: path]) }, hasNoEffect: hasNoEffect)
    }

    static func optionalText(
        _ name: String, _ path: Path<String?>, check: @escaping Check = { _ in nil },
        hasNoEffect: Bool = false
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                switch value {
                case .null: settings[keyPath: path] = nil
                case .string(let text):
                    settings[keyPath: path] = text
                    return check(text).map { [SettingProblem($0)] } ?? []
                default: return [expected("a text", value)]
                }
                return []
            },
            read: { $0[keyPath: path].map { .string($0) } ?? .null }, hasNoEffect: hasNoEffect)
    }

    static func flag(
        _ name: String, _ path: Path<Bool>, default fallback: Bool, hasNoEffect: Bool = false
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                switch value {
                case .null: settings[keyPath: path] = fallback
                case .bool(let flag): settings[keyPath: path] = flag
                default: return [expected("true or false", value)]
                }
                return []
            },
            read: { .bool($0[keyPath: path]) }, hasNoEffect: hasNoEffect)
    }

    static func integer(
        _ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, _ unit: String,
        default fallback: Int
    ) -> EndpointField {
        value(name, path, default: fallback, encode: { .integer(Int64($0)) }, wrong: { outOfRange($0, range, unit) }) { wholeNumber($0, range) }
    }

    static func optionalInteger(
        _ name: String, _ path: Path<Int?>, _ range: ClosedRange<Int>, _ unit: String
    ) -> EndpointField {
        value(name, path, default: nil, encode: { $0.map { .integer(Int64($0)) } ?? .null }, wrong: { outOfRange($0, range, unit) }) {
            wholeNumber($0, range).map(Optional.some)
        }
    }

    /// Seconds: a number, or a text such as `90s` or `1h30m`.
    static func duration(
        _ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, default fallback: Int
    ) -> EndpointField {
        value(name, path, default: fallback, encode: { .string(durationText($0)) }, wrong: { notADuration($0, range) }) { seconds($0, range) }
    }

    static func optionalDuration(_ name: String, _ path: Path<Int?>, _ range: ClosedRange<Int>) -> EndpointField {
        value(name, path, default: nil, encode: { $0.map { .string(durationText($0)) } ?? .null }, wrong: { notADuration($0, range) }) {
            seconds($0, range).map(Optional.some)
        }
    }

    /// A field that takes some values and null, which stands for the default.
    private static func value<Value: Sendable>(
        _ name: String, _ path: Path<Value>, default fallback: Value, encode: @escaping @Sendable (Value) -> SettingValue,
        wrong: @escaping @Sendable (SettingValue) -> SettingProblem, parse: @escaping @Sendable (SettingValue) -> Value?
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                guard let parsed = value == .null ? fallback : parse(value) else { return [wrong(value)] }
                settings[keyPath: path] = parsed
                return []
            },
            read: { encode($0[keyPath: path]) }, hasNoEffect: false)
    }

    static func choice(
        _ name: String, _ path: Path<String>, _ choices: [String], default fallback: String
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                switch value {
                case .null: settings[keyPath: path] = fallback
                case .string(let text) where choices.contains(text): settings[keyPath: path] = text
                default: return [notAChoice(value, choices)]
                }
                return []
            },
            read: { .string($0[keyPath: path]) }, hasNoEffect: false)
    }

    static func enumeration<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Value>, default fallback: Value, hasNoEffect: Bool = false
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                if value == .null {
                    settings[keyPath: path] = fallback
                    return []
                }
                guard case .string(let text) = value, let known = Value(rawValue: text) else {
                    return [notAChoice(value, Value.allCases.map(\.rawValue))]
                }
                settings[keyPath: path] = known
                return []
            },
            read: { .string($0[keyPath: path].rawValue) }, hasNoEffect: hasNoEffect)
    }

    static func textList(
        _ name: String, _ path: Path<[String]>, check: @escaping Check = { _ in nil }, hasNoEffect: Bool = false
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                if value == .null {
                    settings[keyPath: path] = []
                    return []
                }
                guard case .list(let items) = value else { return [expected("a list of texts", value)] }
                var texts: [String] = []
                var problems: [SettingProblem] = []
                for (index, item) in items.enumerated() {
                    guard case .string(let text) = item, !text.isEmpty else {
                        return [expected("a text", item).within(.index(index))]
                    }
                    if let wrong = check(text) { problems.append(SettingProblem(wrong, at: [.index(index)])) }
                    texts.append(text)
                }
                settings[keyPath: path] = texts
                return problems
            },
            read: { .list($0[keyPath: path].map { .string($0) }) }, hasNoEffect: hasNoEffect)
    }

    /// Names and values; numbers and booleans are taken by their text.
    static func textMap(
        _ name: String, _ path: Path<[String: String]>, check: @escaping Check = { _ in nil }
    ) -> EndpointField {
        EndpointField(
            name: name,
            apply: { settings, value in
                if value == .null {
                    settings[keyPath: path] = [:]
                    return []
                }
                guard case .map(let entries) = value else { return [expected("a mapping of names to texts", value)] }
                var texts: [String: String] = [:]
                var problems: [SettingProblem] = []
                for entry in entries {
                    if let wrong = check(entry.key) { problems.append(SettingProblem(wrong, at: [.key(entry.key)], atKey: true)) }
                    guard let text = entry.value.argumentText else {
                        problems.append(expected("a text", entry.value).within(.key(entry.key)))
                        continue
                    }
                    texts[entry.key] = text
                }
                settings[keyPath: path] = texts
                return problems
            },
            read: { settings in
                .map(settings[keyPath: path].sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
            }, hasNoEffect: false)
    }

    // MARK: Messages

    static func expected(_ what: String, _ got: SettingValue) -> SettingProblem {
        SettingProblem("expected \(what), not \(got.kind)")
    }

    static func outOfRange(_ value: SettingValue, _ range: ClosedRange<Int>, _ unit: String) -> SettingProblem {
        SettingProblem("expected a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound), not \(value.kind)")
    }

    static func notAChoice(_ value: SettingValue, _ choices: [String]) -> SettingProblem {
        let got = if case .string(let text) = value { "'\(text)'" } else { value.kind }
        return SettingProblem("expected one of \(choices.joined(separator: ", ")), not \(got)")
    }

    static func seconds(_ value: SettingValue, _ range: ClosedRange<Int>) -> Int? {
        switch value {
        case .integer: wholeNumber(value, range)
        case .string(let text): durationSeconds(text).flatMap { range.contains($0) ? $0 : nil }
        default: nil
        }
    }

    static func notADuration(_ value: SettingValue, _ range: ClosedRange<Int>) -> SettingProblem {
        let got = if case .string(let text) = value { "'\(text)'" } else { value.kind }
        let bounds = "from \(durationText(range.lowerBound)) to \(durationText(range.upperBound))"
        return SettingProblem("expected a duration \(bounds), such as 90s or 1h30m, not \(got)")
    }

    static func wholeNumber(_ value: SettingValue, _ range: ClosedRange<Int>) -> Int? {
        guard case .integer(let number) = value, let int = Int(exactly: number), range.contains(int) else { return nil }
        return int
    }
}

extension SettingValue {
    /// The text that a command gets for this value: texts as they are, numbers and booleans as they are written; nil for all others.
    package var argumentText: String? {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .null, .list, .map: nil
        }
    }
}
