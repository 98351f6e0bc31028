internal import Bytes
package import Crypto
package import Model

/// A message of a webhook sender as it came over HTTP. Views are valid during the call that receives it.
package struct WebhookMessage {
    /// The raw body, before any decoding.
    package let body: UnsafeRawBufferPointer
    /// Names and values in the order they came; names as they were written.
    package let headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)]
    package let peer: String
    /// Microseconds since 1970 UTC.
    package let receivedAt: Int64

    package init(
        body: UnsafeRawBufferPointer, headers: [(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)], peer: String,
        receivedAt: Int64
    ) {
        self.body = body
        self.headers = headers
        self.peer = peer
        self.receivedAt = receivedAt
    }

    /// The first value of a header; names compare without case.
    package func header(_ name: StaticString) -> UnsafeRawBufferPointer? {
        headers.first { asciiCaseInsensitiveEqual($0.name, name) }?.value
    }
}

/// How one sender signs, names and types its deliveries. A new sender is one more file with one of these.
package protocol WebhookScheme: Sendable {
    var source: WebhookSource { get }
    /// Checks the signature over the raw body, in constant time; nil when it holds for one of the keys.
    func verify(_ message: WebhookMessage, keys: [HMACKey]) -> Refusal?
    /// What a message says of itself. Of a verified message, its body may be read for it.
    func identity(_ message: WebhookMessage) -> WebhookIdentity
    /// The same of a message that was refused: only what stands in headers, since nobody vouches for the body.
    func claimedID(_ message: WebhookMessage) -> String?
    /// Whether bodies are JSON, and are refused when they are not.
    var sendsJSON: Bool { get }
    /// A message that only asks whether anybody is there.
    func isPing(event: String?) -> Bool
}

/// Both are short printable ASCII, whoever wrote them.
package struct WebhookIdentity: Sendable {
    /// What the sender calls this delivery, the same for its repeats.
    package var deliveryID: String?
    /// The sender's word for what happened.
    package var event: String?
}

extension WebhookScheme {
    package func claimedID(_ message: WebhookMessage) -> String? { identity(message).deliveryID }
    package var sendsJSON: Bool { true }
    package func isPing(event: String?) -> Bool { false }
}

package func webhookScheme(_ source: WebhookSource) -> any WebhookScheme {
    switch source {
    case .github: GitHubScheme()
    case .stripe: StripeScheme()
    case .shopify: ShopifyScheme()
    case .generic: GenericScheme()
    }
}

/// How far a signed timestamp may be off, in either direction: 5 minutes.
let timestampToleranceSeconds: Int64 = 300

extension Refusal {
    static let missingSignature = Refusal(401, "signature_missing", "the request carries no signature")
    static let wrongSignature = Refusal(401, "signature_mismatch", "the signature does not match the body")
    static let staleTimestamp = Refusal(401, "timestamp_stale", "the signed timestamp is more than 5 minutes off")
}
