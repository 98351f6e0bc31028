import Diagnostics

extension Parser {
    /// The stream of section 9.2, of which one document may have content.
    mutating func document() throws(YAMLError) -> YAMLNode {
        try prefix()
        let node = try root()
        try suffix()
        try checkQuotedOnly()
        return node
    }

    /// Comments, directives and `---`; stands behind `---`, or on the first content.
    private mutating func prefix() throws(YAMLError) {
        var directives: (first: Int, sawYAML: Bool)?
        if !startLine() { nextLine() }
        while i < end {
            if column == 0 && byte == UInt8(ascii: "%") {
                let mark = i
                let isYAML = try directive(sawYAML: directives?.sawYAML ?? false)
                directives = (directives?.first ?? mark, isYAML || directives?.sawYAML ?? false)
            } else if indent < 0 && byte == UInt8(ascii: ".") && directives == nil {
                i += 3
                try finishMarkerLine()
            } else {
                break
            }
        }
        guard let directives, !(indent < 0 && byte == UInt8(ascii: "-")) else { return }
        throw failure(at: directives.first, "a directive must be followed by a line '---'")
    }

    /// At `%`: `%YAML 1.x`, `%TAG` and reserved ones (section 6.8). True for `%YAML`.
    private mutating func directive(sawYAML: Bool) throws(YAMLError) -> Bool {
        let mark = i
        var words: [(from: Int, to: Int)] = []
        while !isBreak(i) {
            skipBlanks()
            if byte == UInt8(ascii: "#"), isBlank(i - 1) { skipToBreak() }
            let from = i
            while !isSpaceOrBreak(i) { i += 1 }
            // Only the first few words matter.
            if i > from, words.count < 4 { words.append((from, i)) }
        }
        defer { nextLine() }
        guard let name = words.first, name.to > name.from + 1 else {
            throw failure(at: mark, "a line can't start with '%'", hint: "put the value in quotes")
        }
        guard text(name.from, name.to) == "%YAML" else { return false }
        guard !sawYAML else { throw failure(at: mark, to: name.to, "a second %YAML directive") }
        guard words.count == 2 else { throw failure(at: mark, to: name.to, "the directive must be '%YAML 1.2'") }
        let version = text(words[1].from, words[1].to).split(separator: ".", omittingEmptySubsequences: false)
        guard version.count == 2, version.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else {
            throw failure(at: words[1].from, to: words[1].to, "the directive must be '%YAML 1.2'")
        }
        guard version[0] == "1" else {
            throw failure(at: words[1].from, to: words[1].to, "YAML of this version is not supported, only 1.x")
        }
        return true
    }

    private mutating func root() throws(YAMLError) -> YAMLNode {
        if indent < 0 {
            guard byte == UInt8(ascii: "-") else { return emptyNode(at: SourcePosition(line: 1, column: 1)) }
            i += 3
            indent = 0
            return try blockNode(parent: -1, place: .document, depth: 0)
        }
        return try blockContent(Opening(parent: -1, place: .document, depth: 0, column: column, nesting: tabbed ? .tab : .allowed))
    }

    /// What may follow the document: `...` and comments.
    private mutating func suffix() throws(YAMLError) {
        guard i < end else { return }
        guard indent < 0 else { throw leftover() }
        while i < end {
            guard indent < 0, byte == UInt8(ascii: ".") else {
                throw failure("a second document begins here; a file may hold one only")
            }
            i += 3
            try finishMarkerLine()
        }
    }

    private mutating func finishMarkerLine() throws(YAMLError) {
        skipBlanks()
        if byte == UInt8(ascii: "#") { skipToBreak() }
        guard isBreak(i) else { throw failure("nothing may follow '...' on its line") }
        nextLine()
    }

    /// Content behind the root node.
    private func leftover() -> YAMLError {
        if tabbed { return tabFailure() }
        return failure("the document is complete before this line", hint: "check the indentation of this line and of those above")
    }

    /// Characters that are allowed in quotes only.
    private func checkQuotedOnly() throws(YAMLError) {
        var range = 0
        for offset in quotedOnly {
            while range < quotedRanges.count, quotedRanges[range].upperBound <= offset { range += 1 }
            if range < quotedRanges.count, quotedRanges[range].contains(offset) { continue }
            let scalar = String(decoding: bytes[offset..<min(offset + 3, end)], as: UTF8.self).unicodeScalars.first?.value ?? 0
            throw failure(at: offset, "the character \(hex(scalar)) may stand in quotes only", hint: "it can't be seen: remove it")
        }
    }
}
