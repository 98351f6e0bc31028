extension SlackSettings {
    static let fields: [SettingField<SlackSettings>] = [
        signingSecretField,
        usersField,
        .texts("teams", \.teams, 100) { team in
            isSlackID(team, "TE") ? nil : SettingProblem("expected the id of a workspace, such as T0123ABCD, not '\(team)'")
        },
    ]

    /// Reads the fields of `value`, a map. Problems carry paths from that map.
    package mutating func apply(_ value: SettingValue) -> [SettingProblem] {
        applyFields(Self.fields, to: &self, value, what: "slack", required: ["signing_secret"])
    }

    package func encoded() -> SettingValue { .map(encodeFields(Self.fields, of: self, defaults: SlackSettings())) }

    private static let signingSecretField = SettingField<SlackSettings>(
        name: "signing_secret",
        apply: { settings, value in
            switch value {
            case .string(let text) where !text.isEmpty:
                settings.signingSecret = text
                return []
            default: return [SettingProblem("this must be a text", hint: "write $NAME, or put what is meant in quotes")]
            }
        },
        read: { .string($0.signingSecret) })

    private static let usersField = SettingField<SlackSettings>(
        name: "users",
        apply: { settings, value in
            settings.users = [:]
            if value == .null { return [] }
            guard case .map(let entries) = value else { return [EndpointField.expected("a mapping such as {U0123ABCD: anna}", value)] }
            var problems: [SettingProblem] = []
            for entry in entries {
                if !isSlackID(entry.key, "UW") {
                    problems.append(
                        SettingProblem(
                            "expected the id of a member, such as U0123ABCD, not '\(entry.key)'", at: [.key(entry.key)], atKey: true,
                            hint: "Slack shows it in a member's profile, under the three dots"))
                }
                guard case .string(let name) = entry.value, isUserName(name) else {
                    problems.append(SettingProblem("expected the name under which this member decides", at: [.key(entry.key)]))
                    continue
                }
                settings.users[entry.key] = name
            }
            return problems
        },
        read: { settings in .map(settings.users.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }) })

    private static func isSlackID(_ text: String, _ initials: String) -> Bool {
        2...32 ~= text.utf8.count && text.first.map(initials.contains) == true
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
    }

    private static func isUserName(_ name: String) -> Bool {
        1...100 ~= name.utf8.count && !name.unicodeScalars.contains(where: isControl) && name.contains { $0 != " " }
    }
}
