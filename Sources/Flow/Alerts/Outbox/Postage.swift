internal import Curl
internal import JSON
internal import Model

/// A message as the transport takes it, with what must not be seen of it.
struct Postage {
    enum Parcel { case request(OutgoingRequest), mail(OutgoingMail) }
    let parcel: Parcel
    let secrets: [String]
    /// Slack's, beside a text that would do without them.
    let hasBlocks: Bool

    /// - Parameter plain: without Slack's blocks, which it could not read.
    /// - Returns: nil when a mail has no server.
    init?(_ message: OutgoingNotification, to destination: Destination, plain: Bool, callers: CallerAddresses, policy: OutboxPolicy) {
        switch message {
        case .http(let message):
            let text = destination.kind == .slack ? withoutBlocks(message.body) : nil
            hasBlocks = text != nil && !plain
            var request = OutgoingRequest(method: "POST", url: message.url, body: plain ? text ?? message.body : message.body)
            request.headers = message.headers.map { HeaderField($0.name, $0.value) }
            request.limit(policy)
            request.denyPrivateAddresses = destination.isCallers
            request.usesEnvironmentProxy = !destination.isCallers
            if destination.isCallers { request.mayReach = callers.rule(forURL: message.url) }
            parcel = .request(request)
            secrets = secretParts(ofURL: message.url) + secretParts(of: message, destination.kind)
        case .mail(let message):
            guard let server = destination.mailServer else { return nil }
            var mail = OutgoingMail(server: server.url, from: server.from, recipients: message.recipients, message: message.bytes)
            mail.user = server.user
            mail.password = server.password
            mail.startTLS =
                switch server.security {
                case .required: .demanded
                case .optional: .ifOffered
                case .none: .never
                }
            mail.connectTimeout = policy.connectTimeout
            parcel = .mail(mail)
            hasBlocks = false
            secrets = server.password.map { [$0] } ?? []
        }
    }
}

extension OutgoingRequest {
    /// What bounds every request of the outbox.
    mutating func limit(_ policy: OutboxPolicy) {
        userAgent = "Sluice/\(sluiceVersion)"
        maxResponseBytes = 4096
        cutsLongBody = true
        connectTimeout = policy.connectTimeout
        totalTimeout = policy.totalTimeout
    }
}

/// The same message with its plain text alone; nil when there are no blocks to leave out.
func withoutBlocks(_ body: [UInt8]) -> [UInt8]? {
    guard var object = (try? parseJSON(body))?.object, object["blocks"] != nil, object["text"]?.string?.isEmpty == false else { return nil }
    object["blocks"] = nil
    return JSONValue.object(object).encoded()
}

/// The URL itself, and what of it a destination may repeat: path, query, user information, and their parts that are long enough to be secret.
private func secretParts(ofURL url: String) -> [String] {
    guard let start = url.firstRange(of: "://")?.upperBound else { return [url] }
    let rest = url[start...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let path = rest[authority.endIndex...]
    let user = authority.lastIndex(of: "@").map { String(authority[..<$0]) }
    let pieces = (path.split { "/?#&=".contains($0) } + (user ?? "").split(separator: ":")).map(String.init).filter { $0.utf8.count >= 8 }
    return [url] + (path.utf8.count >= 8 ? [String(path)] : []) + pieces
}

private func secretParts(of message: OutgoingNotification.HTTPMessage, _ kind: ChannelKind?) -> [String] {
    let tokens = message.headers.filter { $0.name.lowercased() == "authorization" }
        .flatMap { $0.value.split(separator: " ").dropFirst().map(String.init) }
    guard kind == .pagerduty, let key = (try? parseJSON(message.body))?["routing_key"]?.string else { return tokens }
    return tokens + [key]
}
