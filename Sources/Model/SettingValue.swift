/// A value as it stands in a configuration file or a JSON body, before it is checked: what YAML and JSON have in common, so that one
/// table of fields serves both.
package indirect enum SettingValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case list([SettingValue])
    case map([Entry])

    package struct Entry: Sendable, Equatable {
        package let key: String
        package let value: SettingValue

        package init(_ key: String, _ value: SettingValue) {
            self.key = key
            self.value = value
        }
    }

    /// For messages: "a list", "the number 5".
    package var kind: String {
        switch self {
        case .null: "nothing"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .string: "a text"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The entry of a map.
    package subscript(key: String) -> SettingValue? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}

/// A step from a value into a part of it.
package enum SettingStep: Sendable, Equatable { case key(String), index(Int) }

/// Something wrong with a setting: where (a path from the endpoint's own mapping) and what.
package struct SettingProblem: Sendable, Equatable {
    package enum Severity: Sendable { case error, warning }

    package var severity = Severity.error
    package var path: [SettingStep]
    /// The key itself is meant, not its value.
    package var atKey = false
    /// The part of the text at `path` that is meant, in Unicode scalars from 0; nil for all of it.
    package var columns: Range<Int>?
    package var message: String
    package var hint: String?

    package init(
        _ message: String, at path: [SettingStep] = [], atKey: Bool = false, columns: Range<Int>? = nil,
        severity: Severity = .error, hint: String? = nil
    ) {
        self.message = message
        self.path = path
        self.atKey = atKey
        self.columns = columns
        self.severity = severity
        self.hint = hint
    }

    package func within(_ step: SettingStep) -> SettingProblem {
        var copy = self
        copy.path.insert(step, at: 0)
        return copy
    }
}
