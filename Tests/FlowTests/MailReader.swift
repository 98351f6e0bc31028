import Bytes

/// Reads a mail by RFC 5322, 2045, 2046 and 2047, strictly: what a lenient reader would let pass is refused.
struct MailReader {
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    struct Part {
        var type: String
        var text: String
    }

    private(set) var fields: [(name: String, value: String)] = []
    private(set) var parts: [Part] = []

    init(_ bytes: [UInt8]) throws {
        let lines = try Self.lines(bytes)
        guard let blank = lines.firstIndex(of: "") else { throw Refused(description: "no end of the header") }
        fields = try Self.fields(lines[..<blank])
        let type = self["Content-Type"] ?? ""
        guard type.hasPrefix("multipart/alternative; boundary=\""), type.hasSuffix("\"") else { throw Refused(description: "type \(type)") }
        try readParts(lines[(blank + 1)...], boundary: String(type.dropFirst(33).dropLast()))
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Every line ends in CRLF, no CR or LF stands alone, all is ASCII, no line is longer than 76 columns but that of an address (998).
    private static func lines(_ bytes: [UInt8]) throws -> [String] {
        guard bytes.suffix(2) == [13, 10] else { throw Refused(description: "the last line does not end") }
        if let byte = bytes.first(where: { $0 > 126 || ($0 < 32 && $0 != 13 && $0 != 10 && $0 != 9) }) { throw Refused(description: "byte \(byte)") }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
        for line in lines {
            if line.unicodeScalars.contains(where: { $0 == "\r" || $0 == "\n" }) { throw Refused(description: "a lone CR or LF") }
            if line.utf8.count > 76, !line.contains("@") || line.utf8.count > 998 { throw Refused(description: "\(line.utf8.count) columns") }
        }
        return lines.map(String.init)
    }

    private static func fields(_ lines: ArraySlice<String>) throws -> [(name: String, value: String)] {
        var raw: [String] = []
        for line in lines {
            if line.hasPrefix(" ") {
                guard !raw.isEmpty, line.contains(where: { $0 != " " }) else { throw Refused(description: "folding") }
                raw[raw.count - 1] += line
            } else {
                raw.append(line)
            }
        }
        return try raw.map { field in
            guard let colon = field.range(of: ": ") else { throw Refused(description: "no field: \(field)") }
            let name = String(field[..<colon.lowerBound])
            guard name.utf8.allSatisfy({ 33...126 ~= $0 }) else { throw Refused(description: "name \(name)") }
            return (name, try decoded(String(field[colon.upperBound...])))
        }
    }

    /// RFC 2047: blanks between encoded words are no part of the text.
    private static func decoded(_ value: String) throws -> String {
        var output = ""
        var wasWord = false
        for token in value.split(separator: " ", omittingEmptySubsequences: false) {
            guard token.hasPrefix("=?"), token.hasSuffix("?="), token.utf8.count > 12 else {
                guard !token.contains("=?") else { throw Refused(description: "half a word: \(token)") }
                output += (output.isEmpty ? "" : " ") + token
                wasWord = false
                continue
            }
            guard token.utf8.count <= 75, token.hasPrefix("=?utf-8?B?"), let bytes = base64Decode(String(token.dropFirst(10).dropLast(2))),
                let text = utf8String(bytes)
            else { throw Refused(description: "word \(token)") }
            output += (wasWord || output.isEmpty ? "" : " ") + text
            wasWord = true
        }
        return output
    }

    private mutating func readParts(_ lines: ArraySlice<String>, boundary: String) throws {
        guard lines.first == "--\(boundary)", lines.last == "--\(boundary)--" else { throw Refused(description: "boundaries") }
        for part in lines.dropLast().split(separator: "--\(boundary)", omittingEmptySubsequences: true) {
            guard let blank = part.firstIndex(of: "") else { throw Refused(description: "a part without a body") }
            let fields = try Self.fields(part[..<blank])
            let names = fields.map(\.name)
            guard names == ["Content-Type", "Content-Transfer-Encoding"], fields[1].value == "quoted-printable" else {
                throw Refused(description: "a part's header: \(names)")
            }
            parts.append(Part(type: fields[0].value, text: try Self.quotedPrintable(part[(blank + 1)...])))
        }
    }

    private static func quotedPrintable(_ lines: ArraySlice<String>) throws -> String {
        var output: [UInt8] = []
        for line in lines {
            if line.hasSuffix(" ") || line.hasSuffix("\t") { throw Refused(description: "a line ends in blanks") }
            if line.hasPrefix(".") { throw Refused(description: "a line begins with a dot") }
            var rest = Array(line.utf8)[...]
            var isSoft = false
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "=") else {
                    output.append(byte)
                    continue
                }
                if rest.isEmpty {
                    isSoft = true
                    break
                }
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    throw Refused(description: "an escape in \(line)")
                }
                output.append(value)
                rest = rest.dropFirst(2)
            }
            if !isSoft { output.append(10) }
        }
        guard let text = utf8String(output) else { throw Refused(description: "no UTF-8") }
        return text
    }
}
