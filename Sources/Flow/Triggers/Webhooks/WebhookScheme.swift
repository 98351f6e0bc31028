internal import Model

/// What is known of one sender: how it signs, what it calls a delivery and an event, what its bodies are. One value of this in a file of
/// its own under `Senders` is all that a new sender needs.
struct WebhookScheme: Sendable {
    let source: WebhookSource
    let bodies: WebhookBodies
    /// Where the sender's name for a delivery stands, the same for its repeats; the first that is there counts.
    let id: [WebhookPlace]
    /// Where the sender's word for what happened stands; the first that is there counts.
    let event: [WebhookPlace]
    /// Where further words for it stand, which filters may use.
    let otherWords: [WebhookPlace]
    /// What more was done with the event's subject: `opened` of `pull_request`.
    let action: WebhookPlace?
    /// Events that only ask whether anybody is there.
    let pings: Set<String>
    /// The event whose `challenge` is to be answered before the sender believes in the address.
    let challenge: String?
    /// Reads the signature, with all keys of the endpoint.
    let signature: @Sendable (SignatureOptions) -> any SignatureCheck

    init(
        _ source: WebhookSource, bodies: WebhookBodies = .json, id: [WebhookPlace], event: [WebhookPlace], otherWords: [WebhookPlace] = [],
        action: WebhookPlace? = nil, pings: Set<String> = [], challenge: String? = nil,
        signature: @escaping @Sendable (SignatureOptions) -> any SignatureCheck
    ) {
        self.source = source
        self.bodies = bodies
        self.id = id
        self.event = event
        self.otherWords = otherWords
        self.action = action
        self.pings = pings
        self.challenge = challenge
        self.signature = signature
    }
}

/// What a signature is made ready with when the endpoint is compiled.
struct SignatureOptions: Sendable {
    /// In the order of their numbers.
    let keys: [SigningKey]
    /// Seconds that a signed time may be off.
    let tolerance: Int
    let settings: WebhookSettings
}

/// What bodies are, and what the command gets of them.
enum WebhookBodies: Sendable {
    /// Anything, which is not looked into.
    case any
    case json
    /// JSON, or a form whose field `payload` is the JSON: the command gets that.
    case jsonOrPayload
    /// JSON, or a form, which the command gets as it came. Its field `payload`, if it has one, is JSON.
    case jsonOrForm
}

/// Where something stands in a message.
enum WebhookPlace: Sendable {
    case header(StaticString)
    /// A header that the configuration names.
    case namedHeader(String)
    /// A member of the JSON body.
    case member([String])
    /// A field of a form.
    case field(String)

    static func member(_ path: String...) -> WebhookPlace { .member(path) }

    var path: [String]? {
        if case .member(let path) = self { path } else { nil }
    }
}

/// The table of senders.
func webhookScheme(_ source: WebhookSource, _ settings: WebhookSettings) -> WebhookScheme {
    switch source {
    case .github: .github
    case .gitlab: .gitlab
    case .stripe: .stripe
    case .shopify: .shopify
    case .slack: .slack
    case .standard: .standard
    case .bitbucket: .bitbucket
    case .linear: .linear
    case .pagerduty: .pagerduty
    case .sentry: .sentry
    case .twilio: .twilio
    case .gitea: .gitea(.gitea)
    case .forgejo: .gitea(.forgejo)
    case .generic: .generic(settings)
    }
}
