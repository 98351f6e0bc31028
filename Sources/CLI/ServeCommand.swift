internal import App
internal import Bytes
internal import Config
internal import Diagnostics
internal import Glibc
internal import Model
internal import Posix
private import Synchronization

private let parser = ArgumentParser(
    "serve", "Run the server: schedules, webhooks, calls and the dashboard.",
    options: [
        .value("config", "FILE", short: "c", "the configuration (default wrapd.yaml; env WRAPD_CONFIG_PATH)"),
        .value("data", "DIR", short: "d", "where everything is kept; created if missing (default ./data)"),
        .value(
            "listen", "ADDRESS", short: "l", repeatable: true,
            "HOST:PORT or unix:PATH to listen on (default 127.0.0.1:8080; port 0 picks one); may be repeated"),
        .value("sample", "FILE", "print a signed curl that sends FILE to the first GitHub webhook"),
    ],
    notes: """
        Environment: SLUICE_ADMIN_TOKEN is the token of the management API and the dashboard (16 characters or more);
        without it one is made up at the first start and printed once. TERM and INT end the server: what runs gets
        10 seconds to end. HUP, or a change of its files, has the configuration and the folder of schedules read
        again; a broken one changes nothing. Sockets of systemd (LISTEN_FDS) are taken over; with them there is no default address.
        """)

/// The configuration that is meant: the one that is named, else the environment's, else the standard one.
func configurationPath(_ given: String?) -> String { given ?? environmentVariable("WRAPD_CONFIG_PATH") ?? "wrapd.yaml" }

/// `sluice serve`
package func runServeCommand(_ arguments: [String]) -> Int32 {
    parser.run(arguments) { options throws(UsageError) in
        let config = configurationPath(options["config"])
        let listen = try options.all("listen").map { text throws(UsageError) in try listenTarget(text) }
        return serve(config: config, data: options["data"], listen: listen, sample: options["sample"])
    }
}

private func serve(config path: String, data: String?, listen: [ListenTarget], sample: String?) -> Int32 {
    guard let loaded = usable(loadConfig(path: path), path) else { return ExitCode.failure }
    let file = loaded.file
    let targets: [ListenTarget]
    do {
        targets = try listenTargets(listen, file.listen)
    } catch {
        printError("sluice: listen: \(error)\n")
        return ExitCode.failure
    }
    let secrets = CurrentSecrets(loaded.secrets)
    var server = ServerConfiguration(
        directory: file.directory, dataDirectory: data ?? file.dataDirectory ?? "data", secret: { secrets.value($0) })
    server.account = file.account
    server.publicURL = file.publicURL
    server.listen = targets
    server.trustedProxies = file.trustedProxies.compactMap { try? AddressRange($0) }
    server.trustsUnixPeers = file.trustedProxies.contains("unix")
    server.ratePerAddress = file.ratePerAddress
    server.endpoints = file.endpoints.map(\.settings)
    server.schedules = file.fileSchedules
    server.crontabs = file.crontabs
    server.alerts = file.alerts
    server.maxConcurrentRuns = file.maxConcurrentRuns
    server.retentionDays = file.retentionDays
    server.retentionSize = file.retentionSize
    if let loops = file.eventLoops { server.eventLoops = loops }
    server.environment = inheritedEnvironment()
    server.adminToken = environmentVariable("SLUICE_ADMIN_TOKEN")
    return run(server, configPath: path, started: file, sample: sample, secrets: secrets)
}

private func run(
    _ configuration: ServerConfiguration, configPath: String, started: ConfigFile, sample: String?, secrets: CurrentSecrets
) -> Int32 {
    do {
        // Before any other thread starts: threads inherit the mask that leaves these signals to the descriptor.
        let signals = try Signals([SIGTERM, SIGINT, SIGHUP])
        let epoll = try Epoll()
        try epoll.add(signals.raw, .read, token: 0)
        Signals.ignoreFailedWrites()
        var configuration = configuration
        configuration.descriptorLimit = raiseDescriptorLimit()
        let watch = watchFiles(configPath, started.schedulesDirectory)
        if let watch { try epoll.add(watch.files.descriptor, .read, token: 1) }
        let application = try Application(configuration) { line in logLine(line) }
        greet(application, sample: sample, secret: secrets.value)
        return wait(signals, epoll, application, watch) { reload(application, configPath, secrets, started: started) }
    } catch {
        printError("sluice: \(error)\n")
        return ExitCode.failure
    }
}

/// Until TERM or INT.
private func wait(
    _ signals: borrowing Signals, _ epoll: borrowing Epoll, _ application: Application, _ following: FolderWatch?, reload: () -> Reloaded
) -> Int32 {
    var events: [Epoll.Event] = []
    var watch = following
    while true {
        try? epoll.wait(milliseconds: watch?.files.patience, into: &events)
        if watch?.files.hasSettled() == true {
            logLine("a file of the configuration has changed")
            watch?.follow(reload())
        }
        while let signal = signals.next() {
            if signal == SIGHUP {
                watch?.follow(reload())
                continue
            }
            logLine("stopping: what runs has 10 seconds to end")
            application.stop()
            return ExitCode.success
        }
    }
}

