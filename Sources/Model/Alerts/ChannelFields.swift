extension NotificationChannel {
    /// `type` comes first: it says what the others are.
    static let fields: [SettingField<NotificationChannel>] = [
        .enumeration("type", \.kind, default: .webhook),
        .secret("url", \.url, check: urlProblem),
        .texts("to", \.to, 50, check: recipientProblem),
        .secret("secret", \.secret, check: keyProblem),
        token("token", of: .ntfy, check: tokenProblem),
        token("routing_key", of: .pagerduty, check: routingProblem),
    ]

    /// What each kind has beside `type`, and which of it must be there.
    private static func fields(of kind: ChannelKind) -> (required: [String], others: [String]) {
        switch kind {
        case .webhook: (["url"], ["secret"])
        case .slack, .discord, .teams: (["url"], [])
        case .email: (["to"], [])
        case .ntfy: (["url"], ["token"])
        case .pagerduty: (["routing_key"], ["url"])
        }
    }

    /// PagerDuty's Events API v2, unless a channel says otherwise.
    package static let pagerDutyURL = "https://events.pagerduty.com/v2/enqueue"

    /// The URL or the reference to it; nil only for e-mail.
    package var effectiveURL: String? { url ?? (kind == .pagerduty ? Self.pagerDutyURL : nil) }

    /// Reads the fields of `value`, a map, over the channel as it is; its name is the caller's. Problems carry paths from that map.
    package mutating func apply(_ value: SettingValue) -> [SettingProblem] {
        var problems = applyFields(Self.fields, to: &self, value, what: "a channel", required: ["type"])
        guard !problems.contains(where: { $0.path == [.key("type")] }), case .map = value else { return problems }
        let (required, others) = Self.fields(of: kind)
        let isUnknown = problems.contains(where: \.atKey)
        for field in Self.fields where field.name != "type" {
            let isGiven = field.read(self) != field.read(NotificationChannel()) || (value[field.name] ?? .null) != .null
            if isGiven, !(required + others).contains(field.name) {
                problems.append(
                    SettingProblem(
                        "'\(field.name)' means nothing to a channel of type \(kind.rawValue)", at: [.key(field.name)], atKey: true,
                        hint: "it has \((["type"] + required + others).joined(separator: ", "))"))
            } else if !isGiven, required.contains(field.name), !isUnknown {
                problems.append(SettingProblem("a channel of type \(kind.rawValue) needs '\(field.name)'"))
            }
        }
        return problems
    }

    /// The type and the fields that differ from their defaults.
    package func encoded() -> SettingValue { .map(encodeFields(Self.fields, of: self, defaults: NotificationChannel(), always: ["type"])) }

    /// The same for people: without secrets.
    package func shown() -> SettingValue {
        var copy = self
        copy.url = url.map(shownDestination)
        copy.secret = secret.map(shownSecret)
        copy.token = token.map(shownSecret)
        return copy.encoded()
    }

    /// `token` is one thing to ntfy and another to PagerDuty, each under its own name.
    private static func token(
        _ name: String, of kind: ChannelKind, check: @escaping SettingField<NotificationChannel>.Check
    ) -> SettingField<NotificationChannel> {
        let field = SettingField<NotificationChannel>.secret(name, \.token, check: check)
        return SettingField(name: name, apply: field.apply, read: { $0.kind == kind ? field.read($0) : .null })
    }

    // MARK: Checks of one text

    private static func urlProblem(_ text: String) -> SettingProblem? { destinationFlaw(.webhook, text) }

    private static func recipientProblem(_ text: String) -> SettingProblem? { destinationFlaw(.email, text) }

    private static func routingProblem(_ text: String) -> SettingProblem? { destinationFlaw(.pagerduty, text) }

    private static func keyProblem(_ text: String) -> SettingProblem? {
        guard case .literal(let literal) = SecretReference(text) else { return nil }
        return outgoingKeyProblem(Array(literal.utf8)).map { SettingProblem($0) }
    }

    private static func tokenProblem(_ text: String) -> SettingProblem? {
        guard case .literal(let literal) = SecretReference(text) else { return nil }
        return headerTokenProblem(literal).map { SettingProblem($0) }
    }
}

/// Why a value cannot stand in a header as a token.
func headerTokenProblem(_ value: String) -> String? {
    1...4096 ~= value.utf8.count && value.utf8.allSatisfy { 0x21...0x7e ~= $0 } ? nil : "a token is printable ASCII without blanks"
}

/// Why a value signs no webhook; nothing of it is told.
func outgoingKeyProblem(_ value: [UInt8]) -> String? {
    do throws(SigningKeyError) {
        _ = try SigningKey(outgoing: value)
        return nil
    } catch {
        return "this is no secret to sign with: \(error.message)"
    }
}

/// References are no secrets.
package func shownSecret(_ text: String) -> String {
    switch SecretReference(text) {
    case .environment, .managed: text
    case .literal, .malformed: "********"
    }
}

/// The name of a channel: as it stands in lists and in URLs.
package func channelNameProblem(_ name: String) -> String? {
    let isName =
        1...64 ~= name.utf8.count && name.utf8.first.map(isAlphanumeric) == true
        && name.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    return isName ? nil : "the name of a channel is 1 to 64 letters, digits, '-', '_' and '.', a letter or digit first"
}
