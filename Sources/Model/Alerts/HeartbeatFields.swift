extension HeartbeatSettings {
    static let fields: [SettingField<HeartbeatSettings>] = [urlField, .duration("every", \.every, 5...86_400, default: 60)]

    /// Reads `value`: a URL or a reference to one, or a map. Problems carry paths from it.
    package mutating func apply(_ value: SettingValue) -> [SettingProblem] {
        guard case .map = value else { return Self.urlField.apply(&self, value) }
        return applyFields(Self.fields, to: &self, value, what: "heartbeat", required: ["url"])
    }

    package func encoded() -> SettingValue { .map(encodeFields(Self.fields, of: self, defaults: HeartbeatSettings())) }

    private static let urlField = SettingField<HeartbeatSettings>(
        name: "url",
        apply: { settings, value in
            switch value {
            case .string(let text):
                settings.url = text
                return [destinationFlaw(.webhook, text)].compactMap(\.self)
            default: return [SettingProblem("this must be a text", hint: "write $NAME, or put what is meant in quotes")]
            }
        },
        read: { .string($0.url) })
}
