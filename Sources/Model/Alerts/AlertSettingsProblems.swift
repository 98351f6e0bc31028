/// What is wrong with the settings of alerts as a whole: each part alone has been checked by its `apply`. Paths start at the top of the
/// configuration: `alerts`, `channels`, `smtp`, `slack`, `heartbeat`.
///
/// - Parameter endpoints: all endpoints.
/// - Parameter written: a map with what was read, so that problems are told where they stand. Its `alerts` are the settings' rules, one by one.
package func alertProblems(_ settings: AlertSettings, endpoints: [EndpointTraits], written: SettingValue) -> [SettingProblem] {
    let surroundings = AlertSurroundings(
        channels: settings.channels.map(\.name), endpoints: endpoints, hasMailServer: settings.smtp != nil)
    var problems: [SettingProblem] = []
    for (index, rule) in settings.rules.enumerated() {
        let found = rule.problems(in: surroundings, written: written.rule(index))
        problems += found.map { $0.within(.index(index)).within(.key("alerts")) }
    }
    for channel in settings.channels {
        let path: [SettingStep] = [.key("channels"), .key(channel.name)]
        if channel.kind == .email, settings.smtp == nil { problems.append(missingMailServer(at: path + [.key("type")])) }
        if !settings.rules.contains(where: { $0.names(channel.name) }) {
            problems.append(SettingProblem("no rule tells to this channel", at: path, atKey: true, severity: .warning))
        }
    }
    return problems + alertSecrets(settings, written: written).compactMap(openSecret)
}

/// A secret that stands in the file, or a reference that names none. Those that URLs hold are not told: they are documented that way.
private func openSecret(_ secret: AlertSecret) -> SettingProblem? {
    switch (SecretReference(secret.reference), secret.meaning) {
    case (.malformed, .destination): return nil  // told by the field itself
    case (.malformed, _): return malformedReference(at: secret.path)
    case (.literal, .key), (.literal, .token), (.literal, .password):
        return SettingProblem(
            "the secret stands in the open here", at: secret.path, severity: .warning,
            hint: "keep it in the environment or the secrets file, and write $NAME")
    default: return nil
    }
}

extension AlertRule {
    fileprivate func names(_ channel: String) -> Bool {
        (targets + escalations.flatMap(\.targets)).contains(.channel(channel))
    }
}

extension SettingValue {
    /// The rule as it is written; nothing where there is none.
    fileprivate func rule(_ index: Int) -> SettingValue {
        guard case .list(let rules)? = self["alerts"], rules.indices.contains(index) else { return .null }
        return rules[index]
    }
}

/// A text in the settings of alerts that is a reference to a secret, or may be one.
package struct AlertSecret: Sendable, Equatable {
    package enum Meaning: Sendable, Equatable {
        case destination(ChannelKind)
        /// Signs webhooks.
        case key
        /// Stands in a header.
        case token
        case password
        /// Of the mail server.
        case user
    }

    package let reference: String
    /// From the top of the configuration.
    package let path: [SettingStep]
    package let meaning: Meaning

    /// Why what the reference stands for is not what is needed here; nothing of it is told.
    package func problem(ofValue value: [UInt8]) -> String? {
        let text = String(decoding: value, as: UTF8.self)
        switch meaning {
        case .destination(let kind): return kind.destinationProblem(text)
        case .key: return outgoingKeyProblem(value)
        case .token: return headerTokenProblem(text)
        case .user, .password: return text.unicodeScalars.contains(where: isControl) ? "it holds control characters" : nil
        }
    }
}

/// All texts of the settings that may be references, in the order of rules, channels, and the rest.
package func alertSecrets(_ settings: AlertSettings, written: SettingValue) -> [AlertSecret] {
    var secrets: [AlertSecret] = []
    func add(_ text: String?, _ meaning: AlertSecret.Meaning, _ path: SettingStep...) {
        if let text, !text.isEmpty { secrets.append(AlertSecret(reference: text, path: path, meaning: meaning)) }
    }
    for (index, rule) in settings.rules.enumerated() {
        for place in rule.targetPlaces(written.rule(index)) {
            guard case .direct(let kind, let destination) = place.target else { continue }
            let path: [SettingStep] = [.key("alerts"), .index(index)] + place.path
            secrets.append(AlertSecret(reference: destination, path: path, meaning: .destination(kind)))
        }
    }
    for channel in settings.channels {
        let (channels, name) = (SettingStep.key("channels"), SettingStep.key(channel.name))
        add(channel.url, .destination(.webhook), channels, name, .key("url"))
        for (index, address) in channel.to.enumerated() { add(address, .destination(.email), channels, name, .key("to"), .index(index)) }
        add(channel.secret, .key, channels, name, .key("secret"))
        if channel.kind == .pagerduty {
            add(channel.token, .destination(.pagerduty), channels, name, .key("routing_key"))
        } else {
            add(channel.token, .token, channels, name, .key("token"))
        }
    }
    add(settings.smtp?.user, .user, .key("smtp"), .key("user"))
    add(settings.smtp?.password, .password, .key("smtp"), .key("password"))
    add(settings.slack?.signingSecret, .password, .key("slack"), .key("signing_secret"))
    add(settings.heartbeat?.url, .destination(.webhook), .key("heartbeat"), .key("url"))
    return secrets
}
