internal import Bytes

/// What a webhook's secret is as a key: most senders take its text as it is shown. Standard Webhooks, and with it Svix and the signing
/// tokens of GitLab, mean the bytes that Base64 behind `whsec_` stands for. The prefix alone does not tell: Stripe's secrets begin with it
/// too, and all of their text is the key.
package enum SigningKey: Sendable, Equatable {
    case text([UInt8])
    case decoded([UInt8])

    package init(_ secret: [UInt8], of source: WebhookSource) throws(SigningKeyError) {
        let isPrefixed = secret.starts(with: "whsec_".utf8)
        switch source {
        case .standard: self = .decoded(try Self.decode(isPrefixed ? secret.dropFirst(6) : secret[...], of: secret))
        case .gitlab where isPrefixed: self = .decoded(try Self.decode(secret.dropFirst(6), of: secret))
        default: self = .text(secret)
        }
    }

    /// The key that messages of ours are signed with: what the Base64 behind `whsec_` stands for, or else the text.
    package init(outgoing secret: [UInt8]) throws(SigningKeyError) {
        self = secret.starts(with: "whsec_".utf8) ? .decoded(try Self.decode(secret.dropFirst(6), of: secret)) : .text(secret)
    }

    package var bytes: [UInt8] {
        switch self {
        case .text(let bytes), .decoded(let bytes): bytes
        }
    }

    private static func decode(_ text: ArraySlice<UInt8>, of secret: [UInt8]) throws(SigningKeyError) -> [UInt8] {
        if secret.starts(with: "whpk_".utf8) {
            throw SigningKeyError("it is a public key (whpk_...), and only signatures with a shared secret (whsec_...) are verified")
        }
        guard let bytes = Array(text).withUnsafeBytes({ base64Decode($0, padding: .optional) }) else {
            throw SigningKeyError("it must be whsec_ and Base64, and this is no Base64")
        }
        guard 24...64 ~= bytes.count else {
            throw SigningKeyError("its Base64 must stand for 24 to 64 bytes, not for \(bytes.count)")
        }
        return bytes
    }
}

/// Why a secret is no key of its source, in words that follow "the secret ...:" and tell nothing of it.
package struct SigningKeyError: Error, Sendable, Equatable {
    package let message: String

    init(_ message: String) { self.message = message }
}
