import Model
import Store
import Triggers

/// A message as a sender puts it on the wire.
struct Sent: Sendable {
    var body: [UInt8]
    var headers: [(String, String)]
    var at: Int64 = start
    var url: String?

    init(_ body: String, _ headers: [(String, String)], at: Int64 = start, url: String? = nil) {
        self.body = Array(body.utf8)
        self.headers = headers
        self.at = at
        self.url = url
    }

    func verdict(_ endpoint: CompiledEndpoint) -> WebhookVerdict {
        // The views need memory that stays where it is.
        let copies = headers.map { (Array($0.0.utf8), Array($0.1.utf8)) }
        let buffers = copies.map { pair in
            let name = UnsafeMutableRawBufferPointer.allocate(byteCount: pair.0.count, alignment: 1)
            name.copyBytes(from: pair.0)
            let value = UnsafeMutableRawBufferPointer.allocate(byteCount: pair.1.count, alignment: 1)
            value.copyBytes(from: pair.1)
            return (name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value))
        }
        defer {
            for buffer in buffers {
                buffer.name.deallocate()
                buffer.value.deallocate()
            }
        }
        return body.withUnsafeBytes {
            endpoint.receive(WebhookMessage(body: $0, headers: buffers, peer: "192.0.2.7", receivedAt: at, url: url), gate: .run)
        }
    }

    /// "accept", "ping", "ignore", or the code of the refusal.
    func label(_ endpoint: CompiledEndpoint) -> String {
        switch verdict(endpoint) {
        case .accept: "accept"
        case .ignore: "ignore"
        case .ping: "ping"
        case .challenge(let text): "challenge \(text)"
        case .refuse(let refusal, _): "\(refusal.status) \(refusal.code)"
        }
    }

    /// The call that it becomes.
    func accepted(_ endpoint: CompiledEndpoint) -> AcceptCall? {
        if case .accept(let call) = verdict(endpoint) { call } else { nil }
    }
}

/// An endpoint for webhooks of `source`, with these secrets in this order.
func webhook(
    _ source: WebhookSource, secrets: [String] = ["kit-secret"], events: [String] = [], _ change: (inout EndpointSettings) -> Void = { _ in }
) throws -> CompiledEndpoint {
    let names = secrets.indices.map { "$SECRET_\($0)" }
    return try compiled("cat", secrets: Dictionary(uniqueKeysWithValues: zip(names, secrets))) {
        $0.trigger = .webhook
        $0.webhookSource = source
        $0.webhookEvents = events
        $0.secret = names.first
        $0.webhook.secrets = Array(names.dropFirst())
        change(&$0)
    }
}
