/// A mailbox: `ops@example.org`, perhaps with a name: `Sluice <ops@example.org>` (RFC 5322, section 3.4, without comments and quoting).
package struct MailAddress: Sendable, Equatable {
    package var name: String?
    package var address: String

    /// Nil for a text that is none; `mailAddressProblem` and `senderProblem` say why.
    package init?(_ text: String) {
        guard senderProblem(text) == nil else { return nil }
        guard text.hasSuffix(">"), let opening = text.lastIndex(of: "<") else {
            address = text
            return
        }
        address = String(text[text.index(after: opening)...].dropLast())
        let before = trimmedBlanks(text[..<opening])
        name = before.isEmpty ? nil : before
    }
}

/// Why `text` is no plain address to send mail to.
///
/// Strict, since it goes into headers and SMTP commands: ASCII, no blanks, controls, quotes or brackets.
package func mailAddressProblem(_ text: String) -> String? {
    let wrong = "expected an e-mail address such as ops@example.org"
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, 1...64 ~= parts[0].utf8.count, 1...253 ~= parts[1].utf8.count else { return wrong }
    // RFC 5322, section 3.2.3: atoms joined by dots.
    let isLocal = parts[0].utf8.allSatisfy { isAlphanumeric($0) || ".!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
    return isLocal && !parts[0].hasPrefix(".") && !parts[0].hasSuffix(".") && !parts[0].contains("..") && isHostName(parts[1]) ? nil : wrong
}

/// Why `text` is no sender: an address, or `Name <address>`.
package func senderProblem(_ text: String) -> String? {
    guard text.hasSuffix(">"), let opening = text.lastIndex(of: "<") else { return mailAddressProblem(text) }
    let name = text[..<opening]
    let isName = name.utf8.count <= 200 && !name.unicodeScalars.contains { isControl($0) || "<>\"\\".unicodeScalars.contains($0) }
    guard isName else { return "expected an e-mail address, or a name and an address such as Sluice <ops@example.org>" }
    return mailAddressProblem(String(text[text.index(after: opening)...].dropLast()))
}

/// Letters, digits and hyphens between dots (RFC 1123, section 2.1); underscores as well, which container networks use.
func isHostName(_ text: some StringProtocol) -> Bool {
    guard 1...253 ~= text.utf8.count else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        1...63 ~= label.utf8.count && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2d || $0 == 0x5f }
            && !label.hasPrefix("-") && !label.hasSuffix("-")
    }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
}

/// Also the separators of lines and paragraphs.
func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || 0x7f...0x9f ~= scalar.value || scalar.value == 0x2028 || scalar.value == 0x2029
}

private func trimmedBlanks(_ text: Substring) -> String {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
}
