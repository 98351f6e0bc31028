internal import CommandLine
internal import Diagnostics
internal import Glibc
internal import Model
internal import YAML

extension ConfigReader {
    mutating func readEndpoints(_ entry: YAMLEntry) {
        guard case .sequence(let items) = entry.value.content else {
            let place = entry.value.isNull ? entry.keyNode : entry.value
            add(place, "expected a list of endpoints, not \(entry.value.kind)", hint: "begin each endpoint with '- name: ...'")
            return
        }
        if items.isEmpty { add(entry.value, "the list of endpoints is empty: at least one is needed") }
        var places: [String: YAMLNode] = [:]
        for item in items {
            let settings = readEndpoint(item)
            guard !settings.name.isEmpty, let name = item.child(.key("name"))?.value else { continue }
            if let first = places[settings.name] {
                add(name, "endpoint '\(settings.name)' is defined twice, in lines \(first.start.line) and \(name.start.line)")
            } else {
                places[settings.name] = name
            }
            file.endpoints.append(ConfigEndpoint(settings: settings, position: item.start))
        }
    }

    private mutating func readEndpoint(_ node: YAMLNode) -> EndpointSettings {
        var settings = EndpointSettings()
        let value = SettingValue(endpoint: node)
        var problems = settings.apply(value, unknown: unknownField)
        guard case .map = value else {
            diagnostics += problems.map { Diagnostic($0, from: node) }
            return settings
        }
        if value["name"] != nil, value["slug"] != nil {
            problems.append(
                SettingProblem(
                    "'slug' is another name for 'name', and both are given", at: [.key("slug")], atKey: true, hint: "keep 'name'"))
        }
        let further = endpointProblems(settings) + secretProblems(settings) + pathProblems(settings) + addressProblems(settings)
        problems += withoutConsequences(further, of: problems)
        diagnostics += problems.map { Diagnostic($0, from: node) }
        maskLiteralSecrets(settings, node)
        return settings
    }

    /// Those of `further` that tell something new: what only follows from a field that is wrong by itself, or whose name is misspelt, would
    /// be noise.
    private func withoutConsequences(_ further: [SettingProblem], of problems: [SettingProblem]) -> [SettingProblem] {
        let broken = problems.filter { $0.severity == .error && !$0.path.isEmpty }.map { problem in
            guard problem.path.count == 1, problem.atKey, case .key(let name) = problem.path[0], let meant = nearestField(name) else {
                return normalized(problem.path)
            }
            return [.key(meant)]
        }
        let hasBrokenArguments = broken.contains { $0.first == .key("args") }
        return further.filter { problem in
            let path = normalized(problem.path)
            if broken.contains(where: { $0.starts(with: path) || path.starts(with: $0) }) { return false }
            let dependsOnArguments = path.first == .key("schedule_args") || path.first == .key("command") && problem.severity == .warning
            return !(hasBrokenArguments && dependsOnArguments)
        }
    }

    /// `slug` counts as `name`.
    private func normalized(_ path: [SettingStep]) -> [SettingStep] {
        path.first == .key("slug") ? [.key("name")] + path.dropFirst() : path
    }

    private func nearestField(_ name: String) -> String? {
        EndpointField.named(name) == nil ? closestMatch(name, in: EndpointField.all.map(\.name) + ["slug"]) : nil
    }

    private func unknownField(_ name: String) -> SettingProblem {
        let near = nearestField(name).map { "did you mean '\($0)'?" }
        return SettingProblem("unknown field '\(name)' of an endpoint", at: [.key(name)], atKey: true, hint: near)
    }

    // MARK: What the rules can't see: secrets and files

    private func secretProblems(_ settings: EndpointSettings) -> [SettingProblem] {
        var places: [([SettingStep], String)] = []
        let signing = settings.trigger == .webhook ? settings.signingSecrets : []
        places += signing
        if let url = settings.notifyURL { places.append(([.key("notify_url")], url)) }
        for (name, value) in settings.environment.sorted(by: { $0.key < $1.key }) { places.append(([.key("env"), .key(name)], value)) }
        return places.compactMap { path, text in unsetProblem(text, at: path) }
            + [notifyProblem(settings)].compactMap(\.self)
            + signing.compactMap { path, text in
                guard let value = secrets.value(text), let wrong = keyProblem(value, settings.webhookSource) else { return nil }
                return SettingProblem("this is no secret of a \(settings.webhookSource.rawValue) webhook: \(wrong)", at: path)
            } + toleranceProblems(settings)
    }

