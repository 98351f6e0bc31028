/// Whether a reader can't see `scalar` as itself: control and format characters (bidirectional overrides, zero-width ones), other
/// invisible ones, line separators, and spaces that look like the plain one (Unicode standard, sections 4.5 and 23; UTR 36, section 2).
package func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: return true
    case .spaceSeparator: return scalar != "\u{3000}"  // the ideographic space is wide enough to be told apart
    default: return scalar.properties.isDefaultIgnorableCodePoint
    }
}

/// `⟨U+202E⟩`.
package func codePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "⟨U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + "⟩"
}
