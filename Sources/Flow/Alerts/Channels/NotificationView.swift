internal import Bytes
internal import Model

/// What a message says to people, the same in every channel; texts are still as they came.
struct NotificationView {
    struct Fact {
        var label: String
        var value: String
    }

    /// What a machine reads or wrote: shown exactly, in a block of code.
    struct Block {
        var label: String
        var text: String
        var keeping = CutEnd.start
        /// Bytes that did not even come here.
        var bytesBeyond = 0
        /// What a decision is about: who decides must know when some of it is not shown.
        var isDecidedOn = false
    }

    struct Link {
        var label: String
        var url: String
    }

    /// Of the link on whose page a decision is made.
    static let reviewLabel = "Review"

    var title: String
    /// What it is besides: a test, a reminder, a step of an escalation.
    var notes: [String] = []
    var facts: [Fact] = []
    var blocks: [Block] = []
    /// Of a digest: an endpoint and its number each.
    var lines: [String] = []
    /// The first is what the reader wants.
    var links: [Link] = []
    /// Whether a decision is wanted from the reader.
    var isDecidable = false

    init(_ content: NotificationContent) {
        title = (content.isTest ? "[TEST] " : "") + (content.title.isEmpty ? content.condition.rawValue : content.title)
        isDecidable = content.approval?.status == .pending && !content.isTest
        notes = Self.notes(content)
        if let endpoint = content.endpoint { add("Endpoint", endpoint) }
        if let part = content.approval { add(part, now: content.now) }
        if let part = content.run { add(part, now: content.now) }
        if let part = content.missed { add(part) }
        if let part = content.rejected { add(part) }
        if let part = content.digest { add(part) }
        if let rule = content.rule { add("Rule", rule) }
        add("Time", fireTimeText(content.at))
        addLinks(content)
    }

    private mutating func add(_ label: String, _ value: String?) {
        // Blanks alone count as empty in some channels, which then refuse the message.
        if let value, !value.utf8.allSatisfy({ $0 == ASCII.space }) { facts.append(Fact(label: label, value: value)) }
    }

    private static func notes(_ content: NotificationContent) -> [String] {
        var notes: [String] = []
        if content.isTest { notes.append("This is a test of the rule: nothing has happened, and nothing here decides anything.") }
        if content.reminder > 0 { notes.append("Still waiting: reminder \(content.reminder).") }
        if content.escalation > 0 { notes.append("Nobody has decided: step \(content.escalation) of the escalation.") }
        return notes
    }

    private mutating func add(_ part: NotificationContent.ApprovalPart, now: Int64) {
        add("Asked by", part.requestedBy)
        add("Source", Self.source(part.source, part.event))
        if part.status == .pending {
            add("Expires", Self.expiry(part.expiresAt, now: now))
        } else {
            add("Outcome", part.outcome)
            add("Reason", part.reason)
        }
        blocks.append(Block(label: "Command", text: part.command, isDecidedOn: true))
        if !part.arguments.isEmpty {
            let text = part.arguments.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
            blocks.append(Block(label: "Arguments", text: text, isDecidedOn: true))
        }
        if let body = part.bodyStart, !body.isEmpty {
            blocks.append(
                Block(
                    label: "Body (\(groupedDecimal(part.bodySize)) \(part.bodySize == 1 ? "byte" : "bytes"))", text: body,
                    bytesBeyond: max(0, part.bodySize - body.utf8.count), isDecidedOn: true))
        } else if part.bodySize > 0 {
            add("Body", "\(groupedDecimal(part.bodySize)) \(part.bodySize == 1 ? "byte" : "bytes"), not shown")
        }
        add("Digest", part.digest)
    }

    private mutating func add(_ part: NotificationContent.RunPart, now: Int64) {
        add("Status", part.status.words)
        add("Exit code", part.exitCode.map { String($0) })
        add("Duration", part.durationMilliseconds.map { Self.duration(Int64($0) * 1000) })
        if let started = part.startedAt { add("Running for", Self.duration(now - started)) }
        if let failures = part.failures { add("Failures in a row", groupedDecimal(failures)) }
        if !facts.contains(where: { $0.label == "Asked by" }) {
            add("Asked by", part.requestedBy)
            add("Source", part.source.rawValue)
        }
        add("Error", part.error)
        if !blocks.contains(where: { $0.label == "Command" }) { blocks.append(Block(label: "Command", text: part.command)) }
        if let output = part.output, !output.isEmpty { blocks.append(Block(label: "Output", text: output, keeping: .end)) }
    }

