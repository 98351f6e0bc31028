internal import Bytes
internal import Crypto
internal import Model

/// A mail with a plain and an HTML part (RFC 5322, 2046). The HTML loads nothing. What is no address is left out: the configuration is
/// checked for it, and an empty list of recipients says that none was left.
func emailMessage(_ content: NotificationContent, to: [String], from: String) -> OutgoingNotification.MailMessage {
    let view = NotificationView(content)
    let recipients = to.compactMap { MailAddress($0) }
    let sender = MailAddress(from)
    let boundary = "=_sluice_" + sha256(content.messageID).hex.prefix(24)
    var writer = MIMEWriter()
    if let sender { writer.addresses("From", [sender]) } else { writer.text("From", from) }
    if !recipients.isEmpty { writer.addresses("To", recipients) }
    writer.text("Subject", "[Sluice] " + show(view.title, TextStyle(), limit: MailLimit.subject).text)
    writer.field("Date", mailDate(content.now))
    let domain = sender?.address.split(separator: "@").last ?? "sluice.invalid"
    writer.field("Message-ID", "<\(identifier(content.messageID))@\(domain)>")
    // Keeps what is told of one approval together, though the first of these never was a mail.
    if let approval = content.approval { writer.field("References", "<approval.\(identifier(approval.id))@\(domain)>") }
    writer.field("Auto-Submitted", "auto-generated")
    writer.field("X-Auto-Response-Suppress", "All")
    writer.field("X-Sluice-Event", content.condition.rawValue)
    writer.field("MIME-Version", "1.0")
    writer.field("Content-Type", "multipart/alternative;\r\n boundary=\"\(boundary)\"")
    writer.line()
    // Quoted-printable has no `=_`, so that no content can hold the boundary.
    writer.part(boundary: boundary, type: "text/plain", mailText(view, content.severity))
    writer.part(boundary: boundary, type: "text/html", mailHTML(view, content.severity))
    writer.line("--\(boundary)--")
    return OutgoingNotification.MailMessage(recipients: recipients.map(\.address), bytes: writer.bytes)
}

/// In bytes but for the subject.
private enum MailLimit {
    static let subject = 180
    static let code = 24 << 10
    static let fact = 2000
    static let line = 300
}

/// For Message-ID: letters, digits, dots and hyphens, and no more than a line holds.
private func identifier(_ text: String) -> String {
    let plain = text.utf8.filter { ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D }
    return plain.count == text.utf8.count && !plain.isEmpty && plain.count <= 128 ? text : String(sha256(text).hex.prefix(32))
}

// MARK: Plain

private let plainStyle = TextStyle(unit: .utf8)
/// Indented, so that no line of data can pretend to be a line of ours.
private let plainCodeStyle = TextStyle(unit: .utf8, escape: { $0 == "\n" ? "\n    " : nil }, isBlock: true)

private func mailText(_ view: NotificationView, _ severity: NotificationContent.Severity) -> String {
    var text = "\(severity.sign) " + show(view.title, plainStyle, limit: MailLimit.fact).text + "\n"
    for note in view.notes { text += "\n\(note)\n" }
    if !view.links.isEmpty { text += "\n" }
    for link in view.links { text += "\(link.label): \(link.url)\n" }
    text += "\n"
    for line in view.lines { text += "* " + show(line, plainStyle, limit: MailLimit.line, keeping: .end).text + "\n" }
    for fact in view.facts { text += "\(fact.label): " + show(fact.value, plainStyle, limit: MailLimit.fact).text + "\n" }
    for block in view.blocks {
        let shown = show(block.text, plainCodeStyle, limit: MailLimit.code, keeping: block.keeping)
        guard !shown.text.isEmpty else { continue }
        text += "\n\(block.label):\n\n    \(shown.text)\n"
        let rest = shown.cutBytes + block.bytesBeyond
        if rest > 0 { text += "\n" + cutNote(block.label, bytes: rest, hasLink: !view.links.isEmpty) + "\n" }
    }
    return text
}