/// What a reload came to: the folder of schedules that the configuration names, and whether it was taken.
private struct Reloaded {
    let folder: String?
    let isTaken: Bool
}

/// Watches the files of the configuration that is in force.
private struct FolderWatch {
    let files: FileWatch
    private var folder: String?

    init(_ configPath: String, _ folder: String?) throws(SystemError) {
        self.folder = folder
        files = try FileWatch(file: configPath, folders: [folder].compactMap(\.self)) { name in
            [".yaml", ".yml", ".crontab"].contains { name.hasSuffix($0) } && !name.hasPrefix(".")
        }
    }

    /// A configuration that was not taken may lack just its folder, or a file in it.
    mutating func follow(_ reloaded: Reloaded) {
        if reloaded.isTaken { folder = reloaded.folder }
        files.follow(folders: [folder, reloaded.folder].compactMap(\.self))
    }
}

/// Changes of the configuration's files are taken up by themselves; without inotify only HUP tells.
private func watchFiles(_ configPath: String, _ schedules: String?) -> FolderWatch? {
    do {
        return try FolderWatch(configPath, schedules)
    } catch {
        logLine("changes of files are not noticed (\(error)); send HUP after a change")
        return nil
    }
}

private func greet(_ application: Application, sample: String?, secret: (String) -> [UInt8]?) {
    let address = application.address
    var text = "Sluice \(sluiceVersion) listens on \(address.listenURL)\n"
    for further in address.furtherListeners { text += "and on \(further)\n" }
    if address.baseURL != address.listenURL { text += "Links point at \(address.baseURL)\n" }
    if let login = address.loginURL {
        text += "Dashboard: \(login)\n           (works once, for 15 minutes; later /login takes the admin token)\n"
    } else {
        text += "Dashboard: \(address.baseURL)/login (with the admin token)\n"
    }
    if let token = address.generatedToken {
        text += "Admin token, shown only now: \(token)\n           (or set SLUICE_ADMIN_TOKEN)\n"
    }
    if let sample {
        do {
            let body = try Files.read(sample, limit: 25 << 20)
            if let command = application.signedSample(bodyFile: sample, body: body, event: "push", secret: secret) {
                text += "\nTry a delivery of GitHub:\n\n\(command)\n"
            } else {
                text += "\n(no GitHub webhook with a secret to send \(sample) to)\n"
            }
        } catch {
            printError("sluice: cannot read \(sample): \(error)\n")
        }
    }
    printText(text + "\n")
}

private func reload(_ application: Application, _ path: String, _ secrets: CurrentSecrets, started: ConfigFile) -> Reloaded {
    let read = loadConfig(path: path)
    guard let loaded = usable(read, path) else {
        logLine("the configuration is broken and was not taken; the old one stays in force")
        return Reloaded(folder: read.schedulesDirectory, isTaken: false)
    }
    secrets.replace(loaded.secrets)
    do {
        try application.reload(
            loaded.file.endpoints.map(\.settings), schedules: loaded.file.fileSchedules, crontabs: loaded.file.crontabs,
            alerts: loaded.file.alerts)
        logLine("configuration read again: \(summary(of: loaded.file))")
        let waiting = loaded.file.settingsForStart(otherThan: started)
        if !waiting.isEmpty { logLine("\(waiting.joined(separator: ", ")): changed in the file, in force after a restart") }
        return Reloaded(folder: loaded.file.schedulesDirectory, isTaken: true)
    } catch {
        logLine("the configuration was not taken: \(error)")
        return Reloaded(folder: loaded.file.schedulesDirectory, isTaken: false)
    }
}

/// The secrets as the configuration was last read: a reload replaces them under those who look them up.
private final class CurrentSecrets: Sendable {
    private let secrets: Mutex<Secrets>

    init(_ secrets: Secrets) { self.secrets = Mutex(secrets) }

    func value(_ reference: String) -> [UInt8]? { secrets.withLock { $0 }.value(reference) }
    func replace(_ new: Secrets) { secrets.withLock { $0 = new } }
}

private struct UsableConfiguration {
    let file: ConfigFile
    let secrets: Secrets
}

/// Says what is wrong with the file; nil when it cannot be used.
private func usable(_ loaded: LoadedConfig, _ path: String) -> UsableConfiguration? {
    printError(renderFindings(loaded, path: path))
    guard let file = loaded.file, !loaded.hasErrors else { return nil }
    return UsableConfiguration(file: file, secrets: loaded.secrets)
}

/// The environment that this process was started with (proc_pid_environ(5)).
private func inheritedEnvironment() -> [String: String] {
    let bytes = (try? Files.read("/proc/self/environ", limit: 4 << 20)) ?? []
    var variables: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
        guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
        variables[String(decoding: entry[..<equals], as: UTF8.self)] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
    }
    return variables
}

/// One line on stderr: the time in UTC, then what happened.
private func logLine(_ line: String) {
    let visible = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "?" : String($0) }.joined()
    printError("\(instantText(SystemClock.real.wall())) \(visible)\n")
}