    private mutating func add(_ part: NotificationContent.MissedPart) {
        add("Schedule", part.schedule)
        add("Missed", "\(groupedDecimal(part.count)) \(part.count == 1 ? "fire" : "fires")")
        add("First", part.first.map(fireTimeText))
        add("Last", part.last.map(fireTimeText))
        add("Reason", part.reason)
    }

    private mutating func add(_ part: NotificationContent.RejectedPart) {
        add("Refused", "\(groupedDecimal(part.count)) in \(Self.duration(Int64(part.windowSeconds) * 1_000_000))")
        add("Last answer", String(part.lastStatus))
        add("Last reason", part.lastReason)
    }

    private mutating func add(_ part: NotificationContent.DigestPart) {
        add("Events", groupedDecimal(part.count))
        add("First", fireTimeText(part.first))
        add("Last", fireTimeText(part.last))
        lines = part.endpoints.map { "\($0.endpoint): \(groupedDecimal($0.count))" }
        if part.furtherEndpoints > 0 {
            lines.append("\(groupedDecimal(part.furtherEndpoints)) further \(part.furtherEndpoints == 1 ? "endpoint" : "endpoints")")
        }
    }

    private mutating func addLinks(_ content: NotificationContent) {
        func add(_ label: String, _ url: String?) {
            if let url = url.flatMap(usableURL), !links.contains(where: { $0.url == url }) { links.append(Link(label: label, url: url)) }
        }
        if isDecidable { add(Self.reviewLabel, content.approval?.approveURL) }
        add("Open the list", content.digest?.listURL)
        add("Open", content.pageURL)
    }

    // MARK: Words

    private static func source(_ source: CallSource, _ event: String?) -> String {
        guard let event, !event.isEmpty else { return source.rawValue }
        return "\(source.rawValue), \(event)"
    }

    private static func expiry(_ at: Int64, now: Int64) -> String {
        at > now ? "in \(duration(at - now)), at \(fireTimeText(at))" : "at \(fireTimeText(at)), which has passed"
    }

    /// Two units at most: `2 h 5 min`, `45 s`, `120 ms`.
    static func duration(_ microseconds: Int64) -> String {
        let seconds = max(0, microseconds) / 1_000_000
        switch seconds {
        case 0: return microseconds < 1000 ? "0 s" : "\(microseconds / 1000) ms"
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min" + (seconds % 60 > 0 ? " \(seconds % 60) s" : "")
        case ..<86400: return "\(seconds / 3600) h" + (seconds % 3600 >= 60 ? " \(seconds % 3600 / 60) min" : "")
        default: return "\(seconds / 86400) d" + (seconds % 86400 >= 3600 ? " \(seconds % 86400 / 3600) h" : "")
        }
    }
}

extension NotificationContent.ApprovalPart {
    /// `Approved by anna (link)`; nil while it waits.
    var outcome: String? {
        let by = decidedBy.map { " by \($0)" } ?? ""
        let via = decidedVia.map { " (\($0))" } ?? ""
        return switch status {
        case .pending: nil
        case .approved: "Approved" + by + via
        case .denied: "Denied" + by + via
        case .cancelled: "Cancelled" + by + via
        case .expired: "Expired: nobody decided in time"
        case .superseded: "Superseded by a newer one"
        case .stale: "Stale: approved, but what would run has changed since"
        }
    }
}

extension RunStatus {
    fileprivate var words: String { self == .timedOut ? "timed out" : rawValue }
}

/// An http(s) URL that may stand in a link of any channel; nil for what could end the link or is too long for a button (Slack: 3000).
func usableURL(_ url: String) -> String? {
    guard url.utf8.count <= 2000, url.hasPrefix("https://") || url.hasPrefix("http://") else { return nil }
    let isPlain = url.utf8.allSatisfy { 0x21...0x7E ~= $0 && !(Array("<>\"`|\\^{}".utf8).contains($0)) }
    return isPlain ? url : nil
}

/// What tells the reader that a text is not shown to its end.
func cutNote(_ label: String, bytes: Int, hasLink: Bool) -> String {
    let name = label.split(separator: " ").first.map { $0.lowercased() } ?? label
    return "Cut: \(groupedDecimal(bytes)) more \(bytes == 1 ? "byte" : "bytes") of the \(name) not shown here."
        + (hasLink ? " The page behind the link shows all of it." : "")
}
