/// `text` made safe as HTML character data and inside quoted attributes of either kind: `& < > " '` become references.
package func htmlEscape(_ text: String) -> String {
    guard text.utf8.contains(where: needsReference) else { return text }
    var output: [UInt8] = []
    appendHTMLEscaped(text, to: &output)
    return String(decoding: output, as: UTF8.self)
}

package func appendHTMLEscaped(_ text: String, to output: inout [UInt8]) {
    output.reserveCapacity(output.count + text.utf8.count)
    for byte in text.utf8 {
        switch byte {
        case ASCII.ampersand: output.append(contentsOf: "&amp;".utf8)
        case ASCII.lessThan: output.append(contentsOf: "&lt;".utf8)
        case ASCII.greaterThan: output.append(contentsOf: "&gt;".utf8)
        case ASCII.quote: output.append(contentsOf: "&quot;".utf8)
        case ASCII.apostrophe: output.append(contentsOf: "&#39;".utf8)
        default: output.append(byte)
        }
    }
}

private func needsReference(_ byte: UInt8) -> Bool {
    byte == ASCII.ampersand || byte == ASCII.lessThan || byte == ASCII.greaterThan || byte == ASCII.quote
        || byte == ASCII.apostrophe
}
