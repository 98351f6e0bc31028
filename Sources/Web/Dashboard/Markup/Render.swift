internal import Bytes

/// The bytes of a whole document.
func render(_ document: HTML) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(16 << 10)
    output.append(contentsOf: "<!doctype html>\n".utf8)
    append(document, to: &output)
    output.append(ASCII.lineFeed)
    return output
}

private func append(_ html: HTML, to output: inout [UInt8]) {
    switch html {
    case .text(let text): appendText(text, to: &output)
    case .group(let parts): for part in parts { append(part, to: &output) }
    case .element(let tag, let attributes, let content):
        output.append(ASCII.lessThan)
        output.append(contentsOf: tag.rawValue.utf8)
        for attribute in attributes { append(attribute, to: &output) }
        output.append(ASCII.greaterThan)
        guard !tag.isVoid else { return }
        if tag.dropsFirstLineFeed { output.append(ASCII.lineFeed) }
        for part in content { append(part, to: &output) }
        output.append(contentsOf: "</".utf8)
        output.append(contentsOf: tag.rawValue.utf8)
        output.append(ASCII.greaterThan)
    }
}

private func append(_ attribute: Attribute, to output: inout [UInt8]) {
    output.append(ASCII.space)
    output.append(contentsOf: "\(attribute.name)".utf8)
    guard let value = attribute.value else { return }
    output.append(ASCII.equals)
    output.append(ASCII.quote)
    appendText(value, to: &output)
    output.append(ASCII.quote)
}

/// Escapes, and writes every character that a reader would not see as its code point: a NUL is no text in HTML, and a title or a label
/// must not be turned round either.
private func appendText(_ text: String, to output: inout [UInt8]) {
    guard text.unicodeScalars.contains(where: { isUnseen($0) && $0 != "\n" && $0 != "\t" }) else {
        return appendHTMLEscaped(text, to: &output)
    }
    var seen = ""
    for scalar in text.unicodeScalars {
        if isUnseen(scalar), scalar != "\n", scalar != "\t" {
            seen += codePoint(scalar)
        } else {
            seen.unicodeScalars.append(scalar)
        }
    }
    appendHTMLEscaped(seen, to: &output)
}
