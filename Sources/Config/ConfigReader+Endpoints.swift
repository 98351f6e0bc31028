internal import CommandLine
internal import Diagnostics
internal import Glibc
internal import Model
internal import YAML

extension ConfigReader {
    mutating func readEndpoints(_ entry: YAMLEntry) {
        guard case .sequence(let items) = entry.value.content else {
            let place = entry.value.isNull ? entry.keyNode : entry.value
            add(place, "expected a list of endpoints, not \(entry.value.kind)", hint: "begin each endpoint with '- name: ...'")
            return
        }
        if items.isEmpty { add(entry.value, "the list of endpoints is empty: at least one is needed") }
        var places: [String: YAMLNode] = [:]
        for item in items {
            let settings = readEndpoint(item)
            guard !settings.name.isEmpty, let name = item.child(.key("name"))?.value else { continue }
            if let first = places[settings.name] {
                add(name, "endpoint '\(settings.name)' is defined twice, in lines \(first.start.line) and \(name.start.line)")
            } else {
                places[settings.name] = name
            }
            file.endpoints.append(ConfigEndpoint(settings: settings, position: item.start))
        }
    }

    private mutating func readEndpoint(_ node: YAMLNode) -> EndpointSettings {
        var settings = EndpointSettings()
        let value = SettingValue(endpoint: node)
        var problems = settings.apply(value, unknown: unknownField)
        guard case .map = value else {
            diagnostics += problems.map { Diagnostic($0, from: node) }
            return settings
        }
        if value["name"] != nil, value["slug"] != nil {
            problems.append(
                SettingProblem("'slug' is another name for 'name', and both are given", at: [.key("slug")], atKey: true, hint: "keep 'name'"))
        }
        // What follows from a field that is wrong by itself would only be noise.
        let broken = problems.filter { $0.severity == .error }.compactMap(\.path.first).map(fieldName)
        let further = endpointProblems(settings) + secretProblems(settings) + pathProblems(settings)
        problems += further.filter { problem in !broken.contains { $0 == problem.path.first.map(fieldName) } }
        diagnostics += problems.map { Diagnostic($0, from: node) }
        return settings
    }

    /// `slug` counts as `name`.
    private func fieldName(_ step: SettingStep) -> String? {
        guard case .key(let name) = step else { return nil }
        return name == "slug" ? "name" : name
    }

    private func unknownField(_ name: String) -> SettingProblem {
        let near = closestMatch(name, in: EndpointField.all.map(\.name) + ["slug"]).map { "did you mean '\($0)'?" }
        return SettingProblem("unknown field '\(name)' of an endpoint", at: [.key(name)], atKey: true, hint: near)
    }

    // MARK: What the rules can't see: secrets and files

    private func secretProblems(_ settings: EndpointSettings) -> [SettingProblem] {
        var places: [([SettingStep], String)] = []
        if settings.trigger == .webhook, let secret = settings.secret { places.append(([.key("secret")], secret)) }
        for (name, value) in settings.environment.sorted(by: { $0.key < $1.key }) { places.append(([.key("env"), .key(name)], value)) }
        return places.compactMap { path, text in
            guard secrets.value(text) == nil else { return nil }
            switch SecretReference(text) {
            case .environment(let name):
                return SettingProblem(
                    "\(name) is not set: neither in the environment nor in the secrets file", at: path,
                    hint: "start Sluice with \(name) in its environment, or add the line \(name)=... to \(secretsFileName)")
            case .managed(let name):
                return SettingProblem(
                    "\(name) is not set in the secrets file", at: path, hint: "add the line \(name)=... to \(secretsFileName)")
            case .malformed, .literal:
                return nil
            }
        }
    }

    private var secretsFileName: String { file.secretsFile ?? "secrets.env beside this file, with mode 600" }

    private func pathProblems(_ settings: EndpointSettings) -> [SettingProblem] {
        var problems: [SettingProblem] = []
        if let folder = settings.workingDirectory, !isDirectory(absolute(folder)) {
            problems.append(SettingProblem("there is no directory '\(folder)'", at: [.key("working_dir")], severity: .warning))
        }
        if let program = relativeProgram(settings) {
            let path = absolute(program)
            if !fileExists(path) {
                problems.append(
                    SettingProblem(
                        "there is no program '\(program)' in the folder of this file", at: [.key("command")], severity: .warning))
            } else if access(path, X_OK) != 0 {
                problems.append(
                    SettingProblem(
                        "'\(program)' is not executable", at: [.key("command")], severity: .warning, hint: "chmod +x \(program)"))
            }
        }
        return problems
    }

    /// The program of a command without a shell, if it counts from the configuration's folder.
    private func relativeProgram(_ settings: EndpointSettings) -> String? {
        guard let template = try? parseCommand(settings.command, argumentNames: settings.arguments.map(\.name)),
            case .words(let words) = template.form, let first = words.first
        else { return nil }
        var program = ""
        for part in first.parts {
            guard case .literal(let text) = part else { return nil }
            program += text
        }
        return program.contains("/") && !program.hasPrefix("/") ? program : nil
    }
}

func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

private func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}
