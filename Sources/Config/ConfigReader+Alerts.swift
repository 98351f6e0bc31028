internal import Diagnostics
internal import Model
internal import YAML

/// `alerts`, `channels`, `smtp`, `slack`, `heartbeat` and `callback_allow`.
extension ConfigReader {
    /// After the endpoints and the secrets, which rules and channels refer to, and the folder of schedules.
    mutating func readAlerts(_ root: YAMLNode, _ folder: ScheduleFolder) {
        guard case .mapping(let entries) = root.content else { return }
        var problems: [SettingProblem] = []
        for entry in entries where TopLevelField.alertFields.contains(entry.key) && !entry.value.isNull {
            problems += readSection(entry).map { $0.within(.key(entry.key)) }
            maskSecrets(entry)
        }
        let written = SettingValue.map(entries.filter { $0.key == "alerts" }.map { .init($0.key, SettingValue($0.value)) })
        let further = alertProblems(file.alerts, endpoints: endpointTraits(folder), written: written) + unsetSecrets(written)
        // What only follows from a field that is wrong by itself would be noise.
        let broken = problems.filter { $0.severity == .error }.map(\.path)
        problems += further.filter { problem in !broken.contains { $0.starts(with: problem.path) || problem.path.starts(with: $0) } }
        diagnostics += problems.map { Diagnostic($0, from: root) }
    }

    /// Of endpoints that are wrong somewhere nothing is said that may be wrong too.
    private func endpointTraits(_ folder: ScheduleFolder) -> [EndpointTraits] {
        let areSound = !diagnostics.contains { $0.severity == .error }
        let further = Dictionary(grouping: folder.schedules, by: \.endpoint).mapValues { $0.map(\.schedule) }
        let endpoints = file.endpoints.map(\.settings).map { settings in
            areSound ? EndpointTraits(settings, further: further[settings.name] ?? []) : EndpointTraits(name: settings.name)
        }
        return endpoints + folder.crontabs.map { EndpointTraits($0) }
    }

    private mutating func readSection(_ entry: YAMLEntry) -> [SettingProblem] {
        let value = SettingValue(entry.value)
        switch entry.key {
        case "alerts": return readRules(entry.value)
        case "channels": return readChannels(value)
        case "smtp":
            var settings = SMTPSettings()
            defer { file.alerts.smtp = settings }
            return settings.apply(value)
        case "slack":
            var settings = SlackSettings()
            defer { file.alerts.slack = settings }
            return settings.apply(value)
        case "heartbeat":
            var settings = HeartbeatSettings()
            defer { file.alerts.heartbeat = settings }
            return settings.apply(value)
        default:
            let (allowed, problems) = readCallbackAllow(value)
            file.alerts.callbackAllow = allowed
            return problems
        }
    }

    private mutating func readRules(_ node: YAMLNode) -> [SettingProblem] {
        guard case .sequence(let items) = node.content else {
            return [SettingProblem("expected a list of rules, not \(node.kind)", hint: "begin each rule with '- name: ...'")]
        }
        var problems: [SettingProblem] = []
        var places: [String: YAMLNode] = [:]
        for (index, item) in items.enumerated() {
            var rule = AlertRule()
            problems += rule.apply(SettingValue(item)).map { $0.within(.index(index)) }
            // A rule that is broken keeps its place, so that those behind it keep theirs.
            file.alerts.rules.append(rule)
            guard !rule.name.isEmpty, let name = item.child(.key("name"))?.value else { continue }
            if let first = places[rule.name] {
                problems.append(
                    SettingProblem(
                        "rule '\(rule.name)' is defined twice, in lines \(first.start.line) and \(name.start.line)",
                        at: [.index(index), .key("name")]))
            } else {
                places[rule.name] = name
            }
        }
        return problems
    }

