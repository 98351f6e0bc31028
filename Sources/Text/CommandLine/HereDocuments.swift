/// A here-document that a line has announced (POSIX, Shell Command Language, section 2.7.4).
struct HereDocument {
    let delimiter: [UInt8]
    /// `<<-`: tabs in front of the delimiter don't count.
    let stripsTabs: Bool
    /// No part of the delimiter was quoted, so the body is read like double quotes.
    let expands: Bool
}

extension ShellRewriter {
    /// At `<<`: notes the delimiter; the body begins on the next line. `<<<` of other shells has none.
    mutating func openHereDocument() {
        copy(2)
        if peek(0) == 0x3C { return copy(1) }
        let stripsTabs = peek(0) == 0x2D
        if stripsTabs { copy(1) }
        while isBlank(peek(0)) { copy(1) }
        var delimiter: [UInt8] = []
        var expands = true
        var quote: UInt8?
        while position < text.count {
            let byte = text[position]
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == 0x27 || byte == 0x22 {
                quote = byte
                expands = false
            } else if quote == nil, byte == 0x5C {
                expands = false
                copy(1)
                if position < text.count { delimiter.append(text[position]) }
            } else if quote == nil, byte == 0x20 || byte == 0x09 || byte == 0x0A || isShellOperator(byte) {
                break
            } else {
                delimiter.append(byte)
            }
            copy(1)
        }
        hereDocuments.append(HereDocument(delimiter: delimiter, stripsTabs: stripsTabs, expands: expands))
    }

    /// Behind a line break: the bodies that the line announced.
    mutating func copyHereDocuments() throws(CommandError) {
        let announced = hereDocuments
        hereDocuments = []
        for document in announced { try copyBody(of: document) }
        words = CommandWords()
    }

    private mutating func copyBody(of document: HereDocument) throws(CommandError) {
        while position < text.count {
            let end = lineEnd()
            var line = text[position..<end]
            if document.stripsTabs { line = line.drop { $0 == 0x09 } }
            if line.elementsEqual(document.delimiter) { return copy(through: end) }
            if document.expands { try copyExpandingLine() } else { copy(through: end) }
            copy(1)
        }
    }

    /// Up to the next line break that is not inside an expansion.
    private mutating func copyExpandingLine() throws(CommandError) {
        while position < text.count, text[position] != 0x0A {
            switch text[position] {
            case 0x5C: copy(2)
            case 0x24: try dollar(quoted: true)
            case 0x60: try backquoted()
            default: copy(1)
            }
        }
    }
}
