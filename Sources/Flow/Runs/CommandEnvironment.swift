package import Model

/// The variables that a command gets: a few of Sluice's own environment, the endpoint's, the arguments of a shell command, and facts about
/// the call. Nothing else of Sluice's environment is passed on, since secrets live there.
package struct CommandEnvironment: Sendable {
    private let inherited: [String]
    private let secret: @Sendable (String) -> [UInt8]?

    private static let passed: Set<String> = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR"]

    /// - Parameter secret: looks up a reference such as `$NAME`.
    package init(environment: [String: String], secret: @escaping @Sendable (String) -> [UInt8]?) {
        var lines = environment.filter { Self.passed.contains($0.key) || $0.key.hasPrefix("LC_") }.map { "\($0.key)=\($0.value)" }
        if environment["PATH"] == nil { lines.append("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") }
        inherited = lines.sorted()
        self.secret = secret
    }

    /// The line that only the command of this run has, and what that starts.
    static func mark(runID: String) -> String { "SLUICE_RUN_ID=\(runID)" }

    /// `NAME=value` lines, or the name of a reference that is not set.
    package func lines(for call: FrozenCall, runID: String) -> Result<[String], MissingSecret> {
        var lines = inherited
        for variable in call.spec.environment {
            guard variable.value.hasPrefix("$") else {
                lines.append("\(variable.name)=\(variable.value)")
                continue
            }
            guard let value = secret(variable.value) else { return .failure(MissingSecret(reference: variable.value)) }
            lines.append("\(variable.name)=\(String(decoding: value, as: UTF8.self))")
        }
        lines += call.spec.argumentEnvironment.map { "\($0.name)=\($0.value)" }
        lines += [
            "SLUICE_ENDPOINT=\(call.endpoint)", Self.mark(runID: runID), "SLUICE_SOURCE=\(call.origin.source.rawValue)",
            "SLUICE_REQUESTED_BY=\(call.origin.requestedBy)",
        ]
        if let event = call.origin.event { lines.append("SLUICE_EVENT=\(event)") }
        if let person = call.approvedBy { lines.append("SLUICE_APPROVED_BY=\(person)") }
        if let id = call.origin.deliveryID { lines.append("SLUICE_DELIVERY_ID=\(id)") }
        return .success(Self.lastOfEachName(lines))
    }

    /// Of two lines for one name, some programs heed the first and others the last; so there is only the last.
    private static func lastOfEachName(_ lines: [String]) -> [String] {
        var seen: Set<Substring> = []
        return lines.reversed().filter { seen.insert($0.prefix { $0 != "=" }).inserted }.reversed()
    }
}

package struct MissingSecret: Error, Sendable {
    package let reference: String
}
