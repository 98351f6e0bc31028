internal import JSON
internal import Model

/// A message of Slack's incoming webhooks: Block Kit, with `text` for notifications, for readers without blocks, and for a second try
/// should Slack refuse the blocks. One block over its limit refuses the whole message, so every text is cut to it.
func slackMessage(_ content: NotificationContent, url: String, hasButtons: Bool) -> OutgoingNotification.HTTPMessage {
    var writer = JSONWriter(capacity: 4096)
    writer.object { writer in writeSlackMembers(content, hasButtons: hasButtons, outcome: nil, to: &writer) }
    return OutgoingNotification.HTTPMessage(url: url, headers: jsonHeaders, body: writer.bytes)
}

/// In UTF-16 units, below Slack's numbers (header 150, section 3000, field 2000, 10 fields, 50 blocks, button 75, `text` 40000).
private enum SlackLimit {
    static let title = 140
    static let fallbackTitle = 300
    static let fallbackCommand = 600
    static let note = 400
    static let field = 300
    static let fields = 10
    static let code = 2800
    static let line = 120
    static let confirmEndpoint = 100
}

enum SlackStyle {
    /// Of `text` and mrkdwn: nothing else is to be escaped, and unescaped these three make mentions and links.
    static let markup = TextStyle(
        escape: { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: nil
            }
        }, isFenced: true)
    /// Of plain_text, where nothing is live.
    static let plain = TextStyle()
}

/// `outcome`: of a decision that was just made, in place of the buttons.
func writeSlackMembers(_ content: NotificationContent, hasButtons: Bool, outcome: String?, to writer: inout JSONWriter) {
    let view = NotificationView(content)
    writer.member("text", fallback(view, content.severity, outcome))
    writer.member("unfurl_links", false)
    writer.member("unfurl_media", false)
    writer.array("blocks") { writer in
        writeHeader("\(content.severity.sign) " + show(view.title, SlackStyle.plain, limit: SlackLimit.title).text, to: &writer)
        let notes = (outcome.map { [show($0, SlackStyle.plain, limit: SlackLimit.note).text] } ?? []) + view.notes
        if !notes.isEmpty { writeContext("notes", notes, to: &writer) }
        writeFields(view.facts, to: &writer)
        if !view.lines.isEmpty { writeLines(view.lines, to: &writer) }
        var isCut = false
        for (index, block) in view.blocks.enumerated() {
            let rest = writeCode(block, id: "code-\(index)", hasLink: !view.links.isEmpty, to: &writer)
            isCut = isCut || (rest > 0 && block.isDecidedOn)
        }
        writeActions(view, content, hasButtons: hasButtons && outcome == nil, isCut: isCut, to: &writer)
    }
}

private func fallback(_ view: NotificationView, _ severity: NotificationContent.Severity, _ outcome: String?) -> String {
    var text = "\(severity.sign) " + show(view.title, SlackStyle.markup, limit: SlackLimit.fallbackTitle).text
    if let outcome { text += "\n" + show(outcome, SlackStyle.markup, limit: SlackLimit.note).text }
    for note in view.notes { text += "\n" + note }
    if let by = view.facts.first(where: { $0.label == "Asked by" }) {
        text += "\nAsked by " + show(by.value, SlackStyle.markup, limit: SlackLimit.field).text
    }
    if let command = view.blocks.first(where: { $0.label == "Command" }) {
        let shown = show(command.text, SlackStyle.markup.block, limit: SlackLimit.fallbackCommand)
        if !shown.text.isEmpty { text += "\n```\n\(shown.text)\n```" }
        if shown.cutBytes > 0 { text += "\n" + cutNote("Command", bytes: shown.cutBytes, hasLink: !view.links.isEmpty) }
    }
    // Ours, and without the characters that would end it.
    if let link = view.links.first { text += "\n<\(link.url.replacing("&", with: "&amp;"))|\(link.label)>" }
    return text
}

private func writeHeader(_ text: String, to writer: inout JSONWriter) {
    writer.object { writer in
        writer.member("type", "header")
        writer.member("block_id", "title")
        writer.object("text") { writer in writePlain(text, to: &writer) }
    }
}

private func writeContext(_ id: String, _ texts: [String], to writer: inout JSONWriter) {
    writer.object { writer in
        writer.member("type", "context")
        writer.member("block_id", id)
        writer.array("elements") { writer in
            for text in texts {
                writer.object { writer in writePlain(text, to: &writer) }
            }
        }
    }
}

