/// A reader of HTML as strict as XML: known elements only, balanced, attributes in double quotes and never twice, no bare `<`, `>` or `&`.
/// What a page means to a browser can't differ from what this finds in it.
struct StrictHTML {
    struct Element {
        var name: String
        var attributes: [String: String]
        /// Names of the elements around it, the outermost first.
        var ancestors: [String]
    }

    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var elements: [Element] = []
    /// All character data, references resolved.
    private(set) var text = ""
    private var stack: [String] = []
    private var rest: Substring.UTF8View

    private static let void: Set<String> = ["meta", "link", "img", "input"]
    private static let known: Set<String> = [
        "html", "head", "meta", "title", "link", "body", "header", "nav", "main", "section", "article", "aside", "div", "p", "span", "h1",
        "h2", "h3", "a", "img", "strong", "code", "pre", "mark", "time", "bdi", "bdo", "ol", "li", "dl", "dt", "dd", "details", "summary",
        "table", "caption", "thead", "tbody", "tr", "th", "td", "form", "label", "input", "select", "option", "textarea",
        "button",
    ]
    private static let knownAttributes: Set<String> = [
        "class", "id", "title", "lang", "role", "aria-label", "aria-labelledby", "aria-describedby", "aria-current", "data-label",
        "datetime",
        "href", "src", "action", "method", "for", "name", "value", "type", "content", "rel", "autocomplete", "rows", "maxlength", "alt",
        "charset", "http-equiv", "scope", "dir", "required", "autofocus", "tabindex", "spellcheck", "selected",
    ]

    init(_ bytes: [UInt8]) throws {
        guard let page = String(validating: bytes, as: UTF8.self) else { throw Fault(description: "not UTF-8") }
        guard page.hasPrefix("<!doctype html>\n") else { throw Fault(description: "no doctype") }
        rest = page.dropFirst(16).utf8
        while let byte = rest.first {
            if byte == UInt8(ascii: "<") { try readTag() } else { text += try readText(until: "<") }
        }
        guard stack.isEmpty else { throw Fault(description: "unclosed \(stack)") }
    }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    private mutating func take(while accept: (UInt8) -> Bool) -> String {
        let taken = rest.prefix(while: accept)
        rest = rest.dropFirst(taken.count)
        return String(Substring(taken))
    }

    private mutating func expect(_ character: Character) throws {
        guard let byte = rest.popFirst(), byte == character.asciiValue else {
            throw Fault(description: "expected \(character) before \(String(Substring(rest.prefix(40))))")
        }
    }

    private mutating func readTag() throws {
        try expect("<")
        if rest.first == UInt8(ascii: "/") {
            try expect("/")
            let name = take { $0 != UInt8(ascii: ">") }
            try expect(">")
            guard stack.popLast() == name else { throw Fault(description: "</\(name)> closes something else") }
            return
        }
        let name = take { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: " ") }
        guard Self.known.contains(name) else { throw Fault(description: "unknown element '\(name)'") }
        var attributes: [String: String] = [:]
        while rest.first == UInt8(ascii: " ") {
            try expect(" ")
            let key = take { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ">") }
            guard Self.knownAttributes.contains(key) else { throw Fault(description: "unknown attribute '\(key)'") }
            var value = ""
            if rest.first == UInt8(ascii: "=") {
                try expect("=")
                try expect("\"")
                value = try readText(until: "\"")
                try expect("\"")
            }
            guard attributes.updateValue(value, forKey: key) == nil else { throw Fault(description: "\(key) twice") }
        }
        try expect(">")
        elements.append(Element(name: name, attributes: attributes, ancestors: stack))
        if !Self.void.contains(name) { stack.append(name) }
    }

    private mutating func readText(until end: Character) throws -> String {
        let raw = take { $0 != end.asciiValue }
        let isClean = raw.unicodeScalars.allSatisfy {
            $0 != "<" && $0 != ">" && $0 != "\"" && $0 != "'" && ($0.value >= 0x20 || $0 == "\n" || $0 == "\t")
        }
        guard isClean else { throw Fault(description: "unescaped: \(raw.prefix(80))") }
        // By bytes: a combining character behind a `;` would make one Character of both.
        var output: [UInt8] = []
        var left = Substring(raw).utf8
        while let byte = left.popFirst() {
            if byte != UInt8(ascii: "&") {
                output.append(byte)
                continue
            }
            guard let (reference, character) = Self.references.first(where: { left.starts(with: $0.0.utf8) }) else {
                throw Fault(description: "bare & before \(String(Substring(left.prefix(20))))")
            }
            left = left.dropFirst(reference.utf8.count)
            output.append(contentsOf: character.utf8)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let references = [("amp;", "&"), ("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("#39;", "'")]
}