// MARK: HTML

private let htmlStyle = TextStyle(unit: .utf8) { scalar in
    switch scalar {
    case "&": "&amp;"
    case "<": "&lt;"
    case ">": "&gt;"
    case "\"": "&quot;"
    case "'": "&#39;"
    default: nil
    }
}

private enum MailCSS {
    static let page = "font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif;color:#1b1f24;max-width:640px;margin:0 auto;padding:16px"
    static let title = "font-size:19px;font-weight:600;margin:0 0 12px"
    static let note = "margin:0 0 12px;padding:8px 12px;border-left:4px solid #d29922;background:#fff8e6"
    static let button =
        "display:inline-block;margin:0 8px 16px 0;padding:9px 18px;border-radius:6px;background:#1f6feb;color:#ffffff;text-decoration:none"
    static let label = "padding:2px 16px 2px 0;vertical-align:top;color:#59636e;text-align:left;font-weight:400;white-space:nowrap"
    static let value = "padding:2px 0;overflow-wrap:anywhere"
    static let code =
        "margin:4px 0 0;padding:10px 12px;background:#f3f5f7;border-radius:6px;font:13px/1.45 ui-monospace,Menlo,Consolas,monospace;"
        + "white-space:pre-wrap;overflow-wrap:anywhere"
    static let heading = "margin:16px 0 0;font-weight:600"
    static let cut = "margin:4px 0 0;color:#a40e26;font-weight:600"
}

private func mailHTML(_ view: NotificationView, _ severity: NotificationContent.Severity) -> String {
    var html = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sluice</title></head>\n<body>"
    html += "<div style=\"\(MailCSS.page)\">\n"
    html += element("p", MailCSS.title, "\(severity.sign) " + show(view.title, htmlStyle, limit: MailLimit.fact).text)
    for note in view.notes { html += element("p", MailCSS.note, htmlEscape(note)) }
    for link in view.links {
        html += "<a href=\"\(htmlEscape(link.url))\" style=\"\(MailCSS.button)\">\(htmlEscape(link.label))</a>\n"
    }
    if !view.lines.isEmpty {
        html += "<ul>\n"
        for line in view.lines { html += "<li>" + show(line, htmlStyle, limit: MailLimit.line, keeping: .end).text + "</li>\n" }
        html += "</ul>\n"
    }
    html += "<table role=\"presentation\" style=\"border-collapse:collapse\">\n"
    for fact in view.facts {
        let value = show(fact.value, htmlStyle, limit: MailLimit.fact).text
        html += "<tr><th style=\"\(MailCSS.label)\">\(htmlEscape(fact.label))</th><td style=\"\(MailCSS.value)\">\(value)</td></tr>\n"
    }
    html += "</table>\n"
    for block in view.blocks { html += codeHTML(block, hasLink: !view.links.isEmpty) }
    return html + "</div></body></html>\n"
}

private func codeHTML(_ block: NotificationView.Block, hasLink: Bool) -> String {
    let shown = show(block.text, htmlStyle.block, limit: MailLimit.code, keeping: block.keeping)
    guard !shown.text.isEmpty else { return "" }
    // A line feed right behind <pre> would be dropped, so one of ours stands there.
    var html = element("p", MailCSS.heading, htmlEscape(block.label))
    html += "<pre dir=\"ltr\" style=\"\(MailCSS.code)\">\n\(shown.text)</pre>\n"
    let rest = shown.cutBytes + block.bytesBeyond
    if rest > 0 { html += element("p", MailCSS.cut, htmlEscape(cutNote(block.label, bytes: rest, hasLink: hasLink))) }
    return html
}

private func element(_ name: String, _ style: String, _ html: String) -> String { "<\(name) style=\"\(style)\">\(html)</\(name)>\n" }
