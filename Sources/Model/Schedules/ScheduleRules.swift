internal import Cron
internal import TimeZones

/// What is wrong with an endpoint's schedules as a whole. Paths start at the endpoint's mapping.
func scheduleProblems(_ settings: EndpointSettings) -> [SettingProblem] {
    var problems = scheduleProblems(settings.ownSchedule, of: settings, argumentsField: "schedule_args")
    if !settings.ownSchedule.isScheduled { problems += fieldsWithoutSchedule(settings) }
    for (index, schedule) in settings.furtherSchedules.enumerated() {
        problems += scheduleProblems(schedule, of: settings, argumentsField: "args").map { $0.within(.index(index)).within(.key("schedules")) }
    }
    return problems
}

/// What is wrong with one schedule of an endpoint; paths start at the schedule's mapping.
package func scheduleProblems(
    _ schedule: ScheduleSettings, of endpoint: EndpointSettings, argumentsField: String
) -> [SettingProblem] {
    timeProblems(schedule) + argumentProblems(schedule, endpoint, argumentsField) + policyProblems(schedule, endpoint)
}

private func timeProblems(_ schedule: ScheduleSettings) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    if let name = schedule.timezone {
        do throws(ZoneError) {
            _ = try ZoneDirectory.system.zone(named: name)
        } catch {
            let near = error.suggestions.isEmpty ? nil : "did you mean \(error.suggestions.joined(separator: " or "))?"
            var plain = error
            plain.suggestions = []
            problems.append(SettingProblem(plain.description, at: [.key("timezone")], hint: near))
        }
    }
    if let text = schedule.expression {
        do throws(CronError) {
            if try CronExpression(text).neverFires {
                problems.append(SettingProblem("the schedule never fires: no date fits it", at: [.key("schedule")]))
            }
        } catch {
            problems.append(SettingProblem(error.message, at: [.key("schedule")], columns: error.columns))
        }
        if schedule.every != nil {
            problems.append(SettingProblem("'every' and 'schedule' exclude each other", at: [.key("every")], atKey: true))
        }
    }
    return problems
}

private func argumentProblems(_ schedule: ScheduleSettings, _ endpoint: EndpointSettings, _ field: String) -> [SettingProblem] {
    let declared = endpoint.arguments.map(\.name)
    var problems = schedule.arguments.keys.sorted().filter { !declared.contains($0) }.map { name in
        SettingProblem(
            "\(field) names '\(name)', which is no argument of this endpoint", at: [.key(field), .key(name)], atKey: true,
            hint: declared.isEmpty ? "list it under args" : "its arguments are \(declared.joined(separator: ", "))")
    }
    guard schedule.isScheduled else { return problems }
    if endpoint.condition != nil {
        problems.append(
            SettingProblem(
                "'when' chooses among requests, and a schedule makes none", at: schedule.name.isEmpty ? [.key("when")] : [],
                hint: "give the schedule an endpoint of its own"))
    }
    for (index, argument) in endpoint.arguments.enumerated()
    where argument.isRequired && argument.defaultValue == nil && schedule.arguments[argument.name] == nil {
        problems.append(
            SettingProblem(
                "argument '\(argument.name)' is required, but the schedule has no value for it",
                at: schedule.name.isEmpty ? [.key("args"), .index(index)] : [],
                hint: "give it a default, or a value under \(field)"))
    }
    return problems
}

private func policyProblems(_ schedule: ScheduleSettings, _ endpoint: EndpointSettings) -> [SettingProblem] {
    var problems: [SettingProblem] = []
    let policy = schedule.policy
    let (start, end) = (policy.startAt.flatMap(Timestamp.init(rfc3339:)), policy.endAt.flatMap(Timestamp.init(rfc3339:)))
    if let start, let end, end.seconds < start.seconds {
        problems.append(SettingProblem("the schedule ends before it starts", at: [.key("end_at")]))
    }
    let defaults = SchedulePolicy()
    if policy.catchUp == .none {
        for (name, isGiven) in [
            ("catch_up_window", policy.catchUpWindow != defaults.catchUpWindow), ("catch_up_limit", policy.catchUpLimit != defaults.catchUpLimit),
        ] where isGiven { problems.append(withoutEffect(name, "without 'catch_up'")) }
    }
    // Both make approvals without a gate too.
    let asks = policy.blackoutAction == .ask || policy.catchUp == .ask
    if policy.pending != defaults.pending, !endpoint.approvalRequired, !asks {
        problems.append(withoutEffect("pending_policy", "without 'approval_required'"))
    }
    if policy.blackoutAction != defaults.blackoutAction, policy.blackouts.isEmpty {
        problems.append(withoutEffect("blackout_action", "without 'blackout'"))
    }
    return problems
}

/// Fields of a schedule on an endpoint that has none of its own.
private func fieldsWithoutSchedule(_ settings: EndpointSettings) -> [SettingProblem] {
    let defaults = EndpointSettings()
    return EndpointField.scheduleFields.filter { $0.read(settings) != $0.read(defaults) }.map {
        withoutEffect($0.name, "without 'schedule'")
    }
}
