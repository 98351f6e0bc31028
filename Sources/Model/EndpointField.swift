/// One documented field of an endpoint: its name in `wrapd.yaml` and in JSON, how it is read and checked, and how it is written back.
package struct EndpointField: Sendable {
    package let name: String
    /// Reads and checks a value; returns what is wrong with it. Null stands for "back to the default".
    package let apply: @Sendable (inout EndpointSettings, SettingValue) -> [SettingProblem]
    package let read: @Sendable (EndpointSettings) -> SettingValue
    /// Documented, but without effect in this version; a warning says so.
    package let hasNoEffect: Bool

    package static let all: [EndpointField] = ownFields + limitFields + webhookFields + scheduleFields + [scheduleList()]

    private static let ownFields: [EndpointField] = [
        text("name", \.name, check: checkSlug),
        text("command", \.command, check: checkCommandText),
        choice("method", \.method, ["GET", "POST", "PUT", "DELETE", "PATCH"], default: "POST"),
        optionalText("description", \.description),
        argumentList(),
        integer("timeout", \.timeoutSeconds, 1...3600, "seconds", default: 60),
        optionalText("working_dir", \.workingDirectory, check: checkNotEmpty),
        flag("public", \.isPublic, default: false),
        enumeration("trigger", \.trigger, default: .http),
        flag("async", \.isAsync, default: true),
        optionalInteger("wait_seconds", \.waitSeconds, 1...3600, "seconds"),
        optionalText("secret", \.secret, check: checkNotEmpty),
        enumeration("webhook_source", \.webhookSource, default: .generic),
        textList("webhook_events", \.webhookEvents, check: checkEventWord),
        flag("allow_unsigned", \.allowUnsigned, default: false),
        transformer(),
        condition(),
        approvalRequired(),
        integer("approval_timeout_mins", \.approvalTimeoutMinutes, 1...525_600, "minutes", default: 30),
        optionalInteger("max_pending", \.maxPending, 1...1_000_000, "approvals"),
        optionalText("callback_url", \.callbackURL, check: checkHTTPURL),
        flag("privileged", \.isPrivileged, default: false, hasNoEffect: true),
        flag("sensitive", \.isSensitive, default: false),
        optionalText("notify_url", \.notifyURL) { if case .literal(let url) = SecretReference($0) { httpURLProblem(url) } else { nil } },
        enumeration("notify_on", \.notifyOn, default: .always),
        textList("artifacts", \.artifacts, hasNoEffect: true),
        flag("artifacts_local", \.artifactsLocal, default: false, hasNoEffect: true),
        plainText("agent_name", \.agentName, default: "default", hasNoEffect: true),
        textMap("env", \.environment, check: checkEnvironmentName),
        integer("max_concurrent", \.maxConcurrent, 1...1024, "runs", default: 1),
        flag("retry_interrupted", \.retryInterrupted, default: false),
    ]

    package static let byName: [String: EndpointField] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// `slug` is the API's other name for `name`.
    package static func named(_ name: String) -> EndpointField? { byName[name == "slug" ? "name" : name] }
}

extension EndpointSettings {
    /// Reads the fields of `value`, a map, over the settings as they are. Problems carry paths from that map.
    package mutating func apply(_ value: SettingValue, unknown: (String) -> SettingProblem) -> [SettingProblem] {
        guard case .map(let entries) = value else {
            return [SettingProblem("an endpoint is a mapping of fields, not \(value.kind)")]
        }
        var problems: [SettingProblem] = []
        for entry in entries {
            guard let field = EndpointField.named(entry.key) else {
                problems.append(unknown(entry.key))
                continue
            }
            problems += field.apply(&self, entry.value).map { $0.within(.key(entry.key)) }
            if field.hasNoEffect, field.read(self) != field.read(EndpointSettings()) {
                problems.append(
                    SettingProblem(
                        "'\(entry.key)' is read but has no effect in this version", at: [.key(entry.key)], atKey: true,
                        severity: .warning))
            }
        }
        return problems
    }

    /// All fields, or those that differ from their defaults.
    package func encoded(onlyChanged: Bool = false) -> SettingValue {
        let defaults = EndpointSettings()
        return .map(
            EndpointField.all.compactMap { field in
                let value = field.read(self)
                return onlyChanged && value == field.read(defaults) ? nil : .init(field.name, value)
            })
    }
}
