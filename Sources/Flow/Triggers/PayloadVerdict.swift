internal import Conditions
internal import JSON
internal import Model

/// What an endpoint's conditions make of a request.
enum PayloadVerdict: Sendable {
    /// The arguments, and what the gate's condition says.
    case goOn([String: String], ConditionFinding)
    /// `when` does not hold.
    case leaveOut
    case refuse(Refusal)
}

extension CompiledEndpoint {
    /// The longest value that an argument takes from a payload, in bytes; the kernel takes 128 KiB a word.
    private static let longestValue = 64 << 10

    /// Searches the body once for all that the endpoint wants to know of it.
    /// - Parameter given: with the arguments that are known without the body.
    func judge(_ conditions: EndpointConditions, _ body: UnsafeRawBufferPointer, _ given: CallFacts) -> PayloadVerdict {
        var facts = given
        var payload: FoundValues?
        var unreadable: String?
        do throws(JSONError) {
            let text = body.isEmpty && given.trigger == .api ? Self.noArguments : body
            if !conditions.paths.isEmpty { payload = try conditions.paths.find(in: text) }
        } catch {
            unreadable = "the payload cannot be read (\(error))"
        }
        var wrong: Refusal?
        if given.trigger == .webhook, !conditions.arguments.isEmpty {
            guard let payload else { return .refuse(Self.unreadable(unreadable)) }
            wrong = fill(&facts.arguments, conditions, payload)
        }
        switch conditions.when?.ask(payload, facts) {
        case .yes?, nil: break
        case .no?: return .leaveOut
        case .undecided?: return .refuse(Self.unreadable(unreadable))
        }
        // What is left out may be of another form; only what is taken must have its arguments.
        if let wrong { return .refuse(wrong) }
        return .goOn(facts.arguments, conditions.finding(payload, facts, unreadable: unreadable))
    }

    /// A call's body, when it is empty.
    private static var noArguments: UnsafeRawBufferPointer {
        let text: StaticString = "{}"
        return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func unreadable(_ why: String?) -> Refusal {
        if let why { return Refusal(400, "malformed_json", "this endpoint looks into what it is sent, and \(why)") }
        return Refusal(422, "condition_undecided", "whether this is taken could not be decided: the payload is ambiguous or takes too long")
    }

    /// Arguments from the payload; null and nothing leave the default.
    private func fill(_ values: inout [String: String], _ conditions: EndpointConditions, _ payload: FoundValues) -> Refusal? {
        for filled in conditions.arguments {
            let name = filled.argument.name
            let found = payload.value(filled.slot)
            let value: JSONValue
            switch found?.first {
            case UInt8(ascii: "{")?: value = .object(JSONObject())
            case UInt8(ascii: "[")?: value = .array([])
            default: value = found.flatMap { try? parseJSON($0) } ?? .null
            }
            switch value {
            case .null:
                guard filled.argument.isRequired, filled.argument.defaultValue == nil else { continue }
                return Refusal(
                    422, "missing_argument", "missing required argument: \(name) (the payload has nothing at \(filled.path))",
                    fields: [.init(name, "is required")])
            case .array, .object:
                return Refusal(
                    422, "invalid_argument", "argument '\(name)' is to be a text, number or boolean; at \(filled.path) is \(value.kind)",
                    fields: [.init(name, "must be a text, number or boolean")])
            case .string, .number, .bool:
                let text = value.number?.text ?? SettingValue(value).argumentText ?? ""
                guard text.utf8.count <= Self.longestValue else {
                    return Refusal(
                        422, "invalid_argument", "argument '\(name)': what stands at \(filled.path) is longer than 64 KiB",
                        fields: [.init(name, "is too long")])
                }
                values[name] = text
            }
        }
        return nil
    }

    /// What the conditions say of a call by API, which is refused when `when` does not hold.
    func finding(ofCall body: UnsafeRawBufferPointer, _ values: [String: String]) throws(Refusal) -> ConditionFinding {
        guard let conditions else { return .absent }
        switch judge(conditions, body, CallFacts(trigger: .api, method: settings.method, arguments: values)) {
        case .goOn(_, let finding): return finding
        case .leaveOut: throw Refusal(409, "condition_not_met", "this endpoint takes only calls for which its condition holds")
        case .refuse(let refusal): throw refusal
        }
    }
}
