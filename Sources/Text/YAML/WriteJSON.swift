import Diagnostics

/// The JSON of a document (RFC 8259), UTF-8, without a final line break; `pretty` indents by two spaces.
///
/// Integers keep all their digits; a float is the shortest decimal that reads back as the same number. Keys are
/// `YAMLEntry.key`. Throws where JSON has no form for a value (`.inf`, `.nan`, a float too large for a double).
package func writeJSON(_ node: YAMLNode, pretty: Bool) throws(YAMLError) -> [UInt8] {
    var writer = JSONWriter(pretty: pretty)
    try writer.write(node, level: 0)
    return writer.out
}

private struct JSONWriter {
    let pretty: Bool
    var out: [UInt8] = []

    init(pretty: Bool) { self.pretty = pretty }

    mutating func write(_ node: YAMLNode, level: Int) throws(YAMLError) {
        switch node.content {
        case .scalar(let scalar):
            try write(scalar, of: node)
        case .sequence(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                separate(first: index == 0, level: level + 1)
                try write(item, level: level + 1)
            }
            close(UInt8(ascii: "]"), empty: items.isEmpty, level: level)
        case .mapping(let entries):
            out.append(UInt8(ascii: "{"))
            for (index, entry) in entries.enumerated() {
                separate(first: index == 0, level: level + 1)
                writeString(entry.key)
                out.append(UInt8(ascii: ":"))
                if pretty { out.append(UInt8(ascii: " ")) }
                try write(entry.value, level: level + 1)
            }
            close(UInt8(ascii: "}"), empty: entries.isEmpty, level: level)
        }
    }

    private mutating func separate(first: Bool, level: Int) {
        if !first { out.append(UInt8(ascii: ",")) }
        if pretty { breakLine(level) }
    }

    private mutating func close(_ bracket: UInt8, empty: Bool, level: Int) {
        if pretty && !empty { breakLine(level) }
        out.append(bracket)
    }

    private mutating func breakLine(_ level: Int) {
        out.append(0x0A)
        out.append(contentsOf: repeatElement(0x20, count: 2 * level))
    }

    private mutating func write(_ scalar: YAMLScalar, of node: YAMLNode) throws(YAMLError) {
        switch scalar.value {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): out.append(contentsOf: String(value).utf8)
        case .bigInt(let digits): out.append(contentsOf: digits.utf8)
        case .float(let value):
            guard value.isFinite else {
                throw YAMLError(
                    diagnostic: Diagnostic(
                        at: node.start, length: scalar.text.unicodeScalars.count, "JSON has no number for \(shortened(scalar.text))",
                        hint: "put it in quotes if text is meant"))
            }
            out.append(contentsOf: value.description.utf8)
        case .string: writeString(scalar.text)
        }
    }

    /// RFC 8259 section 7: quotes, backslashes and C0 controls must be escaped; all else stands for itself.
    private mutating func writeString(_ text: String) {
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: out.append(contentsOf: [0x5C, byte])
            case 0x08: out.append(contentsOf: #"\b"#.utf8)
            case 0x09: out.append(contentsOf: #"\t"#.utf8)
            case 0x0A: out.append(contentsOf: #"\n"#.utf8)
            case 0x0C: out.append(contentsOf: #"\f"#.utf8)
            case 0x0D: out.append(contentsOf: #"\r"#.utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                out.append(contentsOf: #"\u00"#.utf8)
                out.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
