internal import JSON
internal import Model

/// A message for a Teams workflow ("When a Teams webhook request is received"): an Adaptive Card. Data stands only in text runs and code
/// blocks, where no Markdown is read. Teams refuses more than 28 KB, so lengths are bytes of JSON.
func teamsMessage(_ content: NotificationContent, url: String) -> OutgoingNotification.HTTPMessage {
    let view = NotificationView(content)
    var writer = JSONWriter(capacity: 8192)
    writer.object { writer in
        writer.member("type", "message")
        writer.array("attachments") { writer in
            writer.object { writer in
                writer.member("contentType", "application/vnd.microsoft.card.adaptive")
                writer.key("contentUrl")
                writer.null()
                writer.object("content") { writer in writeCard(view, content, to: &writer) }
            }
        }
    }
    return OutgoingNotification.HTTPMessage(url: url, headers: jsonHeaders, body: writer.bytes)
}

/// Bytes of JSON; code counts twice, as each block carries what clients without code blocks show.
private enum TeamsLimit {
    static let code = ["Command": 3000, "Output": 1200]
    static let otherCode = 800
    static let title = 300
    static let fact = 180
    static let line = 100
}

private let teamsStyle = TextStyle(unit: .json)

private func writeCard(_ view: NotificationView, _ content: NotificationContent, to writer: inout JSONWriter) {
    let title = "\(content.severity.sign) " + show(view.title, teamsStyle, limit: TeamsLimit.title).text
    writer.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
    writer.member("type", "AdaptiveCard")
    writer.member("version", "1.4")
    writer.member("fallbackText", title)
    writer.object("msteams") { writer in writer.member("width", "Full") }
    writer.array("body") { writer in
        writeRuns([Run(text: title, weight: "Bolder", size: "Large")], to: &writer)
        for note in view.notes { writeRuns([Run(text: note, weight: "Bolder")], to: &writer) }
        for line in view.lines {
            writeRuns([Run(text: "• " + show(line, teamsStyle, limit: TeamsLimit.line, keeping: .end).text)], spacing: "None", to: &writer)
        }
        for fact in view.facts {
            let value = show(fact.value, teamsStyle, limit: TeamsLimit.fact).text
            writeRuns([Run(text: "\(fact.label): ", weight: "Bolder"), Run(text: value)], spacing: "None", to: &writer)
        }
        for block in view.blocks { writeCode(block, hasLink: !view.links.isEmpty, to: &writer) }
    }
    guard !view.links.isEmpty else { return }
    writer.array("actions") { writer in
        for link in view.links {
            writer.object { writer in
                writer.member("type", "Action.OpenUrl")
                writer.member("title", link.label)
                writer.member("url", link.url)
            }
        }
    }
}

private struct Run {
    var text: String
    var weight: String?
    var size: String?
    var isMonospaced = false
}

/// A line of text in which nothing is live.
private func writeRuns(_ runs: [Run], spacing: String? = nil, to writer: inout JSONWriter) {
    writer.object { writer in writeRunMembers(runs, spacing: spacing, to: &writer) }
}

private func writeRunMembers(_ runs: [Run], spacing: String?, to writer: inout JSONWriter) {
    writer.member("type", "RichTextBlock")
    if let spacing { writer.member("spacing", spacing) }
    writer.array("inlines") { writer in
        for run in runs {
            writer.object { writer in
                writer.member("type", "TextRun")
                writer.member("text", run.text)
                if let weight = run.weight { writer.member("weight", weight) }
                if let size = run.size { writer.member("size", size) }
                if run.isMonospaced { writer.member("fontType", "Monospace") }
            }
        }
    }
}

private func writeCode(_ block: NotificationView.Block, hasLink: Bool, to writer: inout JSONWriter) {
    let limit = TeamsLimit.code[block.label] ?? TeamsLimit.otherCode
    let shown = show(block.text, teamsStyle.block, limit: limit, keeping: block.keeping)
    guard !shown.text.isEmpty else { return }
    writeRuns([Run(text: block.label, weight: "Bolder")], to: &writer)
    writer.object { writer in
        writer.member("type", "CodeBlock")
        writer.member("language", "PlainText")
        writer.member("codeSnippet", shown.text)
        writer.object("fallback") { writer in
            writeRunMembers([Run(text: shown.text, isMonospaced: true)], spacing: nil, to: &writer)
        }
    }
    let rest = shown.cutBytes + block.bytesBeyond
    if rest > 0 { writeRuns([Run(text: "✂️ " + cutNote(block.label, bytes: rest, hasLink: hasLink), weight: "Bolder")], to: &writer) }
}
