internal import CommandLine
internal import Crontab
internal import Crypto
internal import Crontab
internal import TimeZones
package import Model
package import Store

/// The lines of a crontab as schedules of the one endpoint that stands for the file.
package final class CrontabSchedules: ScheduleSource {
    private let crontab: CrontabFile
    private let endpoint: Endpoint
    private let settings: EndpointSettings
    private let directory: String
    private let bounds: ScheduleBounds
    /// As the system has them now.
    private let zones: [Zone]

    package var key: String { "crontab:\(settings.name)" }
    package var count: Int { crontab.clocks.count }

    /// - Parameters:
    ///   - endpoint: as it is stored.
    ///   - directory: the configuration's folder, where commands run whose crontab sets no HOME.
    package init(_ crontab: CrontabFile, endpoint: Endpoint, directory: String) {
        self.crontab = crontab
        self.endpoint = endpoint
        self.directory = directory
        settings = crontab.settings
        bounds = ScheduleBounds(settings.ownSchedule.policy)
        zones = crontab.zones.map { (try? ZoneDirectory.system.zone(named: $0.identifier)) ?? $0 }
    }

    package func timing(_ index: Int) -> ScheduleTiming {
        ScheduleTiming(.cron(crontab.clocks[index]), zone: zone(index), bounds: bounds, seed: crontab.ids[index])
    }

    private func zone(_ index: Int) -> Zone { zones[Int(crontab.crontab.jobs[index].environment)] }

    package func policy(_ index: Int) -> SchedulePolicy { settings.ownSchedule.policy }
    package func blackouts(_ index: Int) -> [Blackout] { crontab.blackouts }
    package func reference(_ index: Int) -> ScheduleReference { ScheduleReference(endpoint: endpoint.id, name: crontab.name(of: index)) }
    package func identity(_ index: Int) -> UInt64 { crontab.ids[index] }
    package func settings(_ index: Int) -> EndpointSettings { settings }
    /// A crontab has no conditions.
    package func finding(_ index: Int) -> ConditionFinding { .absent }

    package func index(endpoint: Int64, name: String) -> Int? { endpoint == self.endpoint.id ? crontab.job(named: name) : nil }

    /// As cron runs it: the line through the shell, in HOME, with the file's variables and what stands behind `%` as input.
    package func freeze(_ index: Int, time: Int64?, by: String?, gate: GateVerdict, at now: Int64) throws(Refusal) -> AcceptCall {
        let job = crontab.crontab.jobs[index]
        let environment = crontab.crontab.environment(of: job)
        let (command, stdin) = crontab.crontab.command(of: job)
        var frozen = spec(command, environment)
        // What is asked about is what runs: a script that changes meanwhile makes the approval stale.
        if case .ask = gate { frozen.scripts = scripts(of: command, in: frozen.workingDirectory) }
        let spec = EncodedSpec(json: frozen.json)
        let name = crontab.name(of: index)
        let requestedBy = by ?? "\(crontab.file):\(job.line): \(crontab.crontab.expression(of: job))"
        let origin = CallOrigin(source: .schedule, requestedBy: requestedBy, event: time.map(fireTimeText))
        return AcceptCall(
            endpoint: endpoint.id, revision: endpoint.revision, at: now, origin: origin, spec: spec, stdin: stdin,
            digest: callDigest(spec: spec.sha256, stdin: sha256(stdin), origin: origin), gate: gate,
            idempotencyKey: time.map { FireKey(schedule: name, time: $0).text }, callbackURL: settings.callbackURL,
            maxPending: settings.maxPending, fireTime: time)
    }

    private func spec(_ command: String, _ environment: Crontab.Environment) -> CallSpec {
        CallSpec(
            endpoint: settings.name, revision: endpoint.revision, command: command, argv: [environment.shell, "-c", command], arguments: [],
            argumentEnvironment: [],
            // A value that begins with a dollar sign would name a secret.
            environment: environment.variables.map { NamedValue($0.name, $0.value.hasPrefix("$") ? "$" + $0.value : $0.value) },
            workingDirectory: absolutePath(settings.workingDirectory ?? environment["HOME"] ?? ".", in: directory),
            timeoutSeconds: settings.timeoutSeconds, scripts: [])
    }

    private func scripts(of command: String, in folder: String) -> [ScriptFile] {
        let words = (try? parseCommand(command, argumentNames: []))?.literalWords ?? command.split(separator: " ").map(String.init)
        return ScriptFingerprints(words: words, directory: folder, workingDirectory: folder).current()
    }

    package func summary(_ index: Int) -> ScheduleSummary {
        let job = crontab.crontab.jobs[index]
        return ScheduleSummary(
            endpoint: settings.name, name: crontab.name(of: index), timing: crontab.crontab.expression(of: job),
            timezone: zone(index).identifier, command: crontab.crontab.command(of: job).text, arguments: [:], policy: settings.ownSchedule.policy,
            isGated: settings.approvalRequired, place: "\(crontab.file):\(job.line)")
    }
}
