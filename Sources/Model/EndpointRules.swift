internal import CommandLine
internal import Cron
internal import TimeZones

/// What is wrong with an endpoint's settings as a whole: each field alone has been checked by `EndpointSettings.apply`.
///
/// The same rules hold for endpoints of the file and of the API. Paths start at the endpoint's own mapping. An error means that the
/// endpoint can't work; a warning, that it will hardly do what was meant.
package func endpointProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    if settings.name.isEmpty { problems.append(SettingProblem("an endpoint needs a 'name'", at: [.key("name")])) }
    if settings.command.isEmpty {
        problems.append(SettingProblem("an endpoint needs a 'command'", at: [.key("command")]))
    } else {
        problems += commandProblems(settings)
    }
    problems += scheduleProblems(settings)
    problems += settings.trigger == .webhook ? webhookProblems(settings) : webhookOnlyFields(settings)
    problems += secretProblems(settings)
    problems += conditionProblems(settings)
    if settings.notifyURL == nil, settings.notifyOn != .always { problems.append(withoutEffect("notify_on", "without 'notify_url'")) }
    return problems
}

// MARK: Webhook

private func webhookProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    let source = settings.webhookSource.rawValue
    if settings.method != "POST" {
        problems.append(
            SettingProblem("webhooks come by POST, not \(settings.method)", at: [.key("method")], hint: "leave 'method' out"))
    }
    if settings.signingSecrets.isEmpty, settings.webhookSource != .generic, !settings.allowUnsigned {
        problems.append(
            SettingProblem(
                "a \(source) webhook needs a 'secret' to verify signatures with", at: [.key("webhook_source")],
                hint: "set secret: $NAME, or allow_unsigned: true to take messages from anyone"))
    }
    if !settings.isPublic, settings.webhookSource != .generic {
        problems.append(
            SettingProblem(
                "without 'public: true' \(source) must send an API key too, which it hardly can", at: [.key("webhook_source")],
                severity: .warning, hint: "add public: true; the signature is still checked"))
    }
    if settings.waitSeconds != nil, settings.isAsync { problems.append(withoutEffect("wait_seconds", "without 'async: false'")) }
    problems += signatureProblems(settings)
    for (index, argument) in settings.arguments.enumerated()
    where argument.isRequired && argument.defaultValue == nil && argument.payloadPath == nil {
        problems.append(
            SettingProblem(
                "argument '\(argument.name)' is required, but a webhook sends no arguments", at: [.key("args"), .index(index)],
                severity: .warning, hint: "fill it from the payload (from: PATH); the whole message is on the command's standard input"))
    }
    return problems
}

private func webhookOnlyFields(_ settings: EndpointSettings) -> [SettingProblem] {
    let given = [
        ("async", !settings.isAsync), ("wait_seconds", settings.waitSeconds != nil), ("secret", settings.secret != nil),
        ("webhook_source", settings.webhookSource != .generic),
        ("webhook_events", !settings.webhookEvents.isEmpty), ("allow_unsigned", settings.allowUnsigned),
    ]
    return (given.filter(\.1).map(\.0) + signatureFields(settings)).map { withoutEffect($0, "without 'trigger: webhook'") }
}

func withoutEffect(_ field: String, _ why: String) -> SettingProblem {
    SettingProblem("'\(field)' has no effect \(why)", at: [.key(field)], atKey: true, severity: .warning)
}

// MARK: Secrets

/// A text that stands for a secret kept elsewhere.
package enum SecretReference: Sendable, Equatable {
    /// `$NAME`: from the environment of the server, or its secrets.
    case environment(String)
    /// `$wrapd:NAME` or `$sluice:NAME`: from the secrets only.
    case managed(String)
    /// Begins with `$` and is neither.
    case malformed
    /// The value itself. `$$` at its start stands for one `$`.
    case literal(String)

    /// What is looked up.
    package var name: String? {
        switch self {
        case .environment(let name), .managed(let name): name
        case .malformed, .literal: nil
        }
    }

    package init(_ text: String) {
        guard text.hasPrefix("$") else {
            self = .literal(text)
            return
        }
        let rest = String(text.dropFirst())
        if rest.hasPrefix("$") {
            self = .literal(rest)
        } else if let prefix = ["wrapd:", "sluice:"].first(where: { rest.hasPrefix($0) }) {
            let name = String(rest.dropFirst(prefix.count))
            self = EndpointField.checkEnvironmentName(name) == nil ? .managed(name) : .malformed
        } else {
            self = EndpointField.checkEnvironmentName(rest) == nil ? .environment(rest) : .malformed
        }
    }
}

private func secretProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    for secret in settings.signingSecrets {
        switch SecretReference(secret.reference) {
        case .malformed: problems.append(malformedReference(at: secret.path))
        case .literal:
            let example = secret.path.count == 1 ? "secret: $NAME" : "secrets: [$NAME]"
            problems.append(
                SettingProblem(
                    "the secret stands in the open here", at: secret.path, severity: .warning,
                    hint: "keep it in the environment or the secrets file, and write \(example)"))
        case .environment, .managed: break
        }
    }
    if let url = settings.notifyURL, SecretReference(url) == .malformed { problems.append(malformedReference(at: [.key("notify_url")])) }
    for (name, value) in settings.environment.sorted(by: { $0.key < $1.key }) where SecretReference(value) == .malformed {
        problems.append(malformedReference(at: [.key("env"), .key(name)]))
    }
    return problems
}

func malformedReference(at path: [SettingStep]) -> SettingProblem {
    SettingProblem(
        "a value that begins with '$' refers to a secret, and this names none", at: path,
        hint: "write $NAME or $sluice:NAME; for a value that begins with a dollar sign, double it: $$")
}
