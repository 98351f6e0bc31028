internal import Bytes

extension JSONValue {
    /// JSON text as UTF-8; `pretty` breaks lines and indents by two spaces, without a line feed at the end.
    package func encoded(pretty: Bool = false) -> [UInt8] {
        var output: [UInt8] = []
        appendJSON(self, indent: pretty ? 0 : nil, to: &output)
        return output
    }

    package func encodedText(pretty: Bool = false) -> String {
        String(decoding: encoded(pretty: pretty), as: UTF8.self)
    }
}

/// Appends `text` in quotes, with the escapes that RFC 8259 section 7 requires and no others.
package func appendJSONString(_ text: String, to output: inout [UInt8]) {
    var copy = text
    output.append(ASCII.quote)
    copy.withUTF8 { bytes in
        output.reserveCapacity(output.count + bytes.count + 1)
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            guard byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash else { continue }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
            appendEscape(of: byte, to: &output)
            start = index + 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<bytes.count]))
    }
    output.append(ASCII.quote)
}

private func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
    output.append(ASCII.backslash)
    switch byte {
    case ASCII.quote, ASCII.backslash: output.append(byte)
    case 0x08: output.append(0x62)
    case 0x0C: output.append(0x66)
    case ASCII.lineFeed: output.append(0x6E)
    case ASCII.carriageReturn: output.append(0x72)
    case ASCII.tab: output.append(0x74)
    default:
        output.append(contentsOf: "u00".utf8)
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 15))
    }
}

/// `indent` is the depth of the value's line, nil for compact form.
func appendJSON(_ value: JSONValue, indent: Int?, to output: inout [UInt8]) {
    switch value {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let number): output.append(contentsOf: number.text.utf8)
    case .string(let text): appendJSONString(text, to: &output)
    case .array(let elements):
        output.append(0x5B)
        for (index, element) in elements.enumerated() {
            appendSeparator(first: index == 0, indent: indent, to: &output)
            appendJSON(element, indent: indent.map { $0 + 1 }, to: &output)
        }
        if !elements.isEmpty { appendLineBreak(indent: indent, to: &output) }
        output.append(0x5D)
    case .object(let object):
        output.append(0x7B)
        for (index, member) in object.members.enumerated() {
            appendSeparator(first: index == 0, indent: indent, to: &output)
            appendJSONString(member.key, to: &output)
            output.append(ASCII.colon)
            if indent != nil { output.append(ASCII.space) }
            appendJSON(member.value, indent: indent.map { $0 + 1 }, to: &output)
        }
        if !object.isEmpty { appendLineBreak(indent: indent, to: &output) }
        output.append(0x7D)
    }
}

private func appendSeparator(first: Bool, indent: Int?, to output: inout [UInt8]) {
    if !first { output.append(ASCII.comma) }
    appendLineBreak(indent: indent.map { $0 + 1 }, to: &output)
}

private func appendLineBreak(indent: Int?, to output: inout [UInt8]) {
    guard let indent else { return }
    output.append(ASCII.lineFeed)
    for _ in 0..<indent * 2 { output.append(ASCII.space) }
}
