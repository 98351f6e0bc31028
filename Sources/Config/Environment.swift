internal import Glibc
internal import Posix

/// A variable of this process's environment.
@Sendable package func environmentVariable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// All of the environment that this process was started with (proc_pid_environ(5)); of a name that comes twice the first, as getenv has it.
package func environmentVariables() -> [String: String] {
    // Swift 6 calls the C variable `environ` unsafe to touch, and nothing here changes the environment after the start.
    guard let bytes = try? Files.read("/proc/self/environ", limit: 16 << 20) else { return [:] }
    var variables: [String: String] = [:]
    for line in bytes.split(separator: 0) {
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
        let name = String(decoding: line[..<equals], as: UTF8.self)
        if variables[name] == nil { variables[name] = String(decoding: line[(equals + 1)...], as: UTF8.self) }
    }
    return variables
}
