package import Bytes
package import Model
package import Posix

/// What a server is started with: the configuration after it was read and checked, without the form it was written in.
package struct ServerConfiguration: Sendable {
    /// The configuration's folder, absolute: relative programs and working directories count from it.
    package var directory: String
    package var account = "user"
    /// Where people and senders reach this server; nil means the address it listens on.
    package var publicURL: String?
    package var dataDirectory: String
    package var listen: [ListenTarget] = [.tcp(host: "127.0.0.1", port: 8080)]
    /// Peers whose `X-Forwarded-For` or `Forwarded` is believed.
    package var trustedProxies: [AddressRange] = []
    package var trustsUnixPeers = false
    /// Requests of one client address; nil for no limit.
    package var ratePerAddress: RateLimit?
    /// What the kernel lets this process open at once.
    package var descriptorLimit = 1024
    package var endpoints: [EndpointSettings] = []
    package var schedules: [FileSchedule] = []
    package var crontabs: [CrontabFile] = []
    package var alerts = AlertSettings()
    package var maxConcurrentRuns = 16
    package var retentionDays = 90
    /// In bytes.
    package var retentionSize: Int64?
    /// Threads that serve connections. With one for each processor a processor whose threads wait for the disk finds other work; beyond four
    /// the writer is what is waited for.
    package var eventLoops = min(4, processorCount())
    /// Bytes of calls' bodies that may wait for the disk, those that are being written included; beyond it calls are answered 503.
    package var pendingLimit = 64 << 20
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

/// A way in.
package enum ListenTarget: Sendable, Equatable, CustomStringConvertible {
    /// `host` is an IP literal or `localhost`; port 0 picks one.
    case tcp(host: String, port: UInt16)
    case unix(path: String)
    case inherited(InheritedSocket)

    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .inherited(let socket): "the socket '\(socket.name)' of the service manager"
        }
    }
}

/// Why the server could not start, in words for the operator.
package struct StartError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