    /// YAML refuses a name that is there twice, with both lines.
    private mutating func readChannels(_ value: SettingValue) -> [SettingProblem] {
        guard case .map(let entries) = value else {
            return [
                SettingProblem("expected a mapping of names to channels, not \(value.kind)", hint: "such as ops: {type: slack, url: $SLACK_HOOK}")
            ]
        }
        var problems: [SettingProblem] = []
        for entry in entries {
            var channel = NotificationChannel()
            channel.name = entry.key
            if let wrong = channelNameProblem(entry.key) { problems.append(SettingProblem(wrong, at: [.key(entry.key)], atKey: true)) }
            problems += channel.apply(entry.value).map { $0.within(.key(entry.key)) }
            file.alerts.channels.append(channel)
        }
        return problems
    }

    // MARK: Secrets

    /// References that lead nowhere, or to what is of no use there.
    private func unsetSecrets(_ written: SettingValue) -> [SettingProblem] {
        alertSecrets(file.alerts, written: written).compactMap { secret in
            if let unset = unsetProblem(secret.reference, at: secret.path) { return unset }
            guard let name = SecretReference(secret.reference).name, let value = secrets.value(secret.reference),
                let wrong = secret.problem(ofValue: value)
            else { return nil }
            return SettingProblem("what \(name) stands for is not what is needed here: \(wrong)", at: secret.path)
        }
    }

    /// The lines that diagnostics show get into logs.
    private mutating func maskSecrets(_ entry: YAMLEntry) {
        switch (entry.key, entry.value.content) {
        case ("channels", .mapping(let channels)):
            for channel in channels { maskSecrets(inItem: channel.value) }
        case ("alerts", .sequence(let rules)):
            for rule in rules { maskSecrets(inItem: rule) }
        case ("callback_allow", _): break
        case (_, .sequence): mask(entry.value)
        case ("heartbeat", .scalar(let scalar)):
            if shownDestination(scalar.text) != scalar.text { mask(entry.value) }
        default: maskSecrets(inItem: entry.value, isMailServer: entry.key == "smtp")
        }
    }

    /// A scalar where fields are expected may be the one that matters.
    private mutating func maskSecrets(inItem node: YAMLNode, isMailServer: Bool = false) {
        if case .scalar = node.content { mask(node) } else { maskSecrets(in: node, isMailServer: isMailServer) }
    }

    /// Also what stands behind a name that is not known: it may be a misspelt password.
    private mutating func maskSecrets(in node: YAMLNode, isMailServer: Bool = false) {
        switch node.content {
        case .scalar: break
        case .sequence(let items):
            for item in items { maskSecrets(in: item) }
        case .mapping(let entries):
            for entry in entries {
                if isMailServer, entry.key == "url" {
                    // With a user and a password in it, which is a mistake of its own.
                    if case .scalar(let scalar) = entry.value.content, scalar.text.contains("@") { mask(entry.value) }
                } else if AlertFieldNames.secret.contains(entry.key) || !AlertFieldNames.all.contains(entry.key) {
                    guard case .scalar(let scalar) = entry.value.content else {
                        mask(entry.value)
                        continue
                    }
                    let isURL = entry.key == "url" || entry.key == "destination"
                    let shown = isURL ? shownDestination(scalar.text) : shownSecret(scalar.text)
                    if shown != scalar.text { mask(entry.value) }
                } else if entry.key == "channel" || entry.key == "channels" {
                    maskDestinations(entry.value)
                } else if entry.key == "escalate", case .sequence(let steps) = entry.value.content {
                    for step in steps { maskSecrets(inItem: step) }
                } else if entry.key != "users" {
                    maskSecrets(in: entry.value)
                }
            }
        }
    }

    /// What stands where a channel's name belongs, and is none.
    private mutating func maskDestinations(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let scalar):
            if channelNameProblem(scalar.text) != nil { mask(node) }
        case .sequence(let items):
            for item in items { maskDestinations(item) }
        case .mapping: maskSecrets(in: node)
        }
    }
}
