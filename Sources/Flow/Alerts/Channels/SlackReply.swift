internal import JSON
internal import Model

/// What takes the place of a message with buttons once its approval is decided: the same without buttons, and who did what. For the
/// `response_url` of an interaction; JSON.
///
/// - Parameter content: as the message's, with its approval in the state it is in now.
package func slackOutcome(_ content: NotificationContent) -> [UInt8] {
    let outcome = content.approval?.outcome
    let sign = content.approval?.status == .approved ? "✅" : "⛔"
    var writer = JSONWriter(capacity: 4096)
    writer.object { writer in
        writer.member("replace_original", true)
        writeSlackMembers(content, hasButtons: false, outcome: outcome.map { "\(sign) \($0)" }, to: &writer)
    }
    return writer.bytes
}

/// Tells only the one who clicked; the message stays. `reason`: plain text, a sentence or two; JSON.
package func slackRefusal(_ reason: String) -> [UInt8] {
    let shown = show(reason, SlackStyle.markup.block, limit: 2900).text
    var writer = JSONWriter(capacity: 512)
    writer.object { writer in
        writer.member("response_type", "ephemeral")
        writer.member("replace_original", false)
        writer.member("text", shown.isEmpty ? "This was not done." : shown)
    }
    return writer.bytes
}
