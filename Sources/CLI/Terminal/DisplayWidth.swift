/// Columns that `text` takes on a terminal: two for East Asian wide characters and emoji, none for combining marks.
package func displayWidth(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + characterWidth($1) }
}

/// `text` cut to `width` columns; what was cut is told by an ellipsis.
package func truncated(_ text: String, to width: Int) -> String {
    if displayWidth(text) <= width { return text }
    var result = ""
    var used = 0
    for character in text {
        let columns = characterWidth(character)
        if used + columns > width - 1 { break }
        result.append(character)
        used += columns
    }
    return width > 0 ? result + "…" : ""
}

private func characterWidth(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
        if scalar.value == 0xFE0F { return 2 }  // emoji presentation
        width = max(width, scalarWidth(scalar))
    }
    return width
}

private func scalarWidth(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    // The blocks of East_Asian_Width W and F (Unicode UAX #11), joined where the gaps hold nothing.
    return switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
        2
    default: 1
    }
}
