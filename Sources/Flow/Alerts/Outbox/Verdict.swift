internal import Bytes
internal import Curl
internal import Model

/// What the end of an attempt means.
struct Verdict: Equatable {
    enum Result: Equatable {
        case sent
        /// Trying again cannot help.
        case refused
        /// Slack cannot read the message's blocks.
        case wantsPlainText
        /// - Parameter wait: what `Retry-After` asks for, in microseconds.
        case failed(wait: Int64?)
    }

    let result: Result
    /// For the log of notifications.
    let answer: String

    /// - Parameter wall: the time, in microseconds since 1970, from which a date in `Retry-After` counts.
    init(_ outcome: TransferOutcome, kind: ChannelKind?, hiding secrets: [String], at wall: Int64) {
        switch outcome {
        case .response(let response):
            result = kind == .slack ? Self.ofSlack(response, wall) : Self.ofWebhook(response, wall)
            let text = shownAnswer(response.body, wasCut: response.bodyWasCut, hiding: secrets)
            answer = text.isEmpty ? "\(response.status)" : "\(response.status) \(text)"
        case .mail(let reply):
            result = reply.isAccepted ? .sent : reply.isTransient ? .failed(wait: nil) : .refused
            answer = shownAnswer(Array(reply.text.utf8), wasCut: false, hiding: secrets)
        case .failure(let error):
            result = Self.isFinal(error.kind) ? .refused : .failed(wait: nil)
            answer = shownAnswer(Array(error.message.utf8), wasCut: false, hiding: secrets)
        }
    }

    private static func ofWebhook(_ response: IncomingResponse, _ wall: Int64) -> Result {
        if (200...299).contains(response.status) { return .sent }
        return RetryPolicy.isPermanent(response.status) ? .refused : .failed(wait: wait(response, wall))
    }

    private static func ofSlack(_ response: IncomingResponse, _ wall: Int64) -> Result {
        if (200...299).contains(response.status) { return .sent }
        let complaint = lossyString(Array(response.body.prefix(64)))
        if response.status == 400, ["invalid_payload", "invalid_blocks"].contains(where: complaint.hasPrefix) { return .wantsPlainText }
        return RetryPolicy.isPermanent(response.status) ? .refused : .failed(wait: wait(response, wall))
    }

    private static func wait(_ response: IncomingResponse, _ wall: Int64) -> Int64? {
        guard response.status == 429 || response.status == 503 else { return nil }
        return response.header("Retry-After").flatMap { retryAfter($0, at: wall) }
    }

    /// What only a change of the configuration can cure. A certificate or a broken answer may be put right on the other side.
    private static func isFinal(_ kind: CurlError.Kind) -> Bool {
        switch kind {
        case .invalidRequest, .deniedAddress, .loginDenied: true
        default: false
        }
    }
}

/// The beginning of an answer, to be kept and shown: at most 200 characters in one line, without control characters and secrets.
func shownAnswer(_ body: [UInt8], wasCut: Bool, hiding secrets: [String]) -> String {
    let longestFirst = secrets.map { Array($0.utf8) }.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
    // A secret that was cut off at the end would not be found.
    var rest = wasCut ? body.dropLast(max(0, (longestFirst.first?.count ?? 0) - 1)) : body[...]
    var kept: [UInt8] = []
    while kept.count < 1024, let byte = rest.first {
        if let secret = longestFirst.first(where: { rest.starts(with: $0) }) {
            kept += Array("[hidden]".utf8)
            rest = rest.dropFirst(secret.count)
        } else {
            kept.append(byte)
            rest = rest.dropFirst()
        }
    }
    var text = String.UnicodeScalarView()
    var isAfterBlank = true
    for scalar in lossyString(kept).unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator:
            if !isAfterBlank { text.append(" ") }
            isAfterBlank = true
        case .format, .surrogate, .privateUse, .unassigned: continue
        default:
            text.append(scalar)
            isAfterBlank = false
        }
    }
    let cut = String(text).prefix(200)
    return cut.hasSuffix(" ") ? String(cut.dropLast()) : String(cut)
}
