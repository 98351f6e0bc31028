import Alerts
import Foundation
import JSON
import Model
import TestKit
import Testing

let approvalID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
let approveLink = "https://sluice.example.com/approve/k3Jx9_token"

/// Messages as the engine makes them.
enum Sample {
    static func content(_ condition: AlertCondition, _ title: String, rule: String? = "night watch") -> NotificationContent {
        var content = NotificationContent(messageID: "msg-0199", rule: rule, condition: condition, title: title, at: start, now: start + second)
        content.endpoint = "deploy-web"
        content.pageURL = "https://sluice.example.com/approvals/\(approvalID)"
        return content
    }

    static func pending(command: String = "./deploy.sh main") -> NotificationContent {
        var content = content(.approvalPending, "deploy-web waits for approval")
        content.severity = .warning
        var part = NotificationContent.ApprovalPart(
            id: approvalID, status: .pending, requestedBy: "anna", source: .webhook, command: command,
            digest: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", expiresAt: start + 30 * minute)
        part.event = "push"
        part.arguments = [NamedValue("ref", "refs/heads/main")]
        part.bodyStart = #"{"ref":"refs/heads/main"}"#
        part.bodySize = 25
        part.approveURL = approveLink
        content.approval = part
        return content
    }

    static func decided(_ status: ApprovalStatus = .approved) -> NotificationContent {
        var content = pending()
        content.condition = .approvalDecided
        content.title = "deploy-web was \(status.rawValue)"
        content.severity = .ok
        content.approval?.status = status
        content.approval?.approveURL = nil
        content.approval?.decidedBy = "bert"
        content.approval?.decidedVia = "link"
        content.approval?.reason = "looks good"
        return content
    }

    static func failure(rule: String? = "night watch") -> NotificationContent {
        var content = content(.failure, "deploy-web failed with exit code 2", rule: rule)
        content.severity = .critical
        var part = NotificationContent.RunPart(id: "run-1", status: .failed, source: .schedule, requestedBy: "schedule", command: "./deploy.sh")
        part.exitCode = 2
        part.durationMilliseconds = 1200
        part.output = "step 1\nstep 2\nboom\n"
        content.run = part
        return content
    }

    static func digest() -> NotificationContent {
        var content = content(.approvalPending, "37 approvals pending for deploy-*")
        content.endpoint = nil
        content.pageURL = nil
        content.digest = NotificationContent.DigestPart(
            count: 37, endpoints: [.init(endpoint: "deploy-web", count: 30), .init(endpoint: "deploy-db", count: 5)], furtherEndpoints: 2,
            first: start, last: start + minute, listURL: "https://sluice.example.com/approvals?endpoint=deploy-*&status=pending")
        return content
    }

    static func missed() -> NotificationContent {
        var content = content(.scheduleMissed, "backup missed 3 fires")
        content.missed = NotificationContent.MissedPart(schedule: "nightly", count: 3, first: start, last: start + 2 * minute, reason: "the server was down")
        return content
    }

    static func rejected() -> NotificationContent {
        var content = content(.webhookRejected, "10 deliveries refused")
        content.rejected = NotificationContent.RejectedPart(count: 10, windowSeconds: 300, lastStatus: 401, lastReason: "the signature does not match")
        return content
    }

    static func recovered() -> NotificationContent {
        var content = failure()
        content.condition = .recovered
        content.severity = .ok
        content.title = "deploy-web has recovered"
        content.run?.status = .succeeded
        content.run?.exitCode = 0
        content.run?.failures = 4
        return content
    }

    static func interrupted() -> NotificationContent {
        var content = failure()
        content.condition = .runInterrupted
        content.run?.status = .interrupted
        content.run?.exitCode = nil
        content.run?.durationMilliseconds = nil
        content.run?.output = nil
        return content
    }

    static func slow() -> NotificationContent {
        var content = interrupted()
        content.condition = .runSlow
        content.run?.status = .running
        content.run?.startedAt = start - 65 * minute
        return content
    }

    static func marked(_ change: (inout NotificationContent) -> Void) -> NotificationContent {
        var content = pending()
        change(&content)
        return content
    }

    /// One of everything.
    static var table: [NotificationContent] {
        [
            pending(), decided(), decided(.denied), decided(.expired), failure(), failure(rule: nil), digest(), missed(), rejected(), recovered(),
            interrupted(), slow(), marked { $0.isTest = true }, marked { $0.reminder = 2 }, marked { $0.escalation = 1 },
            marked { $0.pageURL = nil; $0.approval?.approveURL = nil }, content(.always, ""),
            pending(command: String(repeating: "x", count: 100_000)), pending(command: ""), pending(command: "echo '```' && echo '<!channel>'"),
        ]
    }
}

// MARK: Hostile texts

private let hostilePieces: [String] = [
    "deploy", " ", "  ", "\n", "\r\n", "\t", "\0", "\u{1B}[31m", "\u{7F}", "\u{85}", "\u{2028}", "```", "``", "`", "<!channel>", "<!here>", "<@U123>",
    "<https://evil.example|Approve>", "&", "&amp;", "&lt;!channel&gt;", "<", ">", "*bold*", "_it_", "~no~", "||spoiler||", "@everyone", "<@&1>",
    "[Approve](https://evil.example)", "https://evil.example/approve/x", ":fire:", "# big", "\n> quoted", "\n    ", "\"", "\\", "\\\\\"", "'",
    "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "🏳️‍🌈", "❤️", "e\u{301}", "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}", "שלום עולם", "مرحبا", "\u{202E}gnp.exe\u{202C}",
    "\u{2066}x\u{2069}", "\u{2067}y", "\u{202D}", "\u{200B}", "\u{200D}", "\u{FEFF}", "\u{00AD}", "\u{00A0}", "\u{E0041}", "\u{E000}", "\u{FFFD}",
    "⟨U+202E⟩", "⟨", "…", "漢字かな", "𝕏", "\r\nBcc: evil@example.com", "=?utf-8?B?ZXZpbA==?=", "=3D", "\n.\n", "--=_sluice_", "</pre><script>", "<img src=x>",
    "%s%n", "{fact}", "${HOME}", "Ω≈ç√∫", "\u{1F3FB}", "\u{0600}", "\u{180E}", "\u{3000}",
]

