internal import JSON
internal import Model

/// A message for ntfy in its JSON form, which goes to the server's root and names its topic. Its server takes 4096 bytes of message (a
/// longer one becomes a file) and twice that of JSON.
func ntfyMessage(_ content: NotificationContent, url: String, token: String?) -> OutgoingNotification.HTTPMessage {
    let view = NotificationView(content)
    let (root, topic) = splitTopic(url)
    let (text, isCut) = ntfyText(view)
    var writer = JSONWriter(capacity: 4096)
    writer.object { writer in
        writer.member("topic", topic)
        writer.member("title", show(view.title, ntfyStyle, limit: NtfyLimit.title).text)
        writer.member("message", text)
        writer.member("priority", content.severity.ntfyPriority)
        writer.array("tags") { writer in
            writer.string(content.severity.ntfyTag)
            if content.isTest { writer.string("test_tube") }
        }
        let links = view.links.filter { $0.url.utf8.count <= NtfyLimit.link }
        if let first = links.first {
            writer.member("click", first.url)
            writer.array("actions") { writer in writeActions(first, decides: view.isDecidable, isCut: isCut, to: &writer) }
        }
    }
    let authorization = token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
    return OutgoingNotification.HTTPMessage(url: root, headers: jsonHeaders + authorization, body: writer.bytes)
}

/// In bytes of JSON.
private enum NtfyLimit {
    static let title = 180
    static let code = ["Command": 900, "Output": 500]
    static let otherCode = 250
    static let fact = 160
    static let facts = 1000
    static let line = 80
    static let link = 700
}

private let ntfyStyle = TextStyle(unit: .json)

/// Every line of data is marked as one, so that none can pretend to be a line of ours.
private let ntfyCodeStyle = TextStyle(unit: .json, escape: { $0 == "\n" ? "\n> " : nil }, isBlock: true)

/// `https://host/topic?auth=...` -> `https://host/?auth=...` and `topic`.
private func splitTopic(_ url: String) -> (root: String, topic: String) {
    let query = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
    var path = url[..<query]
    while path.hasSuffix("/") { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return (url, "") }
    return (String(path[...slash]) + String(url[query...]), String(path[path.index(after: slash)...]))
}

private func ntfyText(_ view: NotificationView) -> (text: String, isCut: Bool) {
    var parts = view.notes
    parts += view.lines.map { "• " + show($0, ntfyStyle, limit: NtfyLimit.line, keeping: .end).text }
    var room = NtfyLimit.facts
    for fact in view.facts {
        let line = "\(fact.label): " + show(fact.value, ntfyStyle, limit: NtfyLimit.fact).text
        room -= ntfyStyle.unit.cost(line) + 2
        guard room >= 0 else { break }
        parts.append(line)
    }
    var isCut = false
    for block in view.blocks {
        let limit = NtfyLimit.code[block.label] ?? NtfyLimit.otherCode
        let shown = show(block.text, ntfyCodeStyle, limit: limit, keeping: block.keeping)
        guard !shown.text.isEmpty else { continue }
        parts.append("\(block.label):\n> \(shown.text)")
        let rest = shown.cutBytes + block.bytesBeyond
        if rest > 0 { parts.append("✂️ " + cutNote(block.label, bytes: rest, hasLink: !view.links.isEmpty)) }
        isCut = isCut || (rest > 0 && block.isDecidedOn)
    }
    return (parts.joined(separator: "\n"), isCut)
}

/// Approve and Deny post the form of the link's own page. No Approve beside a text that is not all there: who approves goes by the page.
private func writeActions(_ link: NotificationView.Link, decides: Bool, isCut: Bool, to writer: inout JSONWriter) {
    writer.object { writer in
        writer.member("action", "view")
        writer.member("label", link.label)
        writer.member("url", link.url)
    }
    guard decides, link.label == NotificationView.reviewLabel else { return }
    let decisions: [(label: String, decision: Decision)] = isCut ? [("Deny", .deny)] : [("Approve", .approve), ("Deny", .deny)]
    for (label, decision) in decisions {
        writer.object { writer in
            writer.member("action", "http")
            writer.member("label", label)
            writer.member("url", link.url)
            writer.member("method", "POST")
            writer.object("headers") { writer in writer.member("Content-Type", "application/x-www-form-urlencoded") }
            writer.member("body", "decision=\(decision.rawValue)")
            writer.member("clear", true)
        }
    }
}

extension NotificationContent.Severity {
    /// 3 is ntfy's usual one, 5 breaks through silence.
    fileprivate var ntfyPriority: Int {
        switch self {
        case .ok, .info: 3
        case .warning: 4
        case .critical: 5
        }
    }

    fileprivate var ntfyTag: String {
        switch self {
        case .ok: "white_check_mark"
        case .info: "bell"
        case .warning: "warning"
        case .critical: "rotating_light"
        }
    }
}
