import Config
import Foundation
import Model
import TestKit
import Testing

/// The folder of schedules: YAML files and crontabs, all or nothing.
@Suite struct ScheduleFolderTests {
    private func load(_ files: [String: String], config: String = "") throws -> (LoadedConfig, [String]) {
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.file("schedules"), withIntermediateDirectories: true)
        let text = "version: 1\n\(config)endpoints:\n  - {name: job, command: \"true\", args: [{name: who}]}\n  - {name: other, command: \"true\"}\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("wrapd.yaml")))
        for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file("schedules/\(name)"))) }
        let loaded = loadConfig(path: folder.file("wrapd.yaml"))
        let findings = loaded.scheduleFiles.flatMap { file in
            file.diagnostics.map { diagnostic in
                let place = diagnostic.position.map { "\($0.line):\($0.column)" } ?? "-"
                return "\(file.path.split(separator: "/").last ?? ""):\(place) \(diagnostic.message)"
            }
        }
        return (loaded, findings)
    }

    @Test func `schedules of files and crontabs are read`() throws {
        let (loaded, findings) = try load([
            "a.yaml": "schedules:\n  - {endpoint: job, name: often, every: 90s, args: {who: 007}}\n  - {endpoint: other, name: often, every: 5}\n",
            "Back up.crontab": "SLUICE_APPROVAL_REQUIRED=yes\nSLUICE_CATCH_UP=last\nSLUICE_JITTER=30\nCRON_TZ=Europe/Berlin\n0 3 * * * x\n@daily y\n",
            ".hidden.yaml": "nonsense: [", "notes.txt": "nonsense", "b.yaml~": "nonsense",
        ])
        #expect(findings.isEmpty)
        let file = try #require(loaded.file)
        #expect(file.fileSchedules.map { "\($0.endpoint):\($0.schedule.name) \($0.schedule.every ?? 0) \($0.line)" } == ["job:often 90 2", "other:often 5 3"])
        #expect(file.fileSchedules.first?.schedule.arguments == ["who": "007"])
        let crontab = try #require(file.crontabs.first)
        #expect(crontab.settings.name == "back-up" && crontab.settings.approvalRequired && crontab.settings.timeoutSeconds == 3600)
        #expect(crontab.settings.ownSchedule.policy.catchUp == .last && crontab.settings.ownSchedule.policy.jitter == 30)
        #expect(crontab.zones.map(\.identifier) == ["Europe/Berlin"] && crontab.clocks.count == 2)
    }

    @Test func `lines have names that stay with their text, also for twins`() throws {
        let (first, _) = try load(["a.crontab": "* * * * * x\n* * * * * x\n5 * * * * y\n"])
        let (second, _) = try load(["a.crontab": "# moved\n5 * * * * y\n* * * * * x\n* * * * * x\n"])
        let (one, two) = (try #require(first.file?.crontabs.first), try #require(second.file?.crontabs.first))
        let names = (0..<3).map { one.name(of: $0) }
        #expect(Set(names).count == 3 && names.allSatisfy { $0.count == 13 })
        #expect(Set((0..<3).map { two.name(of: $0) }) == Set(names))
        for (index, name) in names.enumerated() { #expect(one.job(named: name) == index) }
        #expect(one.job(named: "0000000000000") == nil && one.job(named: "x") == nil)
    }

    @Test(arguments: [
        ("a.crontab", "1 2 3 4 x y\n", "a.crontab:1:9 day-of-week: \"x\" cannot be read"),
        ("a.crontab", "# \n 0 0 30 2 * y\n", "a.crontab:2:2 the schedule never fires"),
        ("a.crontab", "# \nCRON_TZ=Europe/Berln\nA=1\n@daily y\n", "a.crontab:2:9 time zone \"Europe/Berln\" is unknown"),
        ("a.crontab", "SLUICE_OVERLAP=maybe\n@daily y\n", "a.crontab:1:16 expected one of allow, skip"),
        ("a.crontab", "SLUICE_APPROVAL_REQUIRED=when ref == 1\n@daily y\n", "a.crontab:1:26 a crontab's jobs have no payload"),
        ("a.crontab", "SLUICE_OVERLP=skip\n@daily y\n", "a.crontab:1:1 a crontab has no setting"),
        ("job.crontab", "@daily y\n", "job.crontab:- there is an endpoint 'job' already"),
        ("a.yaml", "schedules:\n  - {endpoint: jbo, name: x, every: 5}\n", "a.yaml:2:16 there is no endpoint 'jbo'"),
        ("a.yaml", "schedules:\n  - {endpoint: job, every: 5}\n", "a.yaml:2:5 a schedule in a list needs a 'name'"),
        ("a.yaml", "schedules:\n  - {endpoint: job, name: x, schedule: '61 * * * *'}\n", "a.yaml:2:41 minute"),
        ("a.yaml", "schedules:\n  - {endpoint: job, name: x, evry: 5}\n", "a.yaml:2:30 unknown field 'evry' of a schedule"),
        ("a.yaml", "endpoints: []\n", "a.yaml:1:1 a schedule file has no endpoints"),
        ("a.yaml", "schedules: [\n", "a.yaml:"),
        ("a.yaml", "schedules:\n  - {endpoint: job, name: x, every: 5}\n  - {endpoint: job, name: x, every: 6}\n", "a.yaml:3:27 endpoint 'job' has a schedule 'x' already"),
    ])
    func `a broken file is told with its place, and nothing is taken`(_ name: String, _ text: String, _ expected: String) throws {
        let (loaded, findings) = try load([name: text])
        #expect(loaded.file == nil && loaded.hasErrors)
        #expect(findings.contains { $0.hasPrefix(expected) }, "\(findings)")
    }

    @Test func `a zone that is unknown is told once, where it is named`() throws {
        let (_, findings) = try load(["a.crontab": "CRON_TZ=Nowhere\n@daily a\nA=1\n@daily b\nCRON_TZ=UTC\n@daily c\nCRON_TZ=\"Nowhere\"\n@daily d\n"])
        #expect(findings.map { $0.prefix(13) } == ["a.crontab:1:9", "a.crontab:7:10"].map { $0.prefix(13) }, "\(findings)")
    }

    @Test func `an endpoint's own schedules are not given again by a file`() throws {
        let config = "version: 1\nendpoints:\n  - {name: job, command: x, schedules: [{name: x, every: 5}]}\n"
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.file("schedules"), withIntermediateDirectories: true)
        try Data(config.utf8).write(to: URL(fileURLWithPath: folder.file("wrapd.yaml")))
        try Data("schedules: [{endpoint: job, name: x, every: 6}]".utf8).write(to: URL(fileURLWithPath: folder.file("schedules/a.yaml")))
        let loaded = loadConfig(path: folder.file("wrapd.yaml"))
        #expect(loaded.scheduleFiles.flatMap { $0.diagnostics.map(\.message) } == ["endpoint 'job' has a schedule 'x' already"])
    }

    /// Comparing each with all others would take minutes.
    @Test func `forty thousand schedules of one endpoint are read at once`() throws {
        let items = (0..<20_000).map { "  - {endpoint: job, name: s\($0), every: 90}\n" }.joined()
        let more = (20_000..<40_000).map { "  - {endpoint: job, name: s\($0), every: 90}\n" }.joined()
        let begin = ContinuousClock.now
        let (loaded, findings) = try load(["a.yaml": "schedules:\n\(items)", "b.yaml": "schedules:\n\(more)"])
        #expect(findings.isEmpty && loaded.file?.fileSchedules.count == 40_000)
        #expect(ContinuousClock.now - begin < .seconds(60))
    }

    /// What seems to gate a crontab gates it, or is refused.
    @Test func `a byte order mark does not hide a setting`() throws {
        let (loaded, findings) = try load(["a.crontab": "\u{FEFF}SLUICE_APPROVAL_REQUIRED=true\n@daily x\n", "b.crontab": "\u{FEFF}@daily x\n"])
        #expect(findings.isEmpty)
        let crontabs = try #require(loaded.file).crontabs
        #expect(crontabs.map(\.settings.approvalRequired) == [true, false])
        #expect(crontabs.map(\.clocks.count) == [1, 1])
    }

    @Test(arguments: [
        ("SLUICE_APPROVAL_REQUIRED=true\nSLUICE_APPROVAL_REQUIRED=false\n@daily y\n", "a.crontab:2:1 SLUICE_APPROVAL_REQUIRED is set twice"),
        ("sluice_approval_required=true\n@daily y\n", "a.crontab:1:1 settings are written in capitals"),
    ])
    func `a setting that would be overlooked is refused`(_ text: String, _ expected: String) throws {
        let (loaded, findings) = try load(["a.crontab": text])
        #expect(loaded.file == nil)
        #expect(findings.contains { $0.hasPrefix(expected) }, "\(findings)")
    }

    @Test func `a pipe among the files is refused instead of waited for`() throws {
        let folder = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder.file("schedules"), withIntermediateDirectories: true)
        try Data("version: 1\nendpoints:\n  - {name: job, command: \"true\"}\n".utf8).write(to: URL(fileURLWithPath: folder.file("wrapd.yaml")))
        #expect(mkfifo(folder.file("schedules/p.crontab"), 0o600) == 0)
        let loaded = loadConfig(path: folder.file("wrapd.yaml"))
        #expect(loaded.scheduleFiles.map { $0.diagnostics.map(\.message) } == [["cannot read the file: it is no regular file"]])
    }

    @Test func `a folder that is named must be there`() throws {
        let (loaded, _) = try load([:], config: "schedules_dir: elsewhere\n")
        #expect(loaded.file == nil)
        #expect(loaded.diagnostics.first?.position?.line == 2)
    }
}
