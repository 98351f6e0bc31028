internal import Model

/// Where references to secrets lead: the environment of this process and the secrets file.
package struct Secrets: Sendable, CustomStringConvertible {
    private let values: [String: String]
    private let environment: @Sendable (String) -> String?

    package init(values: [String: String] = [:], environment: @escaping @Sendable (String) -> String? = environmentVariable) {
        self.values = values
        self.environment = environment
    }

    /// The bytes that `reference` stands for; nil when it is not set, is empty, or is no reference though it begins with `$`: whoever asks
    /// must then refuse. A text without `$` is its own value.
    package func value(_ reference: String) -> [UInt8]? {
        let found: String? =
            switch SecretReference(reference) {
            case .environment(let name): nonEmpty(environment(name)) ?? values[name]
            case .managed(let name): values[name]
            case .malformed: nil
            case .literal(let text): text
            }
        return nonEmpty(found).map { Array($0.utf8) }
    }

    /// Whether a reference leads to a text without a character.
    func isEmpty(_ reference: String) -> Bool {
        switch SecretReference(reference) {
        case .environment(let name): [environment(name), values[name]].contains("")
        case .managed(let name): values[name] == ""
        case .malformed, .literal: false
        }
    }

    private func nonEmpty(_ text: String?) -> String? { text?.isEmpty == true ? nil : text }

    /// Names no value: this gets into logs.
    package var description: String { "\(values.count) secrets" }
}
