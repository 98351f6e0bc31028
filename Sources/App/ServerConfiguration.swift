package import Model

/// What a server is started with: the configuration after it was read and checked, without the form it was written in.
package struct ServerConfiguration: Sendable {
    /// The configuration's folder, absolute: relative programs and working directories count from it.
    package var directory: String
    package var account = "user"
    /// Where people and senders reach this server; nil means the address it listens on.
    package var publicURL: String?
    package var dataDirectory: String
    package var host = "127.0.0.1"
    package var port: UInt16 = 8080
    package var endpoints: [EndpointSettings] = []
    package var schedules: [FileSchedule] = []
    package var crontabs: [CrontabFile] = []
    package var maxConcurrentRuns = 16
    package var retentionDays = 90
    /// In bytes.
    package var retentionSize: Int64?
    package var eventLoops = 1
    /// The environment that commands get a part of.
    package var environment: [String: String] = [:]
    /// Looks a secret reference such as `$NAME` up; a text that is no reference stands for itself. Nil when it is not set.
    package var secret: @Sendable (String) -> [UInt8]?
    /// From `SLUICE_ADMIN_TOKEN`.
    package var adminToken: String?

    package init(directory: String, dataDirectory: String, secret: @escaping @Sendable (String) -> [UInt8]?) {
        self.directory = directory
        self.dataDirectory = dataDirectory
        self.secret = secret
    }
}

/// Why the server could not start, in words for the operator.
package struct StartError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
