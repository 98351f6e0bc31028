package import Crypto

/// Who sent a webhook and therefore how it is verified.
package enum WebhookSource: String, Sendable, CaseIterable {
    case github, gitlab, stripe, shopify, slack, standard, bitbucket, linear, pagerduty, sentry, twilio, gitea, forgejo, generic
}

extension WebhookSource {
    /// How many seconds a signed time may be off from ours, in either direction, unless the endpoint says otherwise; nil when the source
    /// signs no time, so that a captured delivery stays valid. GitLab signs one only with a signing token.
    package var tolerance: Int? {
        switch self {
        case .stripe, .slack, .standard, .gitlab: 300
        case .linear: 60
        case .github, .shopify, .bitbucket, .pagerduty, .sentry, .twilio, .gitea, .forgejo, .generic: nil
        }
    }

    /// Twilio signs the address that it calls along with the message.
    package var signsAddress: Bool { self == .twilio }

    package var namesEvents: Bool { self != .twilio }
}

/// How a signature is written in its header.
package enum SignatureEncoding: String, Sendable, CaseIterable { case hex, base64 }

/// What a webhook endpoint says about signatures beside its source, `secret` and `allow_unsigned`.
package struct WebhookSettings: Sendable, Equatable {
    /// Further secrets that hold as well, for a rotation.
    package var secrets: [String] = []
    /// Seconds; nil is the source's own.
    package var tolerance: Int?
    // For a generic source only.
    package var signatureHeader: String?
    package var signaturePrefix: String?
    package var signatureEncoding = SignatureEncoding.hex
    package var signatureAlgorithm = HMACAlgorithm.sha256
    package var idHeader: String?
    package var eventHeader: String?

    package init() {}

    /// Whether signatures are read as documented for a generic source that says nothing about them.
    package var hasStandardSignature: Bool {
        signatureHeader == nil && signaturePrefix == nil && signatureEncoding == .hex && signatureAlgorithm == .sha256
    }
}

extension EndpointSettings {
    /// All secrets that signatures may be made with, and where they stand. Their numbers, from 1, are recorded with deliveries.
    package var signingSecrets: [(path: [SettingStep], reference: String)] {
        (secret.map { [([.key("secret")], $0)] } ?? [])
            + webhook.secrets.enumerated().map { ([.key("secrets"), .index($0.offset)], $0.element) }
    }
}
