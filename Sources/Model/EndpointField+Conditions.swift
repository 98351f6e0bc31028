internal import Conditions
internal import JSON

/// The fields that hold conditions.
extension EndpointField {
    static func condition() -> EndpointField {
        EndpointField(
            name: "when",
            apply: { settings, value in
                switch value {
                case .null:
                    settings.condition = nil
                    return []
                case .string(let text):
                    settings.condition = text
                    return conditionProblems(text, from: 0)
                default: return [expected("a text with a condition, such as 'ref == \"refs/heads/main\"'", value)]
                }
            },
            read: { $0.condition.map { .string($0) } ?? .null }, hasNoEffect: false)
    }

    /// True, false, or `when` and a condition.
    static func approvalRequired() -> EndpointField {
        EndpointField(
            name: "approval_required",
            apply: { settings, value in
                switch value {
                case .null: (settings.approvalRequired, settings.approvalCondition) = (false, nil)
                case .bool(let flag): (settings.approvalRequired, settings.approvalCondition) = (flag, nil)
                case .string(let text):
                    guard let (condition, offset) = conditionBehindWhen(text) else {
                        return [expected("true or false, or a text that begins with 'when '", value)]
                    }
                    (settings.approvalRequired, settings.approvalCondition) = (true, condition)
                    return conditionProblems(condition, from: offset)
                default: return [expected("true or false, or a text that begins with 'when '", value)]
                }
                return []
            },
            read: { settings in
                guard settings.approvalRequired, let condition = settings.approvalCondition else { return .bool(settings.approvalRequired) }
                return .string("when \(condition)")
            }, hasNoEffect: false)
    }

    /// The condition and where it begins, in Unicode scalars.
    private static func conditionBehindWhen(_ text: String) -> (condition: String, offset: Int)? {
        let scalars = Array(text.unicodeScalars)
        guard scalars.starts(with: "when".unicodeScalars), scalars.count > 4, isBlank(scalars[4]) else { return nil }
        let rest = scalars.dropFirst(4).drop(while: isBlank)
        var condition = ""
        condition.unicodeScalars.append(contentsOf: rest)
        return (condition, rest.startIndex)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\n" }

    private static func conditionProblems(_ text: String, from offset: Int) -> [SettingProblem] {
        var paths = JSONPathSet()
        do throws(ConditionError) {
            _ = try Condition(text, CallFacts.vocabulary, paths: &paths)
            return []
        } catch {
            let columns = error.columns.lowerBound + offset..<error.columns.upperBound + offset
            return [SettingProblem(error.message, columns: columns, hint: error.hint)]
        }
    }
}

/// What is wrong with the conditions of an endpoint as a whole; each by itself was read before.
func conditionProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    var problems = argumentProblems(settings.condition, field: "when", from: 0, settings)
    problems += argumentProblems(settings.approvalCondition, field: "approval_required", from: 5, settings)
    if settings.trigger != .webhook {
        for (index, argument) in settings.arguments.enumerated() where argument.payloadPath != nil {
            problems.append(
                SettingProblem(
                    "'from' has no effect without 'trigger: webhook': callers send arguments by their names",
                    at: [.key("args"), .index(index), .key("from")], atKey: true, severity: .warning))
        }
    }
    // Each by itself has been told of already.
    do throws(ConditionError) {
        if let conditions = try EndpointConditions(settings), !conditions.paths.isEmpty { problems += formProblems(settings) }
    } catch  where error.message == ConditionError.tooManyPaths(JSONPathSet.limit).message {
        problems.append(SettingProblem("the conditions and arguments of this endpoint together look at \(error.message)"))
    } catch {
        return problems
    }
    return problems
}

/// A form is no JSON, and an endpoint that looks into one takes or asks for nothing as it was meant.
private func formProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    guard settings.trigger == .webhook, settings.webhookSource == .twilio else { return [] }
    return [
        SettingProblem(
            "twilio sends forms, and conditions and 'from' look into JSON only", at: [.key("webhook_source")], severity: .warning,
            hint: "a fact such as $id works; the form is on the command's standard input")
    ]
}

private func argumentProblems(_ text: String?, field: String, from offset: Int, _ settings: EndpointSettings) -> [SettingProblem] {
    var paths = JSONPathSet()
    guard let text, let condition = try? Condition(text, CallFacts.vocabulary, paths: &paths) else { return [] }
    let declared = settings.arguments.map(\.name)
    let undeclared = condition.members.filter { !declared.contains($0.name) }.map { member in
        SettingProblem(
            "$args.\(member.name) is no argument of this endpoint", at: [.key(field)],
            columns: member.columns.lowerBound + offset..<member.columns.upperBound + offset,
            hint: declared.isEmpty ? "list it under args" : "its arguments are \(declared.joined(separator: ", "))")
    }
    return undeclared
        + bypassedPlaces(condition, settings).map { error in
            SettingProblem(
                error.message, at: [.key(field)], columns: error.columns.lowerBound + offset..<error.columns.upperBound + offset, hint: error.hint)
        }
}
