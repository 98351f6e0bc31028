package import Crypto

/// What made a call.
package enum CallSource: String, Sendable, CaseIterable { case api, webhook, schedule, pipeline }

/// A script file that a command names, with the SHA-256 of what it held when the call was accepted.
package struct ScriptFile: Sendable, Equatable {
    package let path: String
    /// Lower-case hex; "missing" when the file was not there.
    package let sha256: String

    package init(path: String, sha256: String) {
        self.path = path
        self.sha256 = sha256
    }
}

/// The part of a frozen call that says what will be executed. Calls without arguments of one endpoint revision share one.
package struct CallSpec: Sendable, Equatable {
    /// The name of the endpoint at the time, and its revision.
    package var endpoint: String
    package var revision: Int64
    /// The command as it is written in the configuration.
    package var command: String
    /// Program and arguments as they will be executed; never joined to a text again.
    package var argv: [String]
    /// The caller's arguments, by name, for people to read.
    package var arguments: [NamedValue]
    /// Variables that carry arguments into a shell command.
    package var argumentEnvironment: [NamedValue]
    /// The endpoint's own variables as they are written: `$NAME` is looked up when the command starts, and not before, so that no
    /// secret is stored with a call.
    package var environment: [NamedValue]
    package var workingDirectory: String
    package var timeoutSeconds: Int
    package var scripts: [ScriptFile]

    package init(
        endpoint: String, revision: Int64, command: String, argv: [String], arguments: [NamedValue],
        argumentEnvironment: [NamedValue], environment: [NamedValue],
        workingDirectory: String, timeoutSeconds: Int, scripts: [ScriptFile]
    ) {
        self.endpoint = endpoint
        self.revision = revision
        self.command = command
        self.argv = argv
        self.arguments = arguments
        self.argumentEnvironment = argumentEnvironment
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.timeoutSeconds = timeoutSeconds
        self.scripts = scripts
    }
}

package struct NamedValue: Sendable, Equatable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A spec in its stored form: canonical JSON and the SHA-256 of it. Made once, shared by all calls that it describes.
package final class EncodedSpec: Sendable {
    package let json: [UInt8]
    package let sha256: SHA256Digest

    package init(json: [UInt8]) {
        self.json = json
        self.sha256 = Crypto.sha256(json)
    }
}

/// Who asked for a call, by what means and about what: the facts beside the spec that an approver sees.
package struct CallOrigin: Sendable, Equatable {
    package var source: CallSource
    /// A person-readable name of the caller: an API key's label, a webhook's source, "schedule".
    package var requestedBy: String
    /// The sender's event type (`push`), or a schedule's planned instant.
    package var event: String?
    /// The sender's delivery id.
    package var deliveryID: String?

    package init(source: CallSource, requestedBy: String, event: String? = nil, deliveryID: String? = nil) {
        self.source = source
        self.requestedBy = requestedBy
        self.event = event
        self.deliveryID = deliveryID
    }
}

/// The digest of a call: what is approved and what runs.
///
/// SHA-256 over a domain text, the spec's hash, the body's hash and the origin, each of varying length behind its length (all ones for
/// none), so that no two calls share the bytes that are hashed.
package func callDigest(spec: SHA256Digest, stdin: SHA256Digest, origin: CallOrigin) -> SHA256Digest {
    var text: [UInt8] = []
    text.reserveCapacity(224)
    text.append(contentsOf: "sluice call 1\n".utf8)
    text.append(contentsOf: spec.array)
    text.append(contentsOf: stdin.array)
    for part in [origin.source.rawValue, origin.requestedBy, origin.event, origin.deliveryID] {
        let length = part.map { UInt32(truncatingIfNeeded: $0.utf8.count) } ?? .max
        withUnsafeBytes(of: length.littleEndian) { text.append(contentsOf: $0) }
        if let part { text.append(contentsOf: part.utf8) }
    }
    return Crypto.sha256(text)
}