    /// A reference that leads nowhere.
    func unsetProblem(_ text: String, at path: [SettingStep]) -> SettingProblem? {
        guard secrets.value(text) == nil else { return nil }
        switch SecretReference(text) {
        case .environment(let name) where secrets.isEmpty(text), .managed(let name) where secrets.isEmpty(text):
            return SettingProblem("\(name) is empty", at: path, hint: "give it a value in the environment of Sluice or in \(secretsFileName)")
        case .environment(let name):
            return SettingProblem(
                "\(name) is not set: neither in the environment nor in the secrets file", at: path,
                hint: "start Sluice with \(name) in its environment, or add the line \(name)=... to \(secretsFileName)")
        case .managed(let name):
            return SettingProblem("\(name) is not set in the secrets file", at: path, hint: "add the line \(name)=... to \(secretsFileName)")
        case .malformed, .literal:
            return nil
        }
    }

    private func notifyProblem(_ settings: EndpointSettings) -> SettingProblem? {
        guard let url = settings.notifyURL, let name = SecretReference(url).name, let value = secrets.value(url),
            let wrong = httpURLProblem(String(decoding: value, as: UTF8.self))
        else { return nil }
        return SettingProblem("what \(name) stands for is not what is needed here: \(wrong)", at: [.key("notify_url")])
    }

    /// Nothing while a secret is unset or none of the source's: nobody knows yet what it will be.
    private func toleranceProblems(_ settings: EndpointSettings) -> [SettingProblem] {
        let keys = settings.signingSecrets.map { secret in
            secrets.value(secret.reference).flatMap { try? SigningKey($0, of: settings.webhookSource) }
        }
        guard !keys.contains(nil) else { return [] }
        return [toleranceProblem(settings, keys: keys.compactMap(\.self))].compactMap(\.self)
    }

    private func keyProblem(_ secret: [UInt8], _ source: WebhookSource) -> String? {
        do throws(SigningKeyError) {
            _ = try SigningKey(secret, of: source)
            return nil
        } catch {
            return error.message
        }
    }

    private func addressProblems(_ settings: EndpointSettings) -> [SettingProblem] {
        guard settings.trigger == .webhook, settings.webhookSource.signsAddress, file.publicURL == nil else { return [] }
        let source = settings.webhookSource.rawValue
        return [
            SettingProblem(
                "\(source) signs the address that it calls, and 'public_url' is not set", at: [.key("webhook_source")], severity: .warning,
                hint: "set public_url at the top of the file to the address that \(source) is given")
        ]
    }

    /// A secret written into the file must not get into a log along with the line that a diagnostic shows.
    private mutating func maskLiteralSecrets(_ settings: EndpointSettings, _ node: YAMLNode) {
        for secret in settings.signingSecrets {
            guard case .literal = SecretReference(secret.reference) else { continue }
            var place: YAMLNode? = node
            for step in secret.path { place = place?.child(step)?.value }
            if let place { mask(place) }
        }
        // It may be the hook of a chat, which lets everyone write there who knows it.
        if let url = settings.notifyURL, shownDestination(url) != url, let place = node.child(.key("notify_url"))?.value { mask(place) }
    }

    private var secretsFileName: String { file.secretsFile ?? "secrets.env beside this file, with mode 600" }

    private func pathProblems(_ settings: EndpointSettings) -> [SettingProblem] {
        var problems: [SettingProblem] = []
        if let folder = settings.workingDirectory, !isDirectory(absolute(folder)) {
            problems.append(SettingProblem("there is no directory '\(folder)'", at: [.key("working_dir")], severity: .warning))
        }
        if let program = relativeProgram(settings) {
            let path = absolute(program)
            if !fileExists(path) {
                problems.append(
                    SettingProblem(
                        "there is no program '\(program)' in the folder of this file", at: [.key("command")], severity: .warning))
            } else if access(path, X_OK) != 0 {
                problems.append(
                    SettingProblem(
                        "'\(program)' is not executable", at: [.key("command")], severity: .warning, hint: "chmod +x \(program)"))
            }
        }
        return problems
    }

    /// The program of a command without a shell, if it counts from the configuration's folder.
    private func relativeProgram(_ settings: EndpointSettings) -> String? {
        guard let template = try? parseCommand(settings.command, argumentNames: settings.arguments.map(\.name)),
            case .words(let words) = template.form, let first = words.first
        else { return nil }
        var program = ""
        for part in first.parts {
            guard case .literal(let text) = part else { return nil }
            program += text
        }
        return program.contains("/") && !program.hasPrefix("/") ? program : nil
    }
}

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

private func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}
