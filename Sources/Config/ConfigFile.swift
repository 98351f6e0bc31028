package import Diagnostics
package import Model

/// What a `wrapd.yaml` says, with defaults filled in and paths made absolute.
package struct ConfigFile: Sendable {
    /// As given.
    package var path: String
    /// The absolute folder of the file; relative programs and working directories count from it.
    package var directory: String
    package var version = 1
    /// The first part of the path of every call, behind `/v1/`.
    package var account = "user"
    package var agentVersion: String?
    /// The environment's WRAPD_AGENT_NAME comes before the file's `agent_name`.
    package var agentName = "default"
    /// Without a slash at the end.
    package var publicURL: String?
    /// `HOST:PORT` or `unix:PATH`, each checked.
    package var listen: [String] = []
    /// Blocks of addresses, or `unix`, each checked.
    package var trustedProxies: [String] = []
    package var ratePerAddress: RateLimit?
    package var dataDirectory: String?
    package var secretsFile: String?
    /// Runs of all endpoints together.
    package var maxConcurrentRuns = 16
    package var retentionDays = 90
    /// In bytes; nil for no limit.
    package var retentionSize: Int64?
    /// Threads that serve connections; nil leaves the choice to the server.
    package var eventLoops: Int?
    package var endpoints: [ConfigEndpoint] = []
    /// Absolute: the folder of schedule files and crontabs.
    package var schedulesDirectory: String?
    /// Whether the file names that folder, which must be there then.
    var isScheduleFolderGiven = false
    package var fileSchedules: [FileSchedule] = []
    package var crontabs: [CrontabFile] = []
    package var alerts = AlertSettings()

    package init(path: String, directory: String) {
        self.path = path
        self.directory = directory
    }
}

/// A further file that the configuration consists of, and what is wrong with it.
package struct CheckedFile: Sendable {
    /// For messages: as it is reached from where the configuration was named.
    package var path: String
    package var source: [UInt8]
    package var diagnostics: [Diagnostic]

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// An endpoint as the file lists it.
package struct ConfigEndpoint: Sendable {
    package var settings: EndpointSettings
    /// Where its mapping begins.
    package var position: SourcePosition
}

/// A configuration file as it was found: what it means, and everything there is to say about it.
package struct LoadedConfig: Sendable {
    /// Nil if there is an error.
    package var file: ConfigFile?
    /// In the order of the file; what concerns no place comes first.
    package var diagnostics: [Diagnostic]
    /// The bytes of the file, for `render(_:file:source:)`, with `*` for secrets that stand in it.
    package var source: [UInt8]
    package var secrets: Secrets
    /// The files of the folder of schedules about which there is something to say.
    package var scheduleFiles: [CheckedFile] = []
    /// The folder of schedules, also when it is what is wrong; nil when the file is no YAML.
    package var schedulesDirectory: String?

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } || scheduleFiles.contains(where: \.hasErrors) }

    /// No more errors than this are kept, and no more warnings.
    package static let maximumDiagnostics = 100
}