struct HostileText {
    var random: SplitMix64

    mutating func text(long: Int = 8000) -> String {
        switch random.below(12) {
        case 0: return ""
        case 1: return String(repeating: hostilePieces[random.below(hostilePieces.count)], count: 1 + random.below(1500))
        case 2 where random.below(4) == 0:
            let piece = hostilePieces[random.below(hostilePieces.count)]
            return String(repeating: piece, count: long / max(1, piece.utf8.count))
        case 3: return broken()
        default:
            var text = ""
            for _ in 0..<(1 + random.below(random.below(4) == 0 ? 900 : 12)) { text += hostilePieces[random.below(hostilePieces.count)] }
            return text
        }
    }

    /// Bytes that are no UTF-8, as texts get them: replaced.
    private mutating func broken() -> String {
        let bytes = (0..<random.below(400)).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
        return String(decoding: bytes + [0xED, 0xA0, 0x80, 0xC0], as: UTF8.self)
    }

    private mutating func maybe<Value>(_ value: Value) -> Value? { random.below(3) == 0 ? nil : value }

    mutating func content() -> NotificationContent {
        var content = NotificationContent(
            messageID: "msg-\(random.below(1 << 30))", rule: maybe(text()), condition: AlertCondition.allCases[random.below(AlertCondition.allCases.count)],
            title: text(), at: start, now: start + Int64(random.below(1 << 30)))
        content.severity = [.ok, .info, .warning, .critical][random.below(4)]
        content.isTest = random.below(8) == 0
        content.endpoint = maybe(text())
        content.reminder = random.below(3)
        content.escalation = random.below(3)
        let long = "https://sluice.example.com/" + String(repeating: "a", count: random.below(2500))
        content.pageURL = [nil, "https://sluice.example.com/runs/1?a=b&c=d", text(), long][random.below(4)]
        if random.below(2) == 0 { content.approval = approval(long) }
        if random.below(2) == 0 { content.run = run() }
        if random.below(5) == 0 { content.missed = .init(schedule: text(), count: random.below(9), first: start, last: nil, reason: text()) }
        if random.below(5) == 0 { content.rejected = .init(count: random.below(9), windowSeconds: 300, lastStatus: 401, lastReason: text()) }
        if random.below(5) == 0 {
            let lines = (0..<random.below(11)).map { _ in NotificationContent.DigestPart.Line(endpoint: text(long: 5000), count: random.below(999)) }
            content.digest = .init(count: 999, endpoints: lines, furtherEndpoints: random.below(9), first: start, last: start, listURL: long)
        }
        return content
    }

    private mutating func approval(_ long: String) -> NotificationContent.ApprovalPart {
        var part = NotificationContent.ApprovalPart(
            id: approvalID, status: random.below(2) == 0 ? .pending : ApprovalStatus.allCases[random.below(ApprovalStatus.allCases.count)],
            requestedBy: text(), source: .api, command: text(long: 100_000), digest: text(), expiresAt: start + minute)
        part.event = maybe(text())
        for index in 0..<random.below(4) { part.arguments.append(NamedValue("name\(index)" + text(long: 300), text())) }
        part.bodyStart = maybe(text())
        part.bodySize = random.below(1 << 20)
        part.approveURL = [nil, approveLink, approveLink, text(), long][random.below(5)]
        part.decidedBy = maybe(text())
        part.decidedVia = maybe("link")
        part.reason = maybe(text())
        return part
    }

