/// The text of a diagnostic for a terminal, ending in a line break:
///
///     wrapd.yaml:3:7: error: the value may not contain ': '
///     name: a: b
///           ^
///     hint: put the value in quotes
///
/// `source` is the whole file. A long line is cut to a window around the position; a tab is shown as `→`, and what would
/// disturb a terminal (controls, invalid UTF-8, characters that turn the writing direction) as a symbol one column wide.
package func render(_ diagnostic: Diagnostic, file: String, source: [UInt8]) -> String {
    var text = file
    if let position = diagnostic.position { text += ":\(position.line):\(position.column)" }
    text += ": \(diagnostic.severity.rawValue): \(diagnostic.message)\n"
    if let position = diagnostic.position, let line = lineOfSource(position.line, in: source) {
        text += excerpt(of: line, column: position.column, length: diagnostic.length)
    }
    if let hint = diagnostic.hint { text += "hint: \(hint)\n" }
    return text
}

/// How many columns of a line are shown at most, and how many of them before the position.
private let window = 100
private let windowLead = 60

/// The bytes of a line, without its break and without a byte order mark; nil behind the end of the file.
private func lineOfSource(_ number: Int, in source: [UInt8]) -> ArraySlice<UInt8>? {
    var start = source.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var line = 1
    while line < number {
        guard let end = source[start...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return nil }
        start = end + (source[end] == 0x0D && end + 1 < source.count && source[end + 1] == 0x0A ? 2 : 1)
        line += 1
    }
    let end = source[start...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? source.count
    return source[start..<end]
}

private func excerpt(of line: ArraySlice<UInt8>, column: Int, length: Int) -> String {
    let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
    let caret = min(max(column - 1, 0), scalars.count)
    var first = 0
    var end = scalars.count
    if scalars.count > window {
        first = max(0, min(caret - windowLead, scalars.count - window))
        end = first + window
    }
    var shown = first > 0 ? "…" : ""
    var pad = first > 0 ? " " : ""
    var underline = ""
    for index in first..<end {
        let scalar = visible(scalars[index])
        shown.unicodeScalars.append(scalar)
        let columns = width(of: scalar)
        if index < caret {
            pad += String(repeating: " ", count: columns)
        } else if index < caret + length {
            underline += String(repeating: "^", count: columns)
        }
    }
    if end < scalars.count { shown += "…" }
    return "\(shown)\n\(pad)\(underline.isEmpty ? "^" : underline)\n"
}

/// The scalar itself, or the symbol that stands for one that can't be printed as it is.
private func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0x09: "→"
    case 0..<0x20: Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}"
    case 0x7F: "␡"
    case 0x80...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0x200E...0x200F, 0xFEFF: "\u{FFFD}"
    default: scalar
    }
}

/// Columns that a terminal gives the scalar: 0 for marks that join the one before, 2 for East Asian wide ones and emoji.
private func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return 2
    default: return 1
    }
}
