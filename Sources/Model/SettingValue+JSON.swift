package import JSON

extension SettingValue {
    package init(_ json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .number(let number): self = number.int64.map { .integer($0) } ?? .number(number.double)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map { SettingValue($0) })
        case .object(let object): self = .map(object.members.map { Entry($0.key, SettingValue($0.value)) })
        }
    }

    package var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): .number(JSONNumber(number))
        case .number(let number): .double(number)
        case .string(let text): .string(text)
        case .list(let items): .array(items.map(\.json))
        case .map(let entries): .object(JSONObject(entries.map { ($0.key, $0.value.json) }))
        }
    }
}
