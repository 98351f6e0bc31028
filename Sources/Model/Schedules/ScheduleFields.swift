internal import TimeZones

/// The fields of a schedule: beside an endpoint's own `schedule`, in an entry of its `schedules`, and in a schedule file.
extension EndpointField {
    static let scheduleFields: [EndpointField] = [
        optionalText("schedule", \.ownSchedule.expression, check: checkNotEmpty),
        optionalDuration("every", \.ownSchedule.every, 1...31_536_000),
        optionalText("timezone", \.ownSchedule.timezone, check: checkNotEmpty),
        textMap("schedule_args", \.ownSchedule.arguments),
        flag("paused", \.ownSchedule.policy.isPaused, default: false),
        enumeration("catch_up", \.ownSchedule.policy.catchUp, default: .none),
        duration("catch_up_window", \.ownSchedule.policy.catchUpWindow, 60...31_536_000, default: 86_400),
        integer("catch_up_limit", \.ownSchedule.policy.catchUpLimit, 1...1000, "fires", default: 100),
        enumeration("overlap", \.ownSchedule.policy.overlap, default: .allow),
        enumeration("pending_policy", \.ownSchedule.policy.pending, default: .one),
        duration("jitter", \.ownSchedule.policy.jitter, 0...86_400, default: 0),
        optionalText("start_at", \.ownSchedule.policy.startAt, check: checkInstant),
        optionalText("end_at", \.ownSchedule.policy.endAt, check: checkInstant),
        optionalInteger("pause_after_failures", \.ownSchedule.policy.pauseAfterFailures, 1...1000, "runs"),
        textList("blackout", \.ownSchedule.policy.blackouts, check: checkBlackout),
        enumeration("blackout_action", \.ownSchedule.policy.blackoutAction, default: .skip),
    ]

    /// The fields that say how a schedule behaves: those that a whole crontab may set.
    package static let policyFieldNames: [String] = scheduleFields.map(\.name).filter {
        !["schedule", "every", "timezone", "schedule_args"].contains($0)
    }

    /// The names that an entry of `schedules` has.
    package static let entryFieldNames: [String] = ["name"] + scheduleFields.map { $0.name == "schedule_args" ? "args" : $0.name }

    private static let checkInstant: Check = { text in
        Timestamp(rfc3339: text) == nil ? "expected an instant such as 2026-12-01T00:00:00Z, not '\(text)'" : nil
    }

    private static let checkBlackout: Check = { text in
        do throws(Blackout.Flaw) {
            _ = try Blackout(text)
            return nil
        } catch {
            return error.message
        }
    }

    /// `schedules`: several for one endpoint, each with a name and arguments of its own.
    static func scheduleList() -> EndpointField {
        EndpointField(
            name: "schedules",
            apply: { settings, value in
                settings.furtherSchedules = []
                if value == .null { return [] }
                guard case .list(let items) = value else { return [expected("a list of schedules", value)] }
                var problems: [SettingProblem] = []
                for (index, item) in items.enumerated() {
                    var schedule = ScheduleSettings()
                    problems += schedule.apply(item).map { $0.within(.index(index)) }
                    if settings.furtherSchedules.contains(where: { $0.name == schedule.name }), !schedule.name.isEmpty {
                        problems.append(SettingProblem("schedule '\(schedule.name)' is listed twice", at: [.index(index)]))
                    }
                    settings.furtherSchedules.append(schedule)
                }
                if items.count > 100 { problems.append(SettingProblem("at most 100 schedules, not \(items.count)")) }
                return problems
            },
            read: { .list($0.furtherSchedules.map { $0.encoded() }) }, hasNoEffect: false)
    }
}

extension ScheduleSettings {
    /// Reads an entry of `schedules`. Problems carry paths from that entry; `ignoring` are fields that its reader takes by itself.
    package mutating func apply(_ value: SettingValue, ignoring: Set<String> = []) -> [SettingProblem] {
        guard case .map(let entries) = value else { return [SettingProblem("a schedule is a mapping of fields, not \(value.kind)")] }
        var carrier = EndpointSettings()
        var problems: [SettingProblem] = []
        for entry in entries where !ignoring.contains(entry.key) {
            if entry.key == "name" {
                problems += EndpointField.byName["name"]?.apply(&carrier, entry.value).map { $0.within(.key("name")) } ?? []
                continue
            }
            let known = entry.key == "args" ? "schedule_args" : entry.key
            guard let field = EndpointField.scheduleFields.first(where: { $0.name == known }) else {
                problems.append(
                    SettingProblem(
                        "unknown field '\(entry.key)' of a schedule", at: [.key(entry.key)], atKey: true,
                        hint: "a schedule has \(EndpointField.entryFieldNames.joined(separator: ", "))"))
                continue
            }
            problems += field.apply(&carrier, entry.value).map { $0.within(.key(entry.key)) }
        }
        let name = carrier.name
        self = carrier.ownSchedule
        self.name = name
        if value["name"] == nil { problems.append(SettingProblem("a schedule in a list needs a 'name'")) }
        if expression == nil, every == nil, value["schedule"] == nil, value["every"] == nil {
            problems.append(SettingProblem("a schedule needs 'schedule' (a cron expression) or 'every' (a duration)"))
        }
        return problems
    }

    /// The fields that differ from their defaults, by their names in an entry of `schedules`.
    package func encoded() -> SettingValue {
        let defaults = EndpointSettings()
        var carrier = EndpointSettings()
        carrier.ownSchedule = self
        var entries: [SettingValue.Entry] = name.isEmpty ? [] : [.init("name", .string(name))]
        for field in EndpointField.scheduleFields {
            let value = field.read(carrier)
            if value != field.read(defaults) { entries.append(.init(field.name == "schedule_args" ? "args" : field.name, value)) }
        }
        return .map(entries)
    }
}
