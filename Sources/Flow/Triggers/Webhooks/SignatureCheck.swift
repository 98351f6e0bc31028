internal import Bytes
internal import Crypto
internal import Model

/// How the messages of one sender prove that they are its own. Made once for an endpoint, with its keys.
protocol SignatureCheck: Sendable {
    /// Looks at the signature over the raw body and compares in constant time.
    /// - Throws: `Refusal` when it was made with none of the secrets.
    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof
}

/// What a signature that held proves.
struct Proof {
    /// The number of the secret that it was made with, from 1.
    let secret: Int
    /// The sender's id of the delivery, where the signature covers one outside the body: whoever has captured the delivery cannot change it.
    /// Valid as long as the message.
    let id: UnsafeRawBufferPointer?

    init(secret: Int, id: UnsafeRawBufferPointer? = nil) {
        self.secret = secret
        self.id = id
    }
}

/// The keys of an endpoint for HMAC-SHA256. Every one is always tried, so that the time does not tell which one matched.
struct SigningKeys: Sendable {
    private let keys: [(number: Int, key: HMACKey)]

    /// - Parameter keys: with the numbers of their secrets.
    init(_ keys: [(number: Int, key: SigningKey)]) { self.keys = keys.map { ($0.number, HMACKey($0.key.bytes)) } }

    init(_ keys: [SigningKey]) { self.init(zip(1..., keys).map { ($0, $1) }) }

    var isEmpty: Bool { keys.isEmpty }

    /// The number of the key that signed `body` as `claimed`.
    func match(_ claimed: SHA256Digest, _ body: UnsafeRawBufferPointer) throws(Refusal) -> Int {
        var found: Int?
        for (number, key) in keys where constantTimeEqual(key.sign(body), claimed) { found = found ?? number }
        guard let found else { throw .wrongSignature }
        return found
    }

    /// The number of the key that signed the parts as one of `claimed`: senders sign with the old and the new secret during a rotation.
    func match(any claimed: [SHA256Digest], _ parts: [UnsafeRawBufferPointer]) throws(Refusal) -> Int {
        var found: Int?
        for (number, key) in keys {
            let expected = key.sign(parts)
            for digest in claimed where constantTimeEqual(expected, digest) { found = found ?? number }
        }
        guard let found else { throw .wrongSignature }
        return found
    }
}

/// A MAC of the raw body in a header, alone or behind a prefix that may be left out.
struct BodySignature: SignatureCheck {
    let headers: [StaticString]
    var prefix: StaticString = ""
    var encoding = SignatureEncoding.hex
    let keys: SigningKeys

    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof { Proof(secret: try keys.match(try claimed(message), message.body)) }

    /// The MAC of the first of the headers that carries one. Gitea without a secret sends headers that are empty or a bare prefix: that
    /// is no signature.
    func claimed(_ message: WebhookMessage) throws(Refusal) -> SHA256Digest {
        for name in headers {
            guard let value = message.header(name) else { continue }
            let mac = value.dropping(prefix)
            guard !mac.isEmpty else { continue }
            guard let digest = digest(mac, encoding) else { throw .wrongSignature }
            return digest
        }
        throw .missingSignature
    }
}

// MARK: Reading

extension UnsafeRawBufferPointer {
    /// Without `prefix`, if it begins with it.
    func dropping(_ prefix: StaticString) -> UnsafeRawBufferPointer {
        let length = prefix.utf8CodeUnitCount
        return count >= length && bytesEqual(part(0, length), prefix) ? part(length, count) : self
    }

    /// What stands behind `prefix`; nil when it does not begin with it.
    func behind(_ prefix: StaticString) -> UnsafeRawBufferPointer? {
        let length = prefix.utf8CodeUnitCount
        return count > length && bytesEqual(part(0, length), prefix) ? part(length, count) : nil
    }
}

/// A SHA-256 as 64 hex digits or in Base64; nil for anything else.
func digest(_ text: UnsafeRawBufferPointer, _ encoding: SignatureEncoding) -> SHA256Digest? {
    switch encoding {
    case .hex: hexDigest(text)
    case .base64: text.count == 44 ? base64Decode(text).flatMap { SHA256Digest($0) } : nil
    }
}

private func hexDigest(_ digits: UnsafeRawBufferPointer) -> SHA256Digest? {
    guard digits.count == 64 else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { bytes -> SHA256Digest? in
        for index in 0..<32 {
            guard let high = ASCII.hexValue(digits[2 * index]), let low = ASCII.hexValue(digits[2 * index + 1]) else { return nil }
            bytes[index] = high << 4 | low
        }
        return SHA256Digest(UnsafeRawBufferPointer(bytes))
    }
}

/// The digests of a list such as `v1=<hex>,v1=<hex>`; items of other versions and malformed ones are passed over.
func digests(_ list: UnsafeRawBufferPointer, separator: UInt8, version: StaticString, _ encoding: SignatureEncoding) -> [SHA256Digest] {
    list.split(separator: separator, maxSplits: 32).compactMap { item in
        UnsafeRawBufferPointer(rebasing: item).trimmingBlanks().behind(version).flatMap { digest($0, encoding) }
    }
}

/// Calls `body` with the bytes of a text, which stay valid during the call; unlike `withBytes(of:)` its errors are typed.
func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) throws(Refusal) -> Result) throws(Refusal) -> Result {
    let outcome: Swift.Result<Result, Refusal> = withBytes(of: text) { bytes in
        Swift.Result { () throws(Refusal) in try body(bytes) }
    }
    return try outcome.get()
}

// MARK: Time

/// Refuses a time that is more than `tolerance` seconds off in either direction. To be asked after the signature.
func requireFresh(seconds: Int, _ message: WebhookMessage, tolerance: Int) throws(Refusal) {
    let now = message.receivedAt / 1_000_000
    let (difference, overflow) = now.subtractingReportingOverflow(Int64(seconds))
    guard !overflow, difference.magnitude <= UInt64(tolerance) else { throw .staleTimestamp(tolerance) }
}

extension Refusal {
    static let missingSignature = Refusal(401, "signature_missing", "the request carries no signature")
    static let wrongSignature = Refusal(401, "signature_mismatch", "the signature does not match the body")

    static func staleTimestamp(_ tolerance: Int) -> Refusal {
        Refusal(401, "timestamp_stale", "the signed timestamp is more than \(durationText(tolerance)) off")
    }
}
