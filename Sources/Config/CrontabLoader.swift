internal import Cron
internal import Crontab
internal import Diagnostics
internal import Model
internal import TimeZones

/// Makes a crontab of the folder of schedules ready: its settings, its times, its zones.
struct CrontabLoader {
    let file: String
    /// The configuration's folder.
    let directory: String
    let takenNames: Set<String>
    private(set) var diagnostics: [Diagnostic] = []

    /// What a crontab may say about itself, in lines `SLUICE_<FIELD>=value`.
    private static let fieldNames =
        [
            "approval_required", "approval_timeout_mins", "timeout", "max_concurrent", "max_pending", "working_dir", "sensitive",
            "retry_interrupted", "description", "callback_url", "timezone",
        ] + EndpointField.policyFieldNames

    init(file: String, directory: String, takenNames: Set<String>) {
        self.file = file
        self.directory = directory
        self.takenNames = takenNames
    }

    /// Nil when there is an error.
    mutating func load(_ bytes: [UInt8]) -> CrontabFile? {
        var (crontab, found) = parseCrontab(bytes)
        diagnostics += found
        let settings = readSettings(crontab)
        crontab.jobs = ContiguousArray(crontab.jobs)  // without the room that it grew into
        let clocks = readTimes(crontab)
        let zones = readZones(crontab, settings)
        let blackouts = settings.ownSchedule.policy.blackouts.compactMap { try? Blackout($0) }
        guard !diagnostics.contains(where: { $0.severity == .error }) else { return nil }
        return CrontabFile(file: file, settings: settings, crontab: crontab, clocks: clocks, zones: zones, blackouts: blackouts)
    }

    // MARK: Settings

    private mutating func readSettings(_ crontab: Crontab) -> EndpointSettings {
        var settings = EndpointSettings()
        settings.timeoutSeconds = 3600
        settings.maxConcurrent = 1024
        settings.name = slug()
        settings.description = "the jobs of \(file)"
        if !EndpointField.isSlug(settings.name) {
            add(Diagnostic(at: nil, "the file's name makes no name for an endpoint", hint: "call it by a-z, 0-9, '-' and '_', as in backup.crontab"))
        } else if takenNames.contains(settings.name) {
            add(Diagnostic(at: nil, "there is an endpoint '\(settings.name)' already", hint: "give this file another name"))
        }
        for setting in crontab.settings { read(setting, into: &settings) }
        for problem in scheduleProblems(settings.ownSchedule, of: settings, argumentsField: "args") where problem.severity == .error {
            let name = if case .key(let key)? = problem.path.first { key } else { "" }
            let line = crontab.settings.first { $0.name == name }
            add(Diagnostic(at: line.map { SourcePosition(line: $0.line, column: $0.nameColumn) }, problem.message, hint: problem.hint))
        }
        return settings
    }

    private func slug() -> String {
        let stem = file.hasSuffix(".crontab") ? String(file.dropLast(8)) : file
        return String(stem.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" })
    }

    private mutating func read(_ setting: Crontab.Setting, into settings: inout EndpointSettings) {
        guard Self.fieldNames.contains(setting.name), let field = EndpointField.named(setting.name) else {
            let near = closestMatch(setting.name, in: Self.fieldNames).map { "did you mean SLUICE_\($0.uppercased())?" }
            add(
                Diagnostic(
                    at: SourcePosition(line: setting.line, column: setting.nameColumn), length: setting.name.utf8.count + 7,
                    "a crontab has no setting SLUICE_\(setting.name.uppercased())", hint: near))
            return
        }
        var problems: [SettingProblem] = []
        for value in Self.readings(setting) {
            var changed = settings
            var wrong = field.apply(&changed, value)
            if wrong.isEmpty, changed.approvalCondition != nil {
                wrong = [SettingProblem("a crontab's jobs have no payload that a condition could look at; write true or false")]
            }
            if wrong.isEmpty {
                settings = changed
                return
            }
            if problems.isEmpty { problems = wrong }
        }
        let place = SourcePosition(line: setting.line, column: setting.valueColumn)
        for problem in problems { add(Diagnostic(at: place, length: setting.value.unicodeScalars.count, problem.message)) }
    }

    /// What a text can mean, since a crontab has no kinds of values: the likeliest first.
    private static func readings(_ setting: Crontab.Setting) -> [SettingValue] {
        let text = setting.value
        if setting.name == "blackout" {
            let items = text.split(separator: ";").map { $0.drop { $0 == " " } }.map { String($0) }
            return [.list(items.filter { !$0.isEmpty }.map { .string($0) })]
        }
        switch text.lowercased() {
        case "true", "yes", "1": return [.bool(true), .integer(1), .string(text)]
        case "false", "no", "0": return [.bool(false), .integer(0), .string(text)]
        default: return Int64(text).map { [.integer($0), .string(text)] } ?? [.string(text)]
        }
    }

    // MARK: Times

    private mutating func readTimes(_ crontab: Crontab) -> ContiguousArray<CronClock> {
        var clocks = ContiguousArray<CronClock>()
        clocks.reserveCapacity(crontab.jobs.count)
        for job in crontab.jobs {
            let text = crontab.expression(of: job)
            do {
                let clock = try CronExpression(text).clock
                if clock.neverFires { add(at: job, crontab, 0..<text.unicodeScalars.count, "the schedule never fires: no date fits it") }
                clocks.append(clock)
            } catch {
                add(at: job, crontab, error.columns, error.message)
            }
        }
        return clocks
    }

    private mutating func add(at job: Crontab.Job, _ crontab: Crontab, _ columns: Range<Int>, _ message: String) {
        guard diagnostics.count < LoadedConfig.maximumDiagnostics else { return }
        var start = job.expression.lowerBound
        while start > 0, crontab.bytes[start - 1] != 0x0A { start -= 1 }
        let before = crontab.text(start..<job.expression.lowerBound).unicodeScalars.count
        let place = SourcePosition(line: Int(job.line), column: before + columns.lowerBound + 1)
        add(Diagnostic(at: place, length: columns.count, message))
    }

    // MARK: Zones

    private mutating func readZones(_ crontab: Crontab, _ settings: EndpointSettings) -> [Zone] {
        // One line may hold for many environments: whatever variable is set below it makes another.
        var told: Set<SourcePosition?> = []
        return crontab.environments.map { environment in
            let name = environment.timezone ?? settings.ownSchedule.timezone ?? "UTC"
            do throws(ZoneError) {
                return try ZoneDirectory.system.zone(named: name)
            } catch {
                let setting = crontab.settings.first { $0.name == "timezone" }.map { SourcePosition(line: $0.line, column: $0.valueColumn) }
                let place = environment.timezonePosition ?? setting
                if told.insert(place).inserted { add(Diagnostic(at: place, length: name.unicodeScalars.count, "\(error)")) }
                return .utc
            }
        }
    }

    private mutating func add(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }
}
