internal import Conditions

/// The two fields with a shape of their own, and the checks of single texts.
extension EndpointField {
    static func argumentList() -> EndpointField {
        EndpointField(
            name: "args",
            apply: { settings, value in
                if value == .null {
                    settings.arguments = []
                    return []
                }
                guard case .list(let items) = value else { return [expected("a list of arguments", value)] }
                var arguments: [Argument] = []
                var problems: [SettingProblem] = []
                for (index, item) in items.enumerated() {
                    var argument = Argument(name: "")
                    problems += readArgument(item, into: &argument).map { $0.within(.index(index)) }
                    if !argument.name.isEmpty, arguments.contains(where: { $0.name == argument.name }) {
                        problems.append(SettingProblem("argument '\(argument.name)' is listed twice", at: [.index(index)]))
                    }
                    arguments.append(argument)
                }
                settings.arguments = arguments
                if items.count > 64 { problems.append(SettingProblem("at most 64 arguments, not \(items.count)")) }
                return problems
            },
            read: { .list($0.arguments.map(encode)) }, hasNoEffect: false)
    }

    private static func readArgument(_ value: SettingValue, into argument: inout Argument) -> [SettingProblem] {
        guard case .map(let entries) = value else { return [expected("a mapping with 'name'", value)] }
        var problems: [SettingProblem] = []
        for entry in entries {
            switch (entry.key, entry.value) {
            case ("name", .string(let name)) where isArgumentName(name): argument.name = name
            case ("name", _):
                problems.append(
                    SettingProblem(
                        "an argument's name is 1 to 64 letters, digits, '_' or '-' and starts with a letter or '_'", at: [.key("name")]))
            case ("required", .bool(let flag)): argument.isRequired = flag
            case ("required", _): problems.append(expected("true or false", entry.value).within(.key("required")))
            case ("default", .null): argument.defaultValue = nil
            case ("default", let value):
                if let text = value.argumentText {
                    argument.defaultValue = text
                } else {
                    problems.append(expected("a text", value).within(.key("default")))
                }
            case ("from", .null): argument.payloadPath = nil
            case ("from", .string(let path)):
                argument.payloadPath = path
                do throws(ConditionError) {
                    _ = try parsePayloadPath(path)
                } catch {
                    problems.append(SettingProblem(error.message, at: [.key("from")], columns: error.columns, hint: error.hint))
                }
            case ("from", _): problems.append(expected("a path into the payload", entry.value).within(.key("from")))
            case ("description", .string(let text)): argument.description = text
            case ("description", .null): argument.description = nil
            case ("description", _): problems.append(expected("a text", entry.value).within(.key("description")))
            default:
                problems.append(
                    SettingProblem(
                        "unknown field '\(entry.key)' of an argument", at: [.key(entry.key)], atKey: true,
                        hint: "an argument has name, required, default, from, description"))
            }
        }
        if value["name"] == nil { problems.append(SettingProblem("an argument needs a 'name'")) }
        return problems
    }

    private static func encode(_ argument: Argument) -> SettingValue {
        var entries: [SettingValue.Entry] = [.init("name", .string(argument.name)), .init("required", .bool(argument.isRequired))]
        if let value = argument.defaultValue { entries.append(.init("default", .string(value))) }
        if let path = argument.payloadPath { entries.append(.init("from", .string(path))) }
        if let text = argument.description { entries.append(.init("description", .string(text))) }
        return .map(entries)
    }

    static func transformer() -> EndpointField {
        EndpointField(
            name: "transformer",
            apply: { settings, value in
                if value == .null {
                    settings.transformer = nil
                    return []
                }
                guard case .map(let entries) = value else { return [expected("a mapping such as {type: json}", value)] }
                var problems: [SettingProblem] = []
                for entry in entries where entry.key != "type" {
                    problems.append(
                        SettingProblem("unknown field '\(entry.key)' of a transformer", at: [.key(entry.key)], atKey: true))
                }
                guard case .string(let type)? = value["type"], let known = Transformer(rawValue: type) else {
                    let choices = Transformer.allCases.map(\.rawValue).joined(separator: ", ")
                    return problems + [SettingProblem("a transformer needs a 'type': one of \(choices)")]
                }
                settings.transformer = known
                return problems
            },
            read: { $0.transformer.map { .map([.init("type", .string($0.rawValue))]) } ?? .null }, hasNoEffect: false)
    }

    // MARK: Checks of one text

    package static let checkSlug: Check = { text in
        isSlug(text)
            ? nil : "a name is 1 to 63 of a-z, 0-9, '-' and '_' and starts with a letter or digit; '\(text)' is not"
    }

    static let checkNotEmpty: Check = { $0.isEmpty ? "must not be empty" : nil }

    static let checkCommandText: Check = { text in
        if text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0a }) { return "the command is empty" }
        if text.utf8.contains(0) { return "the command contains a NUL byte" }
        return text.utf8.count > 65_536 ? "the command is longer than 64 KiB" : nil
    }

    package static let checkHTTPURL: Check = { httpURLProblem($0) }

    package static let checkEnvironmentName: Check = { name in
        isEnvironmentName(name) ? nil : "'\(name)' is no name of an environment variable (letters, digits and '_', no digit first)"
    }

    /// The name of an endpoint or account, as it stands in a URL.
    package static func isSlug(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 63, isLowerOrDigit(first) else { return false }
        return text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isEnvironmentName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { isLowerOrDigit($0) || (0x41...0x5a).contains($0) || $0 == 0x5f }
    }

    private static func isArgumentName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 64, !(0x30...0x39).contains(first), first != 0x2d else { return false }
        return text.utf8.allSatisfy { isLowerOrDigit($0) || (0x41...0x5a).contains($0) || $0 == 0x5f || $0 == 0x2d }
    }
}

/// Bytes that stand in no URI (RFC 3986, section 2): blanks, controls, and those that would end a string or tag around it.
private func isOutsideURI(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte >= 0x7f || [0x22, 0x3c, 0x3e, 0x5c, 0x5e, 0x60, 0x7b, 0x7c, 0x7d].contains(byte)
}

/// Why `text` is no address to send requests to; nil when it is one.
package func httpURLProblem(_ text: String) -> String? {
    let lower = text.lowercased()
    let rest = lower.hasPrefix("https://") ? lower.dropFirst(8) : lower.hasPrefix("http://") ? lower.dropFirst(7) : ""
    if rest.isEmpty || rest.hasPrefix("/") || text.utf8.contains(where: isOutsideURI) {
        return "expected an address that begins with http:// or https://"
    }
    return nil
}
