internal import Diagnostics
internal import Model
internal import YAML

extension SettingValue {
    init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let items): self = .list(items.map { SettingValue($0) })
        case .mapping(let entries): self = .map(entries.map { Entry($0.key, SettingValue($0.value)) })
        case .scalar(let scalar):
            switch scalar.value {
            case .null: self = .null
            case .bool(let flag): self = .bool(flag)
            case .int(let number): self = .integer(number)
            case .bigInt(let digits): self = .number(Double(digits) ?? .infinity)
            case .float(let number): self = .number(number)
            case .string: self = .string(scalar.text)
            }
        }
    }

    /// The value of an endpoint's mapping. Where any scalar is taken as text (`env`, `schedule_args`, an argument's `default`), it is the
    /// text as written: `1.10` stays `1.10`.
    init(endpoint node: YAMLNode) {
        guard case .mapping(let entries) = node.content else {
            self.init(node)
            return
        }
        self = .map(
            entries.map { entry in
                switch (entry.key, entry.value.content) {
                case ("env", .mapping(let values)), ("schedule_args", .mapping(let values)):
                    Entry(entry.key, .map(values.map { Entry($0.key, SettingValue(asText: $0.value)) }))
                case ("args", .sequence(let items)):
                    Entry(entry.key, .list(items.map { SettingValue(argument: $0) }))
                case ("schedules", .sequence(let items)):
                    Entry(entry.key, .list(items.map { SettingValue(scheduleEntry: $0) }))
                default:
                    Entry(entry.key, SettingValue(entry.value))
                }
            })
    }

    /// An entry of `schedules`, whose arguments are texts however they are written.
    init(scheduleEntry node: YAMLNode) {
        guard case .mapping(let entries) = node.content else {
            self.init(node)
            return
        }
        self = .map(
            entries.map { entry in
                guard case ("args", .mapping(let values)) = (entry.key, entry.value.content) else {
                    return Entry(entry.key, SettingValue(entry.value))
                }
                return Entry(entry.key, .map(values.map { Entry($0.key, SettingValue(asText: $0.value)) }))
            })
    }

    private init(argument node: YAMLNode) {
        guard case .mapping(let entries) = node.content else {
            self.init(node)
            return
        }
        self = .map(entries.map { Entry($0.key, $0.key == "default" ? SettingValue(asText: $0.value) : SettingValue($0.value)) })
    }

    private init(asText node: YAMLNode) {
        if let text = node.scalarText { self = .string(text) } else { self.init(node) }
    }
}

// MARK: Where a problem stands

extension Diagnostic {
    /// `problem` in its place: its path is followed from `root` as far as the file goes.
    init(_ problem: SettingProblem, from root: YAMLNode) {
        var node = root
        var key: YAMLNode?
        var isWhole = true
        for step in problem.path {
            guard let next = node.child(step) else {
                isWhole = false
                break
            }
            key = next.key
            node = next.value
        }
        let severity: Severity = problem.severity == .error ? .error : .warning
        let place = problem.atKey && isWhole ? key ?? node : node
        let (start, length) = place.span(isWhole && !problem.atKey ? problem.columns : nil)
        self.init(severity, at: start, length: length, problem.message, hint: problem.hint ?? typeHint(problem.message, node))
    }
}

/// What YAML took for another type than was meant: `name: 123` is a number, `public: yes` a text.
private func typeHint(_ message: String, _ node: YAMLNode) -> String? {
    guard case .scalar(let scalar) = node.content else { return nil }
    if message.hasPrefix("expected a text") {
        return scalar.value == .null || scalar.value == .string ? nil : "put it in quotes: \"\(scalar.text)\""
    }
    if message.hasPrefix("expected true or false"), scalar.value == .string {
        return switch scalar.text.lowercased() {
        case "yes", "on", "true": "write true, without quotes"
        case "no", "off", "false": "write false, without quotes"
        default: nil
        }
    }
    let isQuotedNumber = scalar.value == .string && !scalar.text.isEmpty && scalar.text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return message.hasPrefix("expected a whole number") && isQuotedNumber ? "leave the quotes out" : nil
}

extension YAMLNode {
    func child(_ step: SettingStep) -> (key: YAMLNode?, value: YAMLNode)? {
        switch (step, content) {
        case (.key(let name), .mapping(let entries)):
            let entry = entries.first { $0.key == name } ?? (name == "name" ? entries.first { $0.key == "slug" } : nil)
            return entry.map { ($0.keyNode, $0.value) }
        case (.index(let index), .sequence(let items)):
            return items.indices.contains(index) ? (nil, items[index]) : nil
        default:
            return nil
        }
    }

    /// Start and number of columns to underline: of a scalar on one line all of it, or the part `columns` of its text where that stands
    /// in the file letter by letter; else one column.
    func span(_ columns: Range<Int>? = nil) -> (SourcePosition, Int) {
        guard case .scalar(let scalar) = content, start.line == end.line, end.column > start.column else { return (start, 1) }
        let written = end.column - start.column
        let quotes = scalar.style == .plain ? 0 : 1
        guard let columns, columns.lowerBound >= 0, written == scalar.text.unicodeScalars.count + 2 * quotes
        else { return (start, written) }
        let first = SourcePosition(line: start.line, column: start.column + quotes + columns.lowerBound)
        return (first, max(1, columns.count))
    }
}
