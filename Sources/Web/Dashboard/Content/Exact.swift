internal import Bytes

/// `text` as it is, each unseen character as a marked code point, many alike in a row as one mark with their number.
///
/// In a block line feeds and tabs stay themselves; elsewhere they are marked as well, as nothing else would show them. Characters are
/// marked, not only written out, so that a text which itself says ⟨U+202E⟩ is told from one that contains it.
func exact(_ text: String, inBlock: Bool = false) -> HTML {
    var parts: [HTML] = []
    var plain = ""
    var unseen: (scalar: Unicode.Scalar, count: Int)?
    func flush() {
        if !plain.isEmpty { parts.append(.text(plain)) }
        plain = ""
        guard let (scalar, count) = unseen else { return }
        let name = codePoint(scalar)
        let marked = count <= 3 ? String(repeating: name, count: count) : name.dropLast() + " × \(count)⟩"
        parts.append(tag(.mark, .class("unseen"), text: String(marked)))
        unseen = nil
    }
    for scalar in text.unicodeScalars {
        if isUnseen(scalar), !(inBlock && (scalar == "\n" || scalar == "\t")) {
            if let last = unseen, last.scalar == scalar {
                unseen = (scalar, last.count + 1)
            } else {
                flush()
                unseen = (scalar, 1)
            }
        } else {
            if unseen != nil { flush() }
            plain.unicodeScalars.append(scalar)
        }
    }
    flush()
    return .group(parts)
}

/// Something that a machine reads (a command, a word, a path), at most `limit` bytes of it: in the order of its characters whatever
/// script they are from (`bdo`), so that right-to-left letters don't reorder what stands beside them.
func machineText(_ text: String, limit: Int = 64 << 10) -> HTML {
    let (head, rest) = cut(text, to: limit)
    return group {
        tag(.bdo, .leftToRight) { exact(head) }
        if rest > 0 { moreBytes(rest) }
    }
}

/// Something that a person wrote (a name, a reason), kept from changing the direction of its surroundings.
func personText(_ text: String, limit: Int = 4 << 10) -> HTML {
    let (head, rest) = cut(text, to: limit)
    return group {
        tag(.bdi) { exact(head) }
        if rest > 0 { moreBytes(rest) }
    }
}

func moreBytes(_ count: Int) -> HTML {
    tag(.span, .class("cut"), text: "\(grouped(count)) more \(count == 1 ? "byte" : "bytes") not shown")
}

/// The first `limit` bytes of `text` at most, cut between characters, and how many bytes are left.
func cut(_ text: String, to limit: Int) -> (head: String, rest: Int) {
    let count = text.utf8.count
    guard count > limit else { return (text, 0) }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: limit)
    while end > text.utf8.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
    let head = String(text[..<end])
    return (head, count - head.utf8.count)
}

/// `1,048,576`.
func grouped(_ number: Int) -> String { groupedDecimal(number) }
