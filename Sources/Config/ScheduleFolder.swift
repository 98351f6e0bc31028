internal import Diagnostics
internal import Glibc
internal import Model
internal import Posix
internal import YAML

/// Reads the folder of schedules: YAML files that give schedules to endpoints, and crontabs.
struct ScheduleFolder {
    let file: ConfigFile
    private(set) var schedules: [FileSchedule] = []
    private(set) var crontabs: [CrontabFile] = []
    private(set) var checked: [CheckedFile] = []

    static let largestCrontab = 256 << 20
    static let largestYAML = 4 << 20

    init(file: ConfigFile) { self.file = file }

    /// Reads all files, in the order of their names.
    /// - Returns: what is wrong with the folder itself.
    mutating func load() -> String? {
        guard let folder = file.schedulesDirectory else { return nil }
        let names: [String]
        switch Self.names(in: folder) {
        case .success(let found): names = found
        case .failure(let error):
            if error.errno == ENOENT, !file.isScheduleFolderGiven { return nil }
            return "cannot read the folder of schedules \(folder): \(String(cString: strerror(error.errno)))"
        }
        var reader = ScheduleFileReader(endpoints: file.endpoints.map(\.settings))
        var taken = Set(file.endpoints.map(\.settings.name))
        for name in names {
            let isCrontab = name.hasSuffix(".crontab")
            let path = "\(folder)/\(name)"
            if isSameFile(path, file.path) { continue }
            do {
                try Self.refuseSpecialFile(path)
                let bytes = try Files.read(path, limit: isCrontab ? Self.largestCrontab : Self.largestYAML)
                var diagnostics: [Diagnostic] = []
                if isCrontab {
                    var loader = CrontabLoader(file: name, directory: file.directory, takenNames: taken)
                    if let loaded = loader.load(bytes) {
                        taken.insert(loaded.settings.name)
                        crontabs.append(loaded)
                    }
                    diagnostics = loader.diagnostics
                } else {
                    diagnostics = reader.read(bytes, file: name)
                }
                checked.append(CheckedFile(path: shown(folder, name), source: bytes, diagnostics: limited(diagnostics)))
            } catch {
                let limit = isCrontab ? "256 MiB" : "4 MiB"
                let isTooLarge = error.errno == EFBIG
                let reason =
                    error.call == Self.notAFile
                    ? Self.notAFile : isTooLarge ? "it is larger than \(limit)" : String(cString: strerror(error.errno))
                let finding = Diagnostic(at: nil, "cannot read the file: \(reason)")
                checked.append(CheckedFile(path: shown(folder, name), source: [], diagnostics: [finding]))
            }
        }
        schedules = reader.schedules
        return nil
    }

    /// As it is reached from where the configuration was named, if it lies below.
    private func shown(_ folder: String, _ name: String) -> String {
        guard folder.hasPrefix(file.directory + "/") else { return "\(folder)/\(name)" }
        let below = folder.dropFirst(file.directory.utf8.count + 1)
        let slash = file.path.lastIndex(of: "/")
        return (slash.map { String(file.path[...$0]) } ?? "") + "\(below)/\(name)"
    }

    /// The files that count: by their suffix, without hidden ones.
    private static func names(in folder: String) -> Result<[String], SystemError> {
        guard let stream = opendir(folder) else { return .failure(SystemError(errno: errno, call: "opendir")) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix("."), [".yaml", ".yml", ".crontab"].contains(where: { name.hasSuffix($0) }) else { continue }
            names.append(name)
        }
        return .success(names.sorted())
    }

    private static let notAFile = "it is no regular file"

    /// Opening a pipe would wait for its writer, and the server with it.
    private static func refuseSpecialFile(_ path: String) throws(SystemError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { throw SystemError(errno: EINVAL, call: notAFile) }
    }

    private func isSameFile(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
}

/// Reads YAML files that list schedules of endpoints.
struct ScheduleFileReader {
    private let endpoints: [String: EndpointSettings]
    private(set) var schedules: [FileSchedule] = []
    /// `ENDPOINT:NAME` of those that have a name: of the endpoints themselves, and of those that are read.
    private var taken: Set<String>

    init(endpoints: [EndpointSettings]) {
        self.endpoints = Dictionary(endpoints.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        taken = Set(endpoints.flatMap { endpoint in endpoint.furtherSchedules.map { "\(endpoint.name):\($0.name)" } })
    }

    /// - Returns: what is wrong with the file.
    mutating func read(_ bytes: [UInt8], file: String) -> [Diagnostic] {
        let root: YAMLNode
        do {
            root = try parseYAML(bytes)
        } catch {
            return [error.diagnostic]
        }
        if root.isNull { return [] }
        guard case .mapping(let entries) = root.content else {
            return [Diagnostic(at: root.start, "the file is \(root.kind); it needs a list 'schedules'")]
        }
        var diagnostics: [Diagnostic] = []
        for entry in entries {
            let (start, length) = entry.keyNode.span()
            switch entry.key {
            case "version":
                guard entry.value.wholeNumber != 1 else { continue }
                diagnostics.append(Diagnostic(at: start, length: length, "the version must be 1, the only one there is"))
            case "schedules":
                guard case .sequence(let items) = entry.value.content else {
                    diagnostics.append(Diagnostic(at: start, length: length, "expected a list of schedules, not \(entry.value.kind)"))
                    continue
                }
                for item in items { diagnostics += read(item, file: file) }
            case "endpoints":
                diagnostics.append(
                    Diagnostic(
                        at: start, length: length, "a schedule file has no endpoints",
                        hint: "list them in the configuration itself; here stand schedules, each with the name of its 'endpoint'"))
            default:
                let hint = "a schedule file has a list 'schedules'"
                diagnostics.append(Diagnostic(at: start, length: length, "unknown field '\(entry.key)'", hint: hint))
            }
        }
        return diagnostics
    }

    private mutating func read(_ node: YAMLNode, file: String) -> [Diagnostic] {
        var schedule = ScheduleSettings()
        var problems = schedule.apply(SettingValue(scheduleEntry: node), ignoring: ["endpoint"])
        guard case .mapping = node.content else { return problems.map { Diagnostic($0, from: node) } }
        guard let name = node.child(.key("endpoint"))?.value.text else {
            problems.append(SettingProblem("a schedule in a file needs the name of its 'endpoint'"))
            return problems.map { Diagnostic($0, from: node) }
        }
        if let endpoint = endpoints[name] {
            let further = scheduleProblems(schedule, of: endpoint, argumentsField: "args")
            problems += further.filter { later in !problems.contains { $0.path == later.path } }
            if !schedule.name.isEmpty, !taken.insert("\(name):\(schedule.name)").inserted {
                problems.append(SettingProblem("endpoint '\(name)' has a schedule '\(schedule.name)' already", at: [.key("name")]))
            }
        } else {
            let near = closestMatch(name, in: Array(endpoints.keys)).map { "did you mean '\($0)'?" }
            problems.append(SettingProblem("there is no endpoint '\(name)'", at: [.key("endpoint")], hint: near))
        }
        if !problems.contains(where: { $0.severity == .error }) {
            schedules.append(FileSchedule(endpoint: name, schedule: schedule, file: file, line: node.start.line))
        }
        return problems.map { Diagnostic($0, from: node) }
    }
}
