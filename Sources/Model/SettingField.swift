internal import Diagnostics

/// One field of something that the configuration describes: its name in `wrapd.yaml` and in JSON, how it is read and checked, and how it
/// is written back. Null stands for the default.
struct SettingField<Subject: Sendable>: Sendable {
    typealias Path<Value> = any WritableKeyPath<Subject, Value> & Sendable
    /// What is wrong with a text; `columns` may say where in it.
    typealias Check = @Sendable (String) -> SettingProblem?

    let name: String
    let apply: @Sendable (inout Subject, SettingValue) -> [SettingProblem]
    let read: @Sendable (Subject) -> SettingValue
}

/// Reads `value`, a map, over `subject` as it is; in the order of the table, so that a field may look at those before it.
///
/// - Parameter what: "a rule", for messages.
/// - Parameter others: names that the caller reads by itself.
/// - Parameter required: names that must be there.
func applyFields<Subject>(
    _ fields: [SettingField<Subject>], to subject: inout Subject, _ value: SettingValue, what: String, others: [String] = [],
    required: [String] = []
) -> [SettingProblem] {
    guard case .map(let entries) = value else { return [SettingProblem("expected \(what) as a mapping of fields, not \(value.kind)")] }
    var problems: [SettingProblem] = []
    for field in fields {
        guard let given = value[field.name], given != .null || !required.contains(field.name) else { continue }
        problems += field.apply(&subject, given).map { $0.within(.key(field.name)) }
    }
    let known = fields.map(\.name) + others
    var meant: [String] = []
    for entry in entries where !known.contains(entry.key) {
        let near = closestMatch(entry.key, in: known)
        if let near { meant.append(near) }
        problems.append(
            SettingProblem(
                "unknown field '\(entry.key)' of \(what)", at: [.key(entry.key)], atKey: true,
                hint: near.map { "did you mean '\($0)'?" } ?? "\(what) has \(known.joined(separator: ", "))"))
    }
    for name in required where (value[name] ?? .null) == .null && !meant.contains(name) {
        problems.append(SettingProblem("\(what) needs '\(name)'", at: [.key(name)]))
    }
    return problems
}

/// The fields that differ from those of `defaults`, beside those that are always written.
func encodeFields<Subject>(
    _ fields: [SettingField<Subject>], of subject: Subject, defaults: Subject, always: [String] = []
) -> [SettingValue.Entry] {
    fields.compactMap { field in
        let value = field.read(subject)
        return value == field.read(defaults) && !always.contains(field.name) ? nil : .init(field.name, value)
    }
}
