internal import Bytes

/// What a body or an output shows as: the text in its first bytes, or a hexadecimal dump if it is not text.
enum BodyForm: Equatable {
    case empty
    case text(String, shown: Int)
    case dump(String, shown: Int)

    /// How many bytes of the body can be seen.
    var shown: Int {
        switch self {
        case .empty: 0
        case .text(_, let shown), .dump(_, let shown): shown
        }
    }

    /// `bytes` is a body of `size` bytes or the beginning of it. Text is UTF-8 without NUL.
    init(_ bytes: [UInt8], size: Int, limit: Int) {
        let head = Array(bytes.prefix(limit))
        let valid = head.withUnsafeBytes { firstInvalidUTF8($0) } ?? head.count
        // A sequence that the limit cut in two is no fault of the body.
        let isText = valid == head.count || (size > head.count && valid > 0 && isCutSequence(head[valid...]))
        if head.isEmpty {
            self = .empty
        } else if isText, !head.contains(0) {
            self = .text(lossyString(Array(head[..<valid])), shown: valid)
        } else {
            let shown = Array(head.prefix(1024))
            self = .dump(hexDump(shown), shown: shown.count)
        }
    }
}

/// Whether `tail` is the beginning of a well-formed sequence whose end is missing.
private func isCutSequence(_ tail: ArraySlice<UInt8>) -> Bool {
    guard let lead = tail.first else { return false }
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0
    return lead <= 0xF4 && tail.count < length && tail.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 }
}

/// Lines of offset, 16 bytes in hexadecimal, and the same bytes as ASCII.
func hexDump(_ bytes: [UInt8]) -> String {
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 16) {
        let line = Array(bytes[start..<min(start + 16, bytes.count)])
        let offset = String(start, radix: 16)
        text += String(repeating: "0", count: max(0, 6 - offset.utf8.count)) + offset + "  "
        for column in 0..<16 {
            text += column < line.count ? hexEncode([line[column]]) + " " : "   "
            if column == 7 { text += " " }
        }
        text += " " + String(decoding: line.map { $0 < 0x20 || $0 > 0x7E ? ASCII.period : $0 }, as: UTF8.self) + "\n"
    }
    return text
}

/// A body in a part that scrolls, as it was received; only JSON on one line gets line breaks, and that is said.
/// `size` is that of the whole body, of which `bytes` may be only the beginning.
func bodyBlock(_ bytes: [UInt8], size: Int, limit: Int, label: String) -> HTML {
    switch BodyForm(bytes, size: size, limit: limit) {
    case .empty: return tag(.p, .class("muted"), text: size == 0 ? "Empty." : "\(grouped(size)) bytes, not shown.")
    case .text(let text, let shown):
        guard shown == size, let indented = indentedJSON(text) else {
            return block(exact(text, inBlock: true), size - shown, label, kind: "text")
        }
        return group {
            tag(.p, .class("muted hint"), text: "Shown with line breaks; the \(grouped(size)) bytes are used as they came.")
            block(exact(indented, inBlock: true), 0, label, kind: "text")
        }
    case .dump(let dump, let shown):
        return group {
            tag(.p, .class("muted"), text: "Not text: shown in hexadecimal.")
            block(.text(dump), size - shown, label, kind: "dump")
        }
    }
}

/// Output of a command: bytes that are no UTF-8 are replaced, control characters marked.
func outputBlock(_ bytes: [UInt8], limit: Int, label: String) -> HTML {
    let head = Array(bytes.prefix(limit))
    return block(exact(lossyString(head), inBlock: true), bytes.count - head.count, label, kind: "text")
}

private func block(_ content: HTML, _ rest: Int, _ label: String, kind: String) -> HTML {
    group {
        tag(.pre, .class("block " + kind), .reachable, .role("region"), .label(label), .leftToRight) { content }
        if rest > 0 { tag(.p, .class("cut-note")) { moreBytes(rest) } }
    }
}
