internal import Bytes
internal import Crypto
internal import JSON
internal import Model

/// The documented payload and headers: wrapd's seven keys first, in its order, then ours. Texts are exact; nothing is cut.
func webhookMessage(_ content: NotificationContent, url: String, secret: [UInt8]?) -> OutgoingNotification.HTTPMessage {
    let body = webhookPayload(content)
    let seconds = String(content.now / 1_000_000)
    var headers = jsonHeaders
    headers.append(("X-Wrapd-Event", "alert.fired"))
    headers.append(("X-Sluice-Event", content.condition.rawValue))
    headers.append(("webhook-id", content.messageID))
    headers.append(("webhook-timestamp", seconds))
    if let secret {
        // Standard Webhooks 1.0: over `id.timestamp.body`, so that none of them can be changed.
        let signed = Array("\(content.messageID).\(seconds).".utf8) + body
        headers.append(("webhook-signature", "v1,\(base64Encode(HMACKey(secret).sign(signed).array))"))
    }
    return OutgoingNotification.HTTPMessage(url: url, headers: headers, body: body)
}

func webhookPayload(_ content: NotificationContent) -> [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.object { writer in
        if let rule = content.rule { writer.member("alert_rule", rule) }
        writer.member("endpoint", content.endpoint)
        writer.member("exit_code", content.run?.exitCode)
        writer.member("status", content.payloadStatus)
        writer.member("duration_ms", content.run?.durationMilliseconds)
        writer.member("execution_id", content.run?.id)
        writer.member("timestamp", instantText(content.at))
        writer.member("event", content.condition.rawValue)
        writer.member("id", content.messageID)
        writer.member("title", content.title)
        writer.member("severity", content.severity.rawValue)
        if content.isTest { writer.member("test", true) }
        if content.reminder > 0 { writer.member("reminder", content.reminder) }
        if content.escalation > 0 { writer.member("escalation", content.escalation) }
        if let part = content.approval { write(part, to: &writer) }
        if let part = content.run { write(part, beside: content.approval, withOutput: content.rule == nil, to: &writer) }
        if let part = content.missed { write(part, to: &writer) }
        if let part = content.rejected { write(part, to: &writer) }
        if let part = content.digest { write(part, to: &writer) }
        if let url = content.pageURL { writer.member("url", url) }
    }
    return writer.bytes
}

private func write(_ part: NotificationContent.ApprovalPart, to writer: inout JSONWriter) {
    writer.member("approval_id", part.id)
    writer.member("approve_url", part.approveURL)
    writer.member("expires_at", instantText(part.expiresAt))
    writer.member("source", part.source.rawValue)
    writer.member("source_event", part.event)
    writer.member("requested_by", part.requestedBy)
    writer.member("command", part.command)
    writer.object("arguments") { writer in for argument in part.arguments { writer.member(argument.name, argument.value) } }
    writer.member("body_bytes", part.bodySize)
    writer.member("body_start", part.bodyStart)
    writer.member("approval_digest", part.digest)
    if part.status != .pending {
        writer.member("decided_by", part.decidedBy)
        writer.member("decided_via", part.decidedVia)
        writer.member("reason", part.reason)
    }
}

private func write(
    _ part: NotificationContent.RunPart, beside approval: NotificationContent.ApprovalPart?, withOutput: Bool, to writer: inout JSONWriter
) {
    writer.member("run_status", part.status.rawValue)
    writer.member("error", part.error)
    if let started = part.startedAt { writer.member("started_at", instantText(started)) }
    if let failures = part.failures { writer.member("failures", failures) }
    if approval == nil {
        writer.member("source", part.source.rawValue)
        writer.member("requested_by", part.requestedBy)
        writer.member("command", part.command)
    }
    if withOutput, let output = part.output { writer.member("output", output) }
}

private func write(_ part: NotificationContent.MissedPart, to writer: inout JSONWriter) {
    writer.object("missed") { writer in
        writer.member("schedule", part.schedule.isEmpty ? nil : part.schedule)
        writer.member("count", part.count)
        writer.member("first", part.first.map(instantText))
        writer.member("last", part.last.map(instantText))
        writer.member("reason", part.reason)
    }
}

private func write(_ part: NotificationContent.RejectedPart, to writer: inout JSONWriter) {
    writer.object("rejected") { writer in
        writer.member("count", part.count)
        writer.member("window_seconds", part.windowSeconds)
        writer.member("last_status", part.lastStatus)
        writer.member("last_reason", part.lastReason)
    }
}

private func write(_ part: NotificationContent.DigestPart, to writer: inout JSONWriter) {
    writer.object("digest") { writer in
        writer.member("count", part.count)
        writer.array("endpoints") { writer in
            for line in part.endpoints {
                writer.object { writer in
                    writer.member("endpoint", line.endpoint)
                    writer.member("count", line.count)
                }
            }
        }
        writer.member("further_endpoints", part.furtherEndpoints)
        writer.member("first", instantText(part.first))
        writer.member("last", instantText(part.last))
        writer.member("url", part.listURL)
    }
}

extension NotificationContent {
    /// `success` and `failure` are wrapd's words for finished runs; what did not finish by itself keeps its own, as approvals do.
    fileprivate var payloadStatus: String? {
        if let run {
            switch run.status {
            case .succeeded: return "success"
            case .failed, .timedOut: return "failure"
            case .queued, .running, .cancelled, .interrupted: return run.status.rawValue
            }
        }
        if let approval { return approval.status.rawValue }
        if missed != nil { return "missed" }
        return rejected == nil ? nil : "rejected"
    }
}
