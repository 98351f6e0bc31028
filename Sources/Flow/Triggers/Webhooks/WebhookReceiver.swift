internal import Bytes
internal import Model

/// What an endpoint does with messages before they are calls, made ready when it is compiled: its sender's scheme, its keys, its filter.
struct WebhookReceiver: Sendable {
    let scheme: WebhookScheme
    /// Nil without a secret.
    private let signature: (any SignatureCheck)?
    private let allowsUnsigned: Bool
    private let filter: EventFilter?
    /// What is read in bodies: nothing that no one asks for.
    let paths: [[String]]
    /// Headers that prove who sent a message and whose names only the settings know.
    let secretHeaders: [[UInt8]]

    /// - Parameter secrets: the endpoint's, in the order of their numbers.
    init(_ settings: EndpointSettings, secrets: [SigningKey]) {
        scheme = webhookScheme(settings.webhookSource, settings.webhook)
        let tolerance = settings.webhook.tolerance ?? settings.webhookSource.tolerance ?? 0
        signature = secrets.isEmpty ? nil : scheme.signature(SignatureOptions(keys: secrets, tolerance: tolerance, settings: settings.webhook))
        allowsUnsigned = settings.webhookSource == .generic || settings.allowUnsigned
        filter = EventFilter(settings.webhookEvents)
        secretHeaders = [settings.webhook.signatureHeader].compactMap { $0.map { Array($0.utf8) } }
        var places = scheme.id + scheme.event
        if let filter {
            places += scheme.otherWords
            if filter.readsAction, let action = scheme.action { places.append(action) }
        }
        if scheme.challenge != nil { places.append(Self.challenge) }
        paths = places.compactMap(\.path)
    }

    private static let challenge = WebhookPlace.member("challenge")

    /// What the signature proves; nil when the message need not be signed.
    func verify(_ message: WebhookMessage) throws(Refusal) -> Proof? {
        if let signature { return try signature.verify(message) }
        guard allowsUnsigned else {
            throw Refusal(401, "secret_not_set", "this endpoint has no secret to verify signatures with")
        }
        return nil
    }

    // MARK: What a message says of itself

    /// The sender's id of a message that was refused: only what stands in headers, since nobody vouches for the body.
    func claimedID(_ message: WebhookMessage) -> String? { find(scheme.id, message, nil, deliveryID) }

    /// The id that the signature covers comes before all that anybody could have written beside it.
    func id(_ message: WebhookMessage, _ content: WebhookContent, _ proof: Proof?) -> String? {
        if let signed = proof?.id { deliveryID(signed) } else { find(scheme.id, message, content, deliveryID) }
    }

    func event(_ message: WebhookMessage, _ content: WebhookContent) -> String? { text(scheme.event, message, content) }

    /// The text that the sender wants back, if it only tries the address.
    func challenge(_ event: String?, _ content: WebhookContent) -> String? {
        guard let expected = scheme.challenge, event == expected else { return nil }
        return content.member(["challenge"]).flatMap { text in withBytes(of: text) { headerText($0, limit: 4000) } }
    }

    /// Whether the endpoint wants the event: by one of its names, or by one of them with its action.
    func takes(_ event: String?, _ message: WebhookMessage, _ content: WebhookContent) -> Bool {
        guard let filter else { return true }
        if filter.takes(event ?? "") { return true }
        let names = [event].compactMap(\.self) + scheme.otherWords.compactMap { text([$0], message, content) }
        if names.dropFirst(event == nil ? 0 : 1).contains(where: filter.takes) { return true }
        guard filter.readsAction, let action = scheme.action.flatMap({ text([$0], message, content) }) else { return false }
        return names.contains { filter.takes("\($0).\(action)") }
    }

    private func text(_ places: [WebhookPlace], _ message: WebhookMessage, _ content: WebhookContent?) -> String? {
        find(places, message, content) { headerText($0) }
    }

    /// What `read` makes of the first place that it can read.
    private func find(
        _ places: [WebhookPlace], _ message: WebhookMessage, _ content: WebhookContent?, _ read: (UnsafeRawBufferPointer) -> String?
    ) -> String? {
        for place in places {
            let found: String? =
                switch place {
                case .header(let name): message.header(name).flatMap(read)
                case .namedHeader(let name): message.header(named: name).flatMap(read)
                case .member(let path): content?.member(path).flatMap { withBytes(of: $0, read) }
                case .field(let name): content?.fields.first { $0.name == name }.flatMap { withBytes(of: $0.value, read) }
                }
            if let found { return found }
        }
        return nil
    }
}
