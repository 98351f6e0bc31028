internal import Crypto
internal import JSON
internal import Model

/// An event of PagerDuty's Events API v2. Limits: summary 1024, dedup_key 255, 512 KB in all.
func pagerDutyMessage(_ content: NotificationContent, url: String, routingKey: String) -> OutgoingNotification.HTTPMessage {
    let view = NotificationView(content)
    var writer = JSONWriter(capacity: 4096)
    writer.object { writer in
        writer.member("routing_key", routingKey)
        writer.member("event_action", content.resolvesIncident ? "resolve" : "trigger")
        writer.member("dedup_key", incidentKey(content))
        writer.member("client", "Sluice")
        if let link = view.links.first { writer.member("client_url", link.url) }
        writer.object("payload") { writer in writePayload(view, content, to: &writer) }
        writer.array("links") { writer in
            for link in view.links {
                writer.object { writer in
                    writer.member("href", link.url)
                    writer.member("text", link.label)
                }
            }
        }
    }
    return OutgoingNotification.HTTPMessage(url: url, headers: jsonHeaders, body: writer.bytes)
}

private enum PagerDutyLimit {
    static let summary = 900
    static let name = 200
    static let fact = 1000
    /// Bytes of JSON.
    static let code = 32 << 10
}

private func writePayload(_ view: NotificationView, _ content: NotificationContent, to writer: inout JSONWriter) {
    writer.member("summary", show(view.title, TextStyle(), limit: PagerDutyLimit.summary).text)
    writer.member("source", view.links.first.flatMap { host($0.url) } ?? "sluice")
    writer.member("severity", content.severity.pagerDutySeverity)
    writer.member("timestamp", instantText(content.at))
    if let endpoint = content.endpoint, !endpoint.isEmpty {
        writer.member("component", show(endpoint, TextStyle(), limit: PagerDutyLimit.name).text)
    }
    if let rule = content.rule, !rule.isEmpty { writer.member("group", show(rule, TextStyle(), limit: PagerDutyLimit.name).text) }
    writer.member("class", content.condition.rawValue)
    writer.object("custom_details") { writer in writeDetails(view, to: &writer) }
}

private func writeDetails(_ view: NotificationView, to writer: inout JSONWriter) {
    var names: Set<String> = []
    func add(_ name: String, _ value: String) {
        if !value.isEmpty, names.insert(name).inserted { writer.member(name, value) }
    }
    add("Note", view.notes.joined(separator: " "))
    for fact in view.facts { add(fact.label, show(fact.value, TextStyle(), limit: PagerDutyLimit.fact).text) }
    add("Endpoints", view.lines.map { show($0, TextStyle(), limit: PagerDutyLimit.name, keeping: .end).text }.joined(separator: "\n"))
    for block in view.blocks {
        let shown = show(block.text, TextStyle(unit: .json).block, limit: PagerDutyLimit.code, keeping: block.keeping)
        add(block.label, shown.text)
        let rest = shown.cutBytes + block.bytesBeyond
        if rest > 0 { add("\(block.label), cut", cutNote(block.label, bytes: rest, hasLink: !view.links.isEmpty)) }
    }
}

/// What an incident is about, so that its end finds it: the approval, or the endpoint's runs. Not the rule, since one rule tells of the
/// failure and another of the recovery.
func incidentKey(_ content: NotificationContent) -> String {
    let endpoint = content.endpoint ?? ""
    let key =
        if content.isTest {
            "sluice/test/\(content.messageID)"
        } else if content.digest != nil {
            "sluice/digest/\(content.condition.rawValue)/\(content.rule ?? endpoint)"
        } else if let approval = content.approval, !content.condition.isOfFinishedRuns {
            "sluice/approval/\(approval.id)"
        } else if let missed = content.missed {
            "sluice/schedule/\(endpoint)/\(missed.schedule)"
        } else if content.rejected != nil {
            "sluice/deliveries/\(endpoint)"
        } else if let run = content.run, !content.condition.isOfFinishedRuns {
            "sluice/run/\(run.id)"
        } else {
            "sluice/runs/\(endpoint)"
        }
    return key.utf8.count <= 255 ? key : "sluice/\(sha256(key).hex)"
}

private func host(_ url: String) -> String? {
    guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
    let host = url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return host.isEmpty ? nil : String(host.prefix(PagerDutyLimit.name))
}

extension NotificationContent {
    /// A success, a recovery, or an approval that somebody decided ends what is open.
    fileprivate var resolvesIncident: Bool {
        guard !isTest, digest == nil else { return false }
        return switch condition {
        case .recovered, .success, .approvalDecided: true
        case .always: run?.status == .succeeded
        default: false
        }
    }
}

extension NotificationContent.Severity {
    fileprivate var pagerDutySeverity: String {
        switch self {
        case .ok, .info: "info"
        case .warning: "warning"
        case .critical: "critical"
        }
    }
}