    private mutating func run() -> NotificationContent.RunPart {
        var part = NotificationContent.RunPart(
            id: "run-9", status: RunStatus.allCases[random.below(RunStatus.allCases.count)], source: .schedule, requestedBy: text(), command: text())
        part.exitCode = maybe(random.below(256))
        part.durationMilliseconds = maybe(random.below(1 << 30))
        part.error = maybe(text())
        part.output = maybe(text(long: 65536))
        part.failures = maybe(random.below(100))
        part.startedAt = maybe(start)
        return part
    }
}

/// `rounds` contents (or SLUICE_FUZZ_ROUNDS); the first that `check` says anything about ends it, with the seed that brings it back.
func expectHostile(_ name: String, _ seed: UInt64, rounds: Int = 2000, _ check: (NotificationContent) throws -> [String]) rethrows {
    let seed = fuzzSeed(standard: seed)
    let rounds = fuzzRounds(short: rounds)
    print("\(name): \(rounds) contents, SLUICE_FUZZ_SEED=\(seed)")
    var source = HostileText(random: SplitMix64(seed: seed))
    for round in 0..<rounds {
        let problems = try check(source.content())
        guard problems.isEmpty else {
            Issue.record("seed \(seed), round \(round): \(problems.prefix(5))")
            return
        }
    }
}

/// What a reader could not see, our own marks and isolations left out.
func unseenIn(_ text: String) -> [String] {
    let ours = text.replacing("⚠️", with: "").replacing("✂️", with: "")
    var depth = 0
    var problems: [String] = []
    for scalar in ours.unicodeScalars {
        switch scalar {
        case "\n", "\t": continue
        case "\u{202D}", "\u{2068}":
            depth += 1
            if depth > 1 { problems.append("isolations within each other") }
        case "\u{202C}", "\u{2069}":
            depth -= 1
            if depth < 0 { problems.append("an isolation ends that did not begin") }
        default:
            let category = scalar.properties.generalCategory
            if category == .control || category == .format || scalar.properties.isDefaultIgnorableCodePoint {
                problems.append("U+\(String(scalar.value, radix: 16)) is not seen")
            }
        }
    }
    return depth == 0 ? problems : problems + ["an isolation does not end"]
}

func httpMessage(_ content: NotificationContent, _ kind: ResolvedChannel.Kind) throws -> OutgoingNotification.HTTPMessage {
    guard case .http(let message) = render(content, for: ResolvedChannel(kind)) else { throw WrongForm() }
    return message
}

func json(_ content: NotificationContent, _ kind: ResolvedChannel.Kind) throws -> JSONValue { try parseJSON(try httpMessage(content, kind).body) }

struct WrongForm: Error {}

extension String {
    /// By code units: a character of Swift's reaches over a `;` and an accent behind it.
    func literally(_ old: String, _ new: String) -> String { replacingOccurrences(of: old, with: new, options: .literal) }

    func pieces(between separator: String) -> [String] {
        var pieces: [String] = []
        var rest = Array(utf8)[...]
        let bytes = Array(separator.utf8)
        var piece: [UInt8] = []
        while let byte = rest.first {
            if rest.starts(with: bytes) {
                pieces.append(String(decoding: piece, as: UTF8.self))
                piece = []
                rest = rest.dropFirst(bytes.count)
            } else {
                piece.append(byte)
                rest = rest.dropFirst()
            }
        }
        return pieces + [String(decoding: piece, as: UTF8.self)]
    }

    /// What a reader of Slack's markup or of HTML sees.
    var unescaped: String {
        literally("&lt;", "<").literally("&gt;", ">").literally("&quot;", "\"").literally("&#39;", "'").literally("&amp;", "&")
    }

    mutating func dropEllipsis(at end: Bool = true) {
        var scalars = Array(unicodeScalars)
        guard (end ? scalars.last : scalars.first) == "…" else { return }
        if end { scalars.removeLast() } else { scalars.removeFirst() }
        self = String(String.UnicodeScalarView(scalars))
    }
}

extension JSONValue {
    /// All strings in it, keys left out.
    var strings: [String] {
        if let text = string { return [text] }
        if let array { return array.flatMap(\.strings) }
        return object?.members.flatMap(\.value.strings) ?? []
    }
}
