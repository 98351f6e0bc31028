internal import JSON
internal import Model

/// A message of a Discord webhook: one embed, nobody mentioned. Limits (Discord, "Embed Limits"): title 256, description 4096, 25 fields of
/// 256 and 1024, 6000 in all.
func discordMessage(_ content: NotificationContent, url: String) -> OutgoingNotification.HTTPMessage {
    let view = NotificationView(content)
    let title = "\(content.severity.sign) " + show(view.title, discordStyle, limit: 200).text
    let description = discordDescription(view)
    var writer = JSONWriter(capacity: 4096)
    writer.object { writer in
        writer.object("allowed_mentions") { writer in writer.array("parse") { _ in } }
        writer.array("embeds") { writer in
            writer.object { writer in
                writer.member("title", title)
                if let link = view.links.first { writer.member("url", link.url) }
                if !description.isEmpty { writer.member("description", description) }
                writer.member("color", content.severity.discordColor)
                writer.member("timestamp", instantText(content.at))
                writer.array("fields") { writer in
                    writeFields(view.facts, room: 5900 - title.utf16.count - description.utf16.count, to: &writer)
                }
            }
        }
    }
    return OutgoingNotification.HTTPMessage(url: url, headers: jsonHeaders, body: writer.bytes)
}

/// In UTF-16 units; together they stay below 4096 with all that stands around them.
private enum DiscordLimit {
    static let code = ["Command": 1100, "Arguments": 350, "Output": 700]
    static let otherCode = 400
    static let field = 200
    static let line = 60
    /// A longer link is only that of the title.
    static let link = 200
}

/// A backslash takes the meaning from any of these; `:` and `/` keep texts from becoming links and emoji.
private let discordStyle = TextStyle { scalar in
    switch scalar {
    case "\\", "*", "_", "~", "`", "|", ">", "#", "-", "[", "]", "(", ")", "<", ":", "@", "/": "\\\(scalar)"
    default: nil
    }
}

private func discordDescription(_ view: NotificationView) -> String {
    var parts = view.notes.map { "**\($0)**" }
    if !view.lines.isEmpty {
        parts.append(view.lines.map { "• " + show($0, discordStyle, limit: DiscordLimit.line, keeping: .end).text }.joined(separator: "\n"))
    }
    let links = view.links.filter { $0.url.utf8.count <= DiscordLimit.link }
    if !links.isEmpty { parts.append(links.map { "[**\($0.label)**](<\($0.url)>)" }.joined(separator: " · ")) }
    for block in view.blocks {
        let limit = DiscordLimit.code[block.label] ?? DiscordLimit.otherCode
        let shown = show(block.text, TextStyle(isFenced: true).block, limit: limit, keeping: block.keeping)
        guard !shown.text.isEmpty else { continue }
        parts.append("**\(block.label)**\n```\n\(shown.text)\n```")
        let rest = shown.cutBytes + block.bytesBeyond
        if rest > 0 { parts.append("✂️ *" + cutNote(block.label, bytes: rest, hasLink: !view.links.isEmpty) + "*") }
    }
    return parts.joined(separator: "\n")
}

/// As many as there is room for.
private func writeFields(_ facts: [NotificationView.Fact], room: Int, to writer: inout JSONWriter) {
    var room = room
    for fact in facts.prefix(25) {
        let limit = min(DiscordLimit.field, room - fact.label.utf16.count)
        guard limit >= 20 else { return }
        let value = show(fact.value, discordStyle, limit: limit).text
        room -= fact.label.utf16.count + value.utf16.count
        writer.object { writer in
            writer.member("name", fact.label)
            writer.member("value", value)
            writer.member("inline", value.utf16.count <= 40)
        }
    }
}

extension NotificationContent.Severity {
    fileprivate var discordColor: Int {
        switch self {
        case .ok: 0x2E_B67D
        case .info: 0x3B_82F6
        case .warning: 0xEC_B22E
        case .critical: 0xE0_1E5A
        }
    }
}
