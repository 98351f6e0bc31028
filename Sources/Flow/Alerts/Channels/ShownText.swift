internal import Bytes

/// A text of whoever as a channel shows it: escaped, cut to the channel's limit, and so that what is read is what there is.
struct ShownText {
    /// Ready for the channel; empty only if the text was.
    var text: String
    /// Bytes of the text that are not shown.
    var cutBytes: Int
}

/// How a channel counts the length of a text. `utf16` is at least as strict as counting characters or code points.
enum TextUnit: Sendable {
    /// `json`: bytes of a JSON string without its quotes.
    case utf16, utf8, json

    func cost(_ text: String) -> Int {
        switch self {
        case .utf16: text.utf16.count
        case .utf8: text.utf8.count
        case .json: text.utf8.reduce(0) { $0 + ($1 < 0x20 || $1 == ASCII.quote || $1 == ASCII.backslash ? 2 : 1) }
        }
    }
}

/// How a channel writes text.
struct TextStyle: Sendable {
    var unit = TextUnit.utf16
    /// What stands for a character that means something to the channel; nil for the character itself.
    var escape: @Sendable (Unicode.Scalar) -> String? = { _ in nil }
    /// Line feeds and tabs stay, and every line runs from left to right whatever script it is in, as a machine reads it.
    var isBlock = false
    /// Three backquotes would begin or end a block of code: they are marked then.
    var isFenced = false

    /// The same for a block of code.
    var block: TextStyle {
        var style = self
        style.isBlock = true
        return style
    }
}

enum CutEnd { case start, end }

/// `text` in at most `limit` units, cut between characters as people see them, never within a mark or an escape.
///
/// Characters that nobody sees (control characters, bidirectional overrides, zero-width ones) become marks such as ⟨U+202E⟩, as on the
/// dashboard; ⟨ itself becomes one as well, so that no text can pretend to be a mark. `keeping`: which end remains when it is too long.
func show(_ text: String, _ style: TextStyle, limit: Int, keeping: CutEnd = .start) -> ShownText {
    var reader = PieceReader(text, style, fromEnd: keeping == .end)
    let ellipsis = style.unit.cost("…")
    let turn = style.unit.cost("\u{202D}\u{202C}")
    var pieces: [Piece] = []
    var cost = 0
    var lineIsTurned = false
    // How many pieces leave room for the ellipsis.
    var fitting = 0
    var isCut = false
    while let piece = reader.next() {
        if piece.endsLine { lineIsTurned = false }
        cost += piece.cost
        if piece.isRightToLeft, !lineIsTurned {
            cost += turn
            lineIsTurned = true
        }
        guard cost <= limit else {
            isCut = true
            break
        }
        pieces.append(piece)
        if cost + ellipsis <= limit { fitting = pieces.count }
    }
    if isCut { pieces.removeLast(pieces.count - fitting) }
    let shownBytes = pieces.reduce(0) { $0 + $1.bytes }
    if keeping == .end { pieces.reverse() }
    let shown = joined(pieces, style)
    guard isCut else { return ShownText(text: shown, cutBytes: 0) }
    return ShownText(text: keeping == .start ? shown + "…" : "…" + shown, cutBytes: text.utf8.count - shownBytes)
}

/// Lines with letters of right-to-left scripts are held in their order (in a block), or kept from reordering what stands beside them.
private func joined(_ pieces: [Piece], _ style: TextStyle) -> String {
    let (open, close) = style.isBlock ? ("\u{202D}", "\u{202C}") : ("\u{2068}", "\u{2069}")
    var text = ""
    var line = ""
    var isTurned = false
    for piece in pieces {
        if piece.endsLine {
            text += isTurned ? open + line + close : line
            text += piece.text
            line = ""
            isTurned = false
        } else {
            line += piece.text
            isTurned = isTurned || piece.isRightToLeft
        }
    }
    return text + (isTurned ? open + line + close : line)
}

/// A character, or a run of one that is not seen, in its written form.
private struct Piece {
    var text: String
    var cost: Int
    /// Of the source.
    var bytes: Int
    var isRightToLeft: Bool
    /// In a block: a line feed.
    var endsLine: Bool
}

private struct PieceReader {
    private var rest: Substring
    private let style: TextStyle
    private let fromEnd: Bool
    private let marksBackquotes: Bool

    init(_ text: String, _ style: TextStyle, fromEnd: Bool) {
        rest = text[...]
        self.style = style
        self.fromEnd = fromEnd
        marksBackquotes = style.isFenced && hasFence(text)
    }

    mutating func next() -> Piece? {
        guard let character = take() else { return nil }
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return nil }
        if scalars.count == 1, isMarked(first) {
            var count = 1
            while let following = fromEnd ? rest.last : rest.first, following.unicodeScalars.elementsEqual(scalars) {
                _ = take()
                count += 1
            }
            let text = written(mark(first, count))
            return Piece(text: text, cost: style.unit.cost(text), bytes: count * character.utf8.count, isRightToLeft: false, endsLine: false)
        }
        let text = written(scalars)
        return Piece(
            text: text, cost: style.unit.cost(text), bytes: character.utf8.count, isRightToLeft: scalars.contains(where: isRightToLeft),
            endsLine: style.isBlock && scalars.last == "\n")
    }

    private mutating func take() -> Character? { fromEnd ? rest.popLast() : rest.popFirst() }

    private func isMarked(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\t": !style.isBlock
        case "`": marksBackquotes
        case "⟨": true
        default: isUnseen(scalar)
        }
    }

    private func written(_ scalars: Character.UnicodeScalarView) -> String {
        var text = ""
        var unseen: (scalar: Unicode.Scalar, count: Int)?
        for scalar in scalars {
            if let run = unseen, run.scalar == scalar {
                unseen = (scalar, run.count + 1)
                continue
            }
            if let run = unseen { text += written(mark(run.scalar, run.count)) }
            unseen = nil
            if isMarked(scalar) { unseen = (scalar, 1) } else { append(scalar, to: &text) }
        }
        if let run = unseen { text += written(mark(run.scalar, run.count)) }
        return text
    }

    private func written(_ mark: String) -> String {
        var text = ""
        for scalar in mark.unicodeScalars { append(scalar, to: &text) }
        return text
    }

    private func append(_ scalar: Unicode.Scalar, to text: inout String) {
        if let escaped = style.escape(scalar) { text += escaped } else { text.unicodeScalars.append(scalar) }
    }

    /// `⟨U+200B⟩`, `⟨U+200B × 12⟩`.
    private func mark(_ scalar: Unicode.Scalar, _ count: Int) -> String {
        let name = codePoint(scalar)
        return count <= 3 ? String(repeating: name, count: count) : name.dropLast() + " × \(groupedDecimal(count))⟩"
    }
}

private func hasFence(_ text: String) -> Bool {
    var run = 0
    for byte in text.utf8 {
        run = byte == 0x60 ? run + 1 : 0
        if run == 3 { return true }
    }
    return false
}

/// The blocks that Unicode keeps for right-to-left scripts (DerivedBidiClass.txt, the defaults R and AL), digits of theirs included.
private func isRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x590: false
    case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
    default: false
    }
}
