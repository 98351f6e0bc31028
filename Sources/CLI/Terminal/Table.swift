/// Rows under headings. On a terminal: aligned, coloured, fitted to the width. Otherwise: one line a row, fields between tabs, no heading.
package struct Table {
    package struct Column {
        let title: String
        /// Whether the column may be cut when the table is too wide.
        let yields: Bool
        let alignsRight: Bool

        package init(_ title: String, yields: Bool = false, alignsRight: Bool = false) {
            self.title = title
            self.yields = yields
            self.alignsRight = alignsRight
        }
    }

    /// One field, in the form for people (relative, short) and in the form for programs (exact, whole).
    package struct Cell {
        let text: String
        let exact: String
        let style: Style

        package init(_ text: String, exact: String? = nil, style: Style = .plain) {
            self.text = visible(text)
            self.exact = visible(exact ?? text)
            self.style = style
        }
    }

    let columns: [Column]
    package private(set) var rows: [[Cell]] = []
    /// Columns narrower than this are not cut further.
    private static let narrowest = 8
    private static let gap = 2

    package init(_ columns: [Column]) { self.columns = columns }

    package mutating func add(_ cells: [Cell]) { rows.append(cells) }

    package func print(on console: Console) {
        let text = console.isTerminal ? rendered(width: console.width, colours: console.hasColours) : tabSeparated()
        console.output(Array(text.utf8))
    }

    package func tabSeparated() -> String {
        rows.map { $0.map(\.exact).joined(separator: "\t") + "\n" }.joined()
    }

    package func rendered(width: Int, colours: Bool) -> String {
        let widths = fittedWidths(to: width)
        let heading = columns.map { Cell($0.title, style: .dim) }
        return ([heading] + rows).map { line($0, widths, colours: colours) + "\n" }.joined()
    }

    private func fittedWidths(to width: Int) -> [Int] {
        var widths = columns.indices.map { column in
            rows.reduce(displayWidth(columns[column].title)) { max($0, displayWidth($1[column].text)) }
        }
        var excess = widths.reduce(0, +) + Self.gap * (columns.count - 1) - width
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].yields && widths[$0] > Self.narrowest }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], colours: Bool) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let text = truncated(cell.text, to: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - displayWidth(text)))
            let styled = cell.style.apply(text, colours: colours)
            if columns[index].alignsRight {
                line += padding + styled
            } else {
                line += index == cells.count - 1 ? styled : styled + padding
            }
            if index < cells.count - 1 { line += String(repeating: " ", count: Self.gap) }
        }
        return line
    }
}
