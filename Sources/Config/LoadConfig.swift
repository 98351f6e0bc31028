internal import Diagnostics
internal import Glibc
internal import Model
internal import Posix
internal import YAML

/// Reads and checks the configuration at `path`, with the secrets that it refers to. Never throws: what is wrong is in the diagnostics,
/// all of it in one go, except that a file that is not YAML has the one place where that shows.
package func loadConfig(
    path: String, environment: @escaping @Sendable (String) -> String? = environmentVariable
) -> LoadedConfig {
    let source: [UInt8]
    do {
        source = try Files.read(path, limit: 4 << 20)
    } catch {
        let reason = error.errno == EFBIG ? "it is larger than 4 MiB" : String(cString: strerror(error.errno))
        return LoadedConfig(
            file: nil, diagnostics: [Diagnostic(at: nil, "cannot read the file: \(reason)")], source: [], secrets: Secrets())
    }
    return readConfig(source, path: path, directory: absoluteDirectory(of: path), environment: environment)
}

/// The same for bytes at hand; `directory` is the absolute folder from which relative paths count.
package func readConfig(
    _ source: [UInt8], path: String, directory: String, environment: @escaping @Sendable (String) -> String? = environmentVariable
) -> LoadedConfig {
    var reader = ConfigReader(file: ConfigFile(path: path, directory: directory), environment: environment)
    var root: YAMLNode?
    do {
        let document = try parseYAML(source)
        reader.read(document)
        root = document
    } catch {
        reader.diagnostics.append(error.diagnostic)
    }
    var folder = ScheduleFolder(file: reader.file)
    if let problem = folder.load() { reader.add(folderProblem: problem) }
    if let root { reader.readAlerts(root, folder) }
    let diagnostics = limited(reader.diagnostics)
    var loaded = LoadedConfig(
        file: nil, diagnostics: diagnostics, source: mask(reader.masked, in: source), secrets: reader.secrets,
        scheduleFiles: folder.checked.filter { !$0.diagnostics.isEmpty })
    loaded.schedulesDirectory = reader.file.schedulesDirectory
    guard !loaded.hasErrors else { return loaded }
    loaded.file = reader.file
    loaded.file?.fileSchedules = folder.schedules
    loaded.file?.crontabs = folder.crontabs
    return loaded
}

/// The source with `*` for every character within `ranges`; lines and columns stay.
private func mask(_ ranges: [Range<SourcePosition>], in source: [UInt8]) -> [UInt8] {
    if ranges.isEmpty { return source }
    var result: [UInt8] = []
    result.reserveCapacity(source.count)
    var position = SourcePosition(line: 1, column: 1)
    for (index, byte) in source.enumerated() {
        let isContinuation = byte & 0xC0 == 0x80
        let isMark = index < 3 && source.starts(with: [0xEF, 0xBB, 0xBF])
        let isBreak = byte == 0x0A || byte == 0x0D
        if isMark || isBreak || !ranges.contains(where: { $0.contains(position) }) {
            result.append(byte)
        } else if !isContinuation {
            result.append(UInt8(ascii: "*"))
        }
        let endsCharacter = index + 1 == source.count || source[index + 1] & 0xC0 != 0x80
        if byte == 0x0A || byte == 0x0D && (index + 1 == source.count || source[index + 1] != 0x0A) {
            position = SourcePosition(line: position.line + 1, column: 1)
        } else if endsCharacter, !isMark {
            position.column += 1
        }
    }
    return result
}

/// In the order of the file, errors and warnings each up to the maximum.
func limited(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    let start = SourcePosition(line: 0, column: 0)
    // Sorted by index too, since the standard library's sort need not be stable.
    let sorted = diagnostics.enumerated().sorted {
        ($0.element.position ?? start, $0.offset) < ($1.element.position ?? start, $1.offset)
    }.map(\.element)
    var left: [Diagnostic.Severity: Int] = [.error: LoadedConfig.maximumDiagnostics, .warning: LoadedConfig.maximumDiagnostics]
    var kept: [Diagnostic] = []
    for diagnostic in sorted {
        left[diagnostic.severity, default: 0] -= 1
        if left[diagnostic.severity, default: 0] >= 0 { kept.append(diagnostic) }
    }
    for severity in [Diagnostic.Severity.error, .warning] {
        if let over = left[severity], over < 0 { kept.append(Diagnostic(severity, at: nil, "\(-over) more like these")) }
    }
    return kept
}

/// The absolute folder of the file at `path`; symbolic links on the way are followed, one at the end is not.
private func absoluteDirectory(of path: String) -> String {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard let resolved = realpath(folder, nil) else { return folder }
    defer { free(resolved) }
    return String(cString: resolved)
}
