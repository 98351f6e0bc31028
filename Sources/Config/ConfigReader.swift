internal import Diagnostics
internal import Model
internal import YAML

/// Turns a document into a `ConfigFile`, collecting everything there is to say.
struct ConfigReader {
    var file: ConfigFile
    var diagnostics: [Diagnostic] = []
    var secrets: Secrets
    /// Parts of the file that must not be shown.
    var masked: [Range<SourcePosition>] = []
    private var schedulesNode: YAMLNode?
    let environment: @Sendable (String) -> String?

    init(file: ConfigFile, environment: @escaping @Sendable (String) -> String?) {
        self.file = file
        self.environment = environment
        secrets = Secrets(environment: environment)
    }

    mutating func read(_ root: YAMLNode) {
        guard case .mapping(let entries) = root.content else {
            let got = root.isNull ? "the file is empty" : "the file is \(root.kind)"
            add(root, "\(got); it needs 'version: 1' and 'endpoints'")
            return
        }
        for entry in entries { readTopLevel(entry) }
        if !isGiven("version", entries) {
            diagnostics.append(Diagnostic(at: root.start, "'version' is missing", hint: "add the line version: 1"))
        }
        finishTopLevel(entries)
        guard let endpoints = entries.first(where: { $0.key == "endpoints" }) else {
            if isGiven("endpoints", entries) { return }
            diagnostics.append(Diagnostic(at: root.start, "'endpoints' is missing", hint: "list at least one endpoint"))
            return
        }
        readEndpoints(endpoints)
    }

    /// Also by a misspelt name, which is an error of its own.
    private func isGiven(_ name: String, _ entries: [YAMLEntry]) -> Bool {
        entries.contains { $0.key == name || nearestField($0.key) == name }
    }

    // MARK: Top level

    private mutating func readTopLevel(_ entry: YAMLEntry) {
        if let field = TopLevelField.all.first(where: { $0.name == entry.key }) {
            // Nothing behind the colon leaves the default, as with an endpoint's fields.
            if entry.value.isNull, entry.key != "version", entry.key != "endpoints" { return }
            if let wrong = field.read(&file, entry.value) { add(entry.value, wrong) }
        } else if TopLevelField.withoutEffect.contains(entry.key) {
            add(entry.keyNode, "'\(entry.key)' is read but has no effect in this version", severity: .warning)
        } else {
            let near = nearestField(entry.key).map { "did you mean '\($0)'?" }
            let belongsBelow = near == nil && EndpointField.named(entry.key) != nil
            add(
                entry.keyNode, "unknown field '\(entry.key)'",
                hint: belongsBelow ? "'\(entry.key)' is a field of an endpoint: write it under 'endpoints'" : near)
        }
    }

    private func nearestField(_ name: String) -> String? {
        let known = TopLevelField.all.map(\.name) + TopLevelField.withoutEffect
        return known.contains(name) ? nil : closestMatch(name, in: known)
    }

    private mutating func finishTopLevel(_ entries: [YAMLEntry]) {
        func node(_ key: String) -> YAMLNode? { entries.first { $0.key == key }?.value }
        while file.publicURL?.hasSuffix("/") == true { file.publicURL?.removeLast() }
        if let name = environment("WRAPD_AGENT_NAME"), !name.isEmpty { file.agentName = name }
        if let wanted = file.agentVersion, wanted != sluiceVersion, let place = node("agent_version") {
            add(place, "this is Sluice \(sluiceVersion), and the file expects \(wanted)", severity: .warning)
        }
        file.dataDirectory = file.dataDirectory.map(absolute)
        loadSecretsFile(node("secrets_file"))
        schedulesNode = node("schedules_dir")
        file.isScheduleFolderGiven = file.schedulesDirectory != nil
        file.schedulesDirectory = absolute(file.schedulesDirectory ?? "schedules")
    }

    mutating func add(folderProblem message: String) {
        let (start, length) = schedulesNode?.span() ?? (SourcePosition(line: 1, column: 1), 1)
        diagnostics.append(Diagnostic(at: start, length: length, message))
    }

    /// The file that `secrets_file` names must be there; `secrets.env` beside the configuration may be.
    private mutating func loadSecretsFile(_ place: YAMLNode?) {
        let shown = file.secretsFile ?? "secrets.env"
        let path = absolute(shown)
        if file.secretsFile == nil, !fileExists(path) { return }
        file.secretsFile = path
        let loaded = loadSecrets(path: path, shown: shown)
        secrets = Secrets(values: loaded.values, environment: environment)
        diagnostics += loaded.diagnostics.map { diagnostic in
            guard let (start, length) = place?.span() else { return diagnostic }
            return Diagnostic(diagnostic.severity, at: start, length: length, diagnostic.message, hint: diagnostic.hint)
        }
    }

    mutating func mask(_ node: YAMLNode) { masked.append(node.start..<max(node.start, node.end)) }

    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(file.directory)/\(path)" }

    mutating func add(_ node: YAMLNode, _ message: String, severity: Diagnostic.Severity = .error, hint: String? = nil) {
        let (start, length) = node.span()
        diagnostics.append(Diagnostic(severity, at: start, length: length, message, hint: hint))
    }
}
