internal import Bytes
internal import Model

/// Writes a mail: header fields that nobody can break out of, and parts in quoted-printable; every line ends in CRLF.
struct MIMEWriter {
    private(set) var bytes: [UInt8] = []

    /// RFC 5322 section 2.1.1 wants at most 78 columns, RFC 2047 section 2 at most 76 where there are encoded words.
    private static let columns = 76

    mutating func line(_ text: String = "") {
        bytes.append(contentsOf: text.utf8)
        bytes.append(ASCII.carriageReturn)
        bytes.append(ASCII.lineFeed)
    }

    /// A field whose value is ours or from a closed set: one line.
    mutating func field(_ name: String, _ value: String) { line("\(name): \(value)") }

    /// A field of free text (RFC 5322 section 2.2.1): as it is if it is plain and fits into a line, else as encoded words.
    mutating func text(_ name: String, _ value: String) {
        let isPlain = value.utf8.allSatisfy { 0x20...0x7E ~= $0 } && !value.contains("=?") && !value.hasPrefix(" ") && !value.hasSuffix(" ")
        if isPlain, name.utf8.count + 2 + value.utf8.count <= Self.columns { return field(name, value) }
        let words = encodedWords(value, firstColumn: name.utf8.count + 2)
        field(name, words.joined(separator: "\r\n "))
    }

    /// One address a line.
    mutating func addresses(_ name: String, _ list: [MailAddress]) {
        field(name, list.map { Self.mailbox($0, column: name.utf8.count + 2) }.joined(separator: ",\r\n "))
    }

    private static func mailbox(_ address: MailAddress, column: Int) -> String {
        guard let name = address.name else { return address.address }
        let isPlain = name.utf8.allSatisfy { 0x20...0x7E ~= $0 } && !name.contains("=?")
        guard isPlain, name.utf8.count <= 50 else {
            return encodedWords(name, firstColumn: column).joined(separator: "\r\n ") + "\r\n <\(address.address)>"
        }
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(quoted)\"\r\n <\(address.address)>"
    }

    /// A part of a multipart message.
    mutating func part(boundary: String, type: String, _ content: String) {
        line("--\(boundary)")
        field("Content-Type", "\(type); charset=utf-8")
        field("Content-Transfer-Encoding", "quoted-printable")
        line()
        appendQuotedPrintable(content, to: &bytes)
        line()
    }
}

/// RFC 2047 words in Base64, none longer than 75 columns nor ending within a character, for lines of at most 76 columns.
private func encodedWords(_ text: String, firstColumn: Int) -> [String] {
    var words: [String] = []
    var chunk: [UInt8] = []
    // `=?utf-8?B?` and `?=` take 12 columns; a line that follows begins with a blank.
    func room() -> Int { (75 - 12 - (words.isEmpty ? firstColumn : 1)) / 4 * 3 }
    func flush() {
        if !chunk.isEmpty { words.append("=?utf-8?B?\(base64Encode(chunk))?=") }
        chunk = []
    }
    for scalar in text.unicodeScalars {
        let encoded = Array(String(scalar).utf8)
        if chunk.count + encoded.count > room() { flush() }
        chunk += encoded
    }
    flush()
    return words
}

/// RFC 2045 section 6.7, lines of at most 76 columns. Dots at the beginning of lines are encoded too, for what handles them badly.
func appendQuotedPrintable(_ text: String, to output: inout [UInt8]) {
    var column = 0
    let source = Array(text.utf8)
    func softBreak(before width: Int) {
        // 75 and the `=` of a soft break.
        guard column + width > 75 else { return }
        output.append(contentsOf: "=\r\n".utf8)
        column = 0
    }
    for (index, byte) in source.enumerated() {
        if byte == ASCII.lineFeed {
            output.append(contentsOf: "\r\n".utf8)
            column = 0
            continue
        }
        let endsLine = index + 1 == source.count || source[index + 1] == ASCII.lineFeed
        let isBlank = byte == ASCII.space || byte == ASCII.tab
        let isPlain = (0x21...0x7E ~= byte && byte != ASCII.equals) || (isBlank && !endsLine)
        softBreak(before: isPlain ? 1 : 3)
        if isPlain, !(byte == 0x2E && column == 0) {
            output.append(byte)
            column += 1
        } else {
            output.append(ASCII.equals)
            output.append(contentsOf: [upperHex(byte >> 4), upperHex(byte & 15)])
            column += 3
        }
    }
}

private func upperHex(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x37 }

/// `Fri, 27 Nov 2026 23:27:01 +0000` (RFC 5322 section 3.3).
func mailDate(_ microseconds: Int64) -> String {
    let text = fireTimeText(microseconds)
    let fields = text.split { "-T:Z".contains($0) }
    guard fields.count == 6, let month = Int(fields[1]), 1...12 ~= month else { return text }
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let seconds = microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0)
    let day = (seconds - ((seconds % 86400) + 86400) % 86400) / 86400
    let weekday = weekdays[Int(((day % 7) + 7) % 7)]
    return "\(weekday), \(fields[2]) \(names[month - 1]) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5]) +0000"
}
