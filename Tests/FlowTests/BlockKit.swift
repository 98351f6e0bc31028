import JSON

/// Slack's rules for a message with blocks, as its reference has them, and ours for what may be live in it. Lengths are counted in UTF-16
/// units, which are never fewer than characters.
struct BlockKit {
    private(set) var problems: [String] = []
    private var ids: Set<String> = []

    static func problems(in message: JSONValue, isReply: Bool = false) -> [String] {
        var check = BlockKit()
        check.message(message, isReply: isReply)
        return check.problems
    }

    private mutating func fail(_ problem: String) { problems.append(problem) }

    private mutating func message(_ message: JSONValue, isReply: Bool) {
        members(message, "message", required: ["text", "blocks", "unfurl_links", "unfurl_media"] + (isReply ? ["replace_original"] : []), optional: [])
        length(message["text"], 1...40000, "text")
        markup(message["text"]?.string ?? "", "text", links: true)
        if message["unfurl_links"] != false || message["unfurl_media"] != false { fail("links unfurl") }
        let blocks = message["blocks"]?.array ?? []
        if !(1...50 ~= blocks.count) { fail("\(blocks.count) blocks") }
        for block in blocks { self.block(block) }
    }

    private mutating func block(_ block: JSONValue) {
        if let id = block["block_id"]?.string { unique("block \(id)", id) }
        switch block["type"]?.string {
        case "header":
            members(block, "header", required: ["type", "text"], optional: ["block_id"])
            plain(block["text"], 1...150, "header")
        case "section":
            members(block, "section", required: ["type"], optional: ["block_id", "text", "fields"])
            if block["text"] == nil && block["fields"] == nil { fail("a section says nothing") }
            if let text = block["text"] { self.text(text, 1...3000, "section") }
            if let fields = block["fields"]?.array {
                if !(1...10 ~= fields.count) { fail("\(fields.count) fields") }
                for field in fields { text(field, 1...2000, "field") }
            }
        case "context":
            members(block, "context", required: ["type", "elements"], optional: ["block_id"])
            let elements = block["elements"]?.array ?? []
            if !(1...10 ~= elements.count) { fail("\(elements.count) elements of a context") }
            for element in elements { text(element, 1...3000, "context") }
        case "actions":
            members(block, "actions", required: ["type", "elements"], optional: ["block_id"])
            let elements = block["elements"]?.array ?? []
            if !(1...25 ~= elements.count) { fail("\(elements.count) buttons") }
            for element in elements { button(element) }
        default: fail("a block of type \(block["type"]?.string ?? "none")")
        }
    }

    private mutating func button(_ button: JSONValue) {
        members(button, "button", required: ["type", "text", "action_id"], optional: ["url", "value", "style", "confirm"])
        if button["type"] != "button" { fail("no button") }
        plain(button["text"], 1...75, "button")
        if let id = button["action_id"]?.string { unique("action \(id)", id) }
        if let url = button["url"] {
            length(url, 1...3000, "url")
            if url.string?.hasPrefix("https://sluice.example.com/") != true { fail("a button leads to \(url.string ?? "")") }
        }
        if let value = button["value"] { length(value, 1...2000, "value") }
        if let style = button["style"], style != "primary" && style != "danger" { fail("style") }
        guard let confirm = button["confirm"] else { return }
        members(confirm, "confirm", required: ["title", "text", "confirm", "deny"], optional: ["style"])
        plain(confirm["title"], 1...100, "title of confirm")
        plain(confirm["text"], 1...300, "text of confirm")
        plain(confirm["confirm"], 1...30, "confirm")
        plain(confirm["deny"], 1...30, "deny")
    }

    private mutating func plain(_ value: JSONValue?, _ range: ClosedRange<Int>, _ place: String) {
        if value?["type"] != "plain_text" { fail("\(place) is no plain_text") }
        text(value ?? .null, range, place)
    }

    private mutating func text(_ value: JSONValue, _ range: ClosedRange<Int>, _ place: String) {
        length(value["text"], range, place)
        let text = value["text"]?.string ?? ""
        switch value["type"]?.string {
        case "plain_text":
            members(value, place, required: ["type", "text"], optional: ["emoji"])
            if value["emoji"] != false { fail("\(place): emoji names are live") }
        case "mrkdwn":
            members(value, place, required: ["type", "text"], optional: ["verbatim"])
            if value["verbatim"] != true { fail("\(place): texts become links") }
            markup(text, place, links: false)
        default: fail("\(place): a text of no type")
        }
        for problem in unseenIn(text) { fail("\(place): \(problem)") }
    }

    /// Nothing is live but our own links and code blocks.
    private mutating func markup(_ text: String, _ place: String, links: Bool) {
        var rest = text[...]
        if links, let start = text.range(of: "\n<https://sluice.example.com/"), text.hasSuffix("|Review>") || text.hasSuffix("|Open>") || text.hasSuffix("|Open the list>") {
            if text[start.upperBound...].dropLast().contains(where: { $0 == "<" || $0 == ">" }) { fail("\(place): a broken link") }
            rest = text[..<start.lowerBound]
        }
        if rest.utf8.contains(UInt8(ascii: "<")) || rest.utf8.contains(UInt8(ascii: ">")) { fail("\(place): something is live") }
        for piece in rest.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).dropFirst() {
            if !["amp;", "lt;", "gt;"].contains(where: { piece.starts(with: $0.utf8) }) { fail("\(place): a bare or broken entity") }
        }
        let fences = text.pieces(between: "```").count - 1
        if fences != 0 && fences != 2 { fail("\(place): \(fences) fences") }
        if fences == 2, text.pieces(between: "\n```").count != 3 { fail("\(place): a fence in a line") }
    }

    private mutating func length(_ value: JSONValue?, _ range: ClosedRange<Int>, _ place: String) {
        guard let text = value?.string else { return fail("\(place) is no text") }
        if !(range ~= text.utf16.count) { fail("\(place) has \(text.utf16.count) units") }
    }

    private mutating func unique(_ what: String, _ id: String) {
        if !(1...255 ~= id.utf16.count) { fail("\(what): length") }
        if !ids.insert(what).inserted { fail("\(what) occurs twice") }
    }

    private mutating func members(_ value: JSONValue, _ place: String, required: [String], optional: [String]) {
        let keys = value.object?.keys ?? []
        for name in required where !keys.contains(name) { fail("\(place) lacks \(name)") }
        for key in keys where !(required + optional).contains(key) { fail("\(place) has \(key)") }
    }
}
