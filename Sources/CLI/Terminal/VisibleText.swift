internal import CommandLine
internal import Bytes

/// `text` with everything that could act on a terminal or deceive the eye written as an escape: control characters (an ESC could repaint
/// what an approver reads), line and paragraph separators, and the invisible and direction-changing format characters.
/// With `keepingLines`, line feeds and tabs stay.
package func visible(_ text: String, keepingLines: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: isHidden) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if !isHidden(scalar) || keepingLines && (scalar == "\n" || scalar == "\t") {
            result.unicodeScalars.append(scalar)
        } else {
            result += escape(scalar)
        }
    }
    return result
}

/// Bytes as text for people: malformed UTF-8 shows as U+FFFD, at most `limit` bytes are shown.
package func visible(_ bytes: [UInt8], limit: Int) -> String {
    visible(lossyString(Array(bytes.prefix(limit))), keepingLines: true)
}

private func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    return switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
    // U+200D joins emoji; as a joiner it shows nothing wrong.
    case .format: scalar.value != 0x200D
    default: false
    }
}

private func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default: scalar.value < 0x100 ? "\\x" + hex(scalar.value, digits: 2) : "\\u{" + hex(scalar.value, digits: 4) + "}"
    }
}

private func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// A command's words as a POSIX shell would take them, so that where a word begins and ends can be seen. Words that hold hidden characters
/// use the `$'...'` form, in which backslashes are doubled.
package func shellWords(_ words: [String]) -> String { words.map(shellWord).joined(separator: " ") }

private func shellWord(_ word: String) -> String {
    if word.unicodeScalars.contains(where: isHidden) {
        let escaped = word.flatMap { $0 == "\\" ? "\\\\" : $0 == "'" ? "\\'" : String($0) }
        return "$'" + visible(String(escaped)) + "'"
    }
    return quotedWord(word)
}