private func writeFields(_ facts: [NotificationView.Fact], to writer: inout JSONWriter) {
    for start in stride(from: 0, to: facts.count, by: SlackLimit.fields) {
        writer.object { writer in
            writer.member("type", "section")
            writer.member("block_id", "facts-\(start / SlackLimit.fields)")
            writer.array("fields") { writer in
                for fact in facts[start..<min(start + SlackLimit.fields, facts.count)] {
                    writer.object { writer in
                        writePlain("\(fact.label)\n" + show(fact.value, SlackStyle.plain, limit: SlackLimit.field).text, to: &writer)
                    }
                }
            }
        }
    }
}

private func writeLines(_ lines: [String], to writer: inout JSONWriter) {
    writer.object { writer in
        writer.member("type", "section")
        writer.member("block_id", "digest")
        let text = lines.map { "• " + show($0, SlackStyle.plain, limit: SlackLimit.line, keeping: .end).text }.joined(separator: "\n")
        writer.object("text") { writer in writePlain(text, to: &writer) }
    }
}

/// - Returns: how many bytes of it are not shown.
private func writeCode(_ block: NotificationView.Block, id: String, hasLink: Bool, to writer: inout JSONWriter) -> Int {
    let shown = show(block.text, SlackStyle.markup.block, limit: SlackLimit.code, keeping: block.keeping)
    guard !shown.text.isEmpty else { return 0 }
    writer.object { writer in
        writer.member("type", "section")
        writer.member("block_id", id)
        writer.object("text") { writer in
            writer.member("type", "mrkdwn")
            writer.member("text", "*\(block.label)*\n```\n\(shown.text)\n```")
            writer.member("verbatim", true)
        }
    }
    let rest = shown.cutBytes + block.bytesBeyond
    if rest > 0 { writeContext("\(id)-cut", ["✂️ " + cutNote(block.label, bytes: rest, hasLink: hasLink)], to: &writer) }
    return rest
}

private func writePlain(_ text: String, to writer: inout JSONWriter) {
    writer.member("type", "plain_text")
    writer.member("text", text)
    writer.member("emoji", false)
}

// MARK: Buttons

private func writeActions(
    _ view: NotificationView, _ content: NotificationContent, hasButtons: Bool, isCut: Bool, to writer: inout JSONWriter
) {
    let decides = hasButtons && view.isDecidable
    guard decides || !view.links.isEmpty else { return }
    writer.object { writer in
        writer.member("type", "actions")
        writer.member("block_id", "actions")
        writer.array("elements") { writer in
            if decides, let approval = content.approval {
                writeButton("Approve", id: "approve", style: "primary", value: approval.id, to: &writer) { writer in
                    writer.object("confirm") { writer in writeConfirmation(content, isCut: isCut, to: &writer) }
                }
                writeButton("Deny", id: "deny", style: "danger", value: approval.id, to: &writer) { _ in }
            }
            for link in view.links {
                let id = link.label.lowercased().replacing(" ", with: "-")
                writeButton(link.label, id: id, style: nil, value: nil, to: &writer) { writer in writer.member("url", link.url) }
            }
        }
    }
}

private func writeButton(
    _ label: String, id: String, style: String?, value: String?, to writer: inout JSONWriter, _ more: (inout JSONWriter) -> Void
) {
    writer.object { writer in
        writer.member("type", "button")
        writer.member("action_id", id)
        writer.object("text") { writer in writePlain(label, to: &writer) }
        if let style { writer.member("style", style) }
        if let value { writer.member("value", value) }
        more(&writer)
    }
}

/// One slip of a thumb must not run a command; limits: title 100, text 300, buttons 30.
private func writeConfirmation(_ content: NotificationContent, isCut: Bool, to writer: inout JSONWriter) {
    let endpoint = show(content.endpoint ?? "the command", SlackStyle.plain, limit: SlackLimit.confirmEndpoint).text
    let text =
        isCut
        ? "Not all of what \(endpoint) will run with is shown in this message. Have you read the rest on its page?"
        : "\(endpoint) will run at once."
    writer.object("title") { writer in writePlain("Approve?", to: &writer) }
    writer.object("text") { writer in writePlain(text, to: &writer) }
    writer.object("confirm") { writer in writePlain("Approve", to: &writer) }
    writer.object("deny") { writer in writePlain("Not yet", to: &writer) }
}

extension NotificationContent.Severity {
    /// Before a title.
    var sign: String {
        switch self {
        case .ok: "✅"
        case .info: "🔔"
        case .warning: "⚠️"
        case .critical: "🚨"
        }
    }
}
