package import Bytes
package import CommandLine
internal import Conditions
package import Model
internal import Synchronization

/// An endpoint made ready for calls: its command parsed, its secrets turned into keys, its schedules into times. Immutable; an
/// edit makes a new one.
package final class CompiledEndpoint: Sendable {
    package let endpoint: Endpoint
    package let settings: EndpointSettings
    package let name: String
    package let template: CommandTemplate
    /// Absolute: where the command runs.
    package let workingDirectory: String
    let receiver: WebhookReceiver
    /// The addresses that may call; all, when empty.
    package let allowedAddresses: [AddressRange]
    /// Of `rate_limit`; nil without one.
    package let rate: RateBucket?
    package let schedules: [CompiledSchedule]
    /// What looks into payloads; nil for an endpoint without any of it, which pays nothing for it.
    let conditions: EndpointConditions?
    let scripts: ScriptFingerprints
    private let bare: RenderedCommand
    private let shared = Mutex<(scripts: [ScriptFile], spec: EncodedSpec)?>(nil)

    package var id: Int64 { endpoint.id }

    /// - Parameters:
    ///   - directory: the configuration's folder, from which relative programs and working directories count.
    ///   - secret: looks a reference such as `$NAME` up; nil when it is not set, which refuses the endpoint.
    /// - Throws: `Refusal` (422) for settings that cannot work.
    package init(_ endpoint: Endpoint, directory: String, secret: (String) -> [UInt8]?) throws(Refusal) {
        self.endpoint = endpoint
        let settings = endpoint.settings
        self.settings = settings
        name = settings.name
        do {
            template = try parseCommand(settings.command, argumentNames: settings.arguments.map(\.name))
        } catch {
            throw Refusal(422, "invalid_endpoint", "command: \(error.message)", fields: [.init("command", error.message)])
        }
        do {
            bare = try template.render(values: [:])
        } catch {
            throw Refusal(422, "invalid_endpoint", "command: \(error)", fields: [.init("command", "\(error)")])
        }
        workingDirectory = absolutePath(settings.workingDirectory ?? ".", in: directory)
        scripts = ScriptFingerprints(words: template.literalWords, directory: directory, workingDirectory: workingDirectory)
        receiver = WebhookReceiver(settings, secrets: try signingKeys(settings, secret))
        allowedAddresses = settings.allowFrom.compactMap { try? AddressRange($0) }
        // A range that cannot be read would otherwise open the endpoint to everybody when it is the only one.
        guard allowedAddresses.count == settings.allowFrom.count else {
            throw Refusal(422, "invalid_endpoint", "allow_from: not every text is a block of addresses", fields: [.init("allow_from", "is invalid")])
        }
        do throws(ConditionError) {
            conditions = try EndpointConditions(settings)
        } catch {
            throw Refusal(422, "invalid_endpoint", "a condition of this endpoint is broken: \(error.message)")
        }
        rate = settings.rateLimit.flatMap { RateLimit($0) }.map { RateBucket($0) }
        guard (rate == nil) == (settings.rateLimit == nil) else {
            throw Refusal(422, "invalid_endpoint", "rate_limit: this is no rate", fields: [.init("rate_limit", "is invalid")])
        }
        schedules = try settings.schedules.map { schedule throws(Refusal) in try CompiledSchedule(schedule, endpoint: settings.name) }
    }

    // MARK: Freezing

    /// The spec of a call without arguments. Made once and again only when a script file changes.
    func sharedSpec() -> EncodedSpec {
        let files = scripts.current()
        if let known = shared.withLock({ $0 }), known.scripts == files { return known.spec }
        let made = EncodedSpec(json: spec(bare, arguments: [], scripts: files).json)
        shared.withLock { $0 = (files, made) }
        return made
    }

    /// The spec of a call with arguments: each value arrives in the command as a word of its own or in the environment.
    func spec(values: [String: String]) throws(Refusal) -> EncodedSpec {
        if settings.arguments.isEmpty { return sharedSpec() }
        let rendered: RenderedCommand
        do {
            rendered = try template.render(values: values)
        } catch {
            throw Refusal(422, "invalid_argument", "\(error)")
        }
        let named = settings.arguments.compactMap { argument in values[argument.name].map { NamedValue(argument.name, $0) } }
        return EncodedSpec(json: spec(rendered, arguments: named, scripts: scripts.current()).json)
    }

    private func spec(_ rendered: RenderedCommand, arguments: [NamedValue], scripts: [ScriptFile]) -> CallSpec {
        var argv = rendered.argv
        // A relative program counts from the configuration's folder, wherever the command runs.
        if !template.usesShell, let program = argv.first, program.utf8.contains(UInt8(ascii: "/")) {
            argv[0] = absolutePath(program, in: self.scripts.directory)
        }
        return CallSpec(
            endpoint: name, revision: endpoint.revision, command: settings.command, argv: argv, arguments: arguments,
            argumentEnvironment: rendered.environment.map { NamedValue($0.name, $0.value) },
            environment: settings.environment.sorted { $0.key < $1.key }.map { NamedValue($0.key, $0.value) },
            workingDirectory: workingDirectory, timeoutSeconds: settings.timeoutSeconds, scripts: scripts)
    }
}

/// The keys that a webhook's secrets stand for. They must be set whatever starts the endpoint; only a webhook has keys.
private func signingKeys(_ settings: EndpointSettings, _ value: (String) -> [UInt8]?) throws(Refusal) -> [SigningKey] {
    var keys: [SigningKey] = []
    for (path, reference) in settings.signingSecrets {
        let field = path.first == .key("secret") ? "secret" : "secrets"
        guard let secret = value(reference), !secret.isEmpty else {
            throw Refusal(422, "secret_not_set", "the secret \(shown(reference)) is not set", fields: [.init(field, "is not set")])
        }
        guard settings.trigger == .webhook else { continue }
        do throws(SigningKeyError) {
            keys.append(try SigningKey(secret, of: settings.webhookSource))
        } catch {
            let source = settings.webhookSource.rawValue
            throw Refusal(
                422, "secret_malformed", "the secret \(shown(reference)) is none of a \(source) webhook: \(error.message)",
                fields: [.init(field, error.message)])
        }
    }
    if let problem = toleranceProblem(settings, keys: keys) {
        throw Refusal(
            422, "invalid_endpoint", "webhook_tolerance: \(problem.message)", fields: [.init("webhook_tolerance", problem.message)])
    }
    return keys
}

/// A reference's name; of a secret that stands in the open, nothing.
private func shown(_ reference: String) -> String {
    if case .literal = SecretReference(reference) { "in the settings" } else { reference }
}

/// `path` as seen from `directory`, without `.` parts.
package func absolutePath(_ path: String, in directory: String) -> String {
    let joined = path.hasPrefix("/") ? path : "\(directory)/\(path)"
    let parts = joined.split(separator: "/").filter { $0 != "." }
    return "/" + parts.joined(separator: "/")
}
