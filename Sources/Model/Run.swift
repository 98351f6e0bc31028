package import Crypto

/// The states of a run: queued -> running -> one of the ends. `interrupted` is a run that was running when the process died.
package enum RunStatus: String, Sendable, CaseIterable {
    case queued, running, succeeded, failed, timedOut = "timed_out", cancelled, interrupted

    package var isFinished: Bool { self != .queued && self != .running }

    package func canBecome(_ next: RunStatus) -> Bool {
        switch self {
        case .queued: next == .running || next == .cancelled
        case .running: next.isFinished || next == .queued  // queued again only by retry_interrupted
        default: false
        }
    }
}

/// How a command ended.
package struct RunResult: Sendable {
    package var status: RunStatus
    /// The exit code, 128 + n for signal n, 124 for a timeout.
    package var exitCode: Int
    package var durationMicroseconds: Int64
    package var output: [UInt8]
    /// Bytes of output that the bound cut away.
    package var cutBytes: Int
    /// What went wrong before the command could say anything itself.
    package var error: String?

    package init(
        status: RunStatus, exitCode: Int, durationMicroseconds: Int64, output: [UInt8], cutBytes: Int = 0, error: String? = nil
    ) {
        self.status = status
        self.exitCode = exitCode
        self.durationMicroseconds = durationMicroseconds
        self.output = output
        self.cutBytes = cutBytes
        self.error = error
    }
}

/// A run as people and programs see it, without its output.
package struct Run: Sendable {
    package var id: Int64
    package var endpoint: String
    package var status: RunStatus
    package var origin: CallOrigin
    package var command: String
    package var queuedAt: Int64
    package var startedAt: Int64?
    package var finishedAt: Int64?
    package var exitCode: Int?
    package var durationMicroseconds: Int64?
    package var cutBytes: Int
    package var error: String?
    package var wasGated: Bool

    package init(
        id: Int64, endpoint: String, status: RunStatus, origin: CallOrigin, command: String, queuedAt: Int64, startedAt: Int64?,
        finishedAt: Int64?, exitCode: Int?, durationMicroseconds: Int64?, cutBytes: Int, error: String?, wasGated: Bool
    ) {
        self.id = id
        self.endpoint = endpoint
        self.status = status
        self.origin = origin
        self.command = command
        self.queuedAt = queuedAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.exitCode = exitCode
        self.durationMicroseconds = durationMicroseconds
        self.cutBytes = cutBytes
        self.error = error
        self.wasGated = wasGated
    }
}

/// A call about to be executed, as it was frozen.
package struct FrozenCall: Sendable {
    package let id: Int64
    package let endpointID: Int64
    package let endpoint: String
    package let spec: CallSpec
    package let specHash: SHA256Digest
    package let origin: CallOrigin
    package let stdin: [UInt8]
    package let digest: String
    package let requestedAt: Int64
    /// A person approved it: what runs must be what was shown.
    package let wasGated: Bool
    /// By whom.
    package var approvedBy: String?

    package init(
        id: Int64, endpointID: Int64, endpoint: String, spec: CallSpec, specHash: SHA256Digest, origin: CallOrigin, stdin: [UInt8],
        digest: String, requestedAt: Int64, wasGated: Bool
    ) {
        self.id = id
        self.endpointID = endpointID
        self.endpoint = endpoint
        self.spec = spec
        self.specHash = specHash
        self.origin = origin
        self.stdin = stdin
        self.digest = digest
        self.requestedAt = requestedAt
        self.wasGated = wasGated
    }
}
