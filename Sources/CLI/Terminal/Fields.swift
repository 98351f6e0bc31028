/// A record as lines of `name  value`, for `show`.
package struct Fields {
    private var lines: [(name: String, value: String, style: Style)] = []

    package init() {}

    /// A nil or empty value leaves no line. The value is made visible here.
    package mutating func add(_ name: String, _ value: String?, style: Style = .plain) {
        guard let value, !value.isEmpty else { return }
        lines.append((name, visible(value), style))
    }

    package func rendered(colours: Bool) -> String {
        let width = lines.reduce(0) { max($0, displayWidth($1.name)) }
        return lines.map { line in
            let padding = String(repeating: " ", count: width - displayWidth(line.name) + 2)
            return Style.dim.apply(line.name, colours: colours) + padding + line.style.apply(line.value, colours: colours) + "\n"
        }.joined()
    }
}
