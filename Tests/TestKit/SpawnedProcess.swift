import Foundation
import Glibc

/// A program that a test started, with standard input from a file or nothing and its outputs into files.
/// Descriptors of the test that are not close-on-exec go to the program too, as they would from any parent.
public struct SpawnedProcess: Sendable {
    public let pid: pid_t

    /// - Parameter environment: the whole environment.
    public init(
        _ arguments: [String], environment: [String: String], input: String = "/dev/null", output: String, errors: String
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // The test runner may have blocked or ignored signals; the program is to start with the ordinary ones.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, arguments[0], &actions, &attributes, &argv, &envp)
        guard result == 0 else {
            throw TestFailure("cannot start \(arguments[0]): \(String(cString: strerror(result)))")
        }
        self.pid = pid
    }

    public func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits for the end: the exit code, or 128 and the number of the signal; nil if it did not come in time.
    public func wait(seconds: Double) -> Int32? {
        var status: Int32 = 0
        let ended = waitUntil(seconds: seconds) { waitpid(pid, &status, WNOHANG) == pid }
        guard ended else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }
}

/// Why a test's own machinery gave up.
public struct TestFailure: Error, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// What a command line tool printed, and its exit code.
public struct ToolResult: Sendable {
    public let exitCode: Int32
    public let outputBytes: [UInt8]
    public let errors: String
    public var output: String { String(decoding: outputBytes, as: UTF8.self) }
}

/// Runs a program to its end. A name without a slash is looked up in /usr/bin.
public func runTool(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8]? = nil, seconds: Double = 20
) throws -> ToolResult {
    let directory = try TemporaryDirectory()
    if let input { try Data(input).write(to: URL(fileURLWithPath: directory.file("in"))) }
    var words = arguments
    if let name = words.first, !name.contains("/") { words[0] = "/usr/bin/\(name)" }
    let variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"].merging(environment) { $1 }
    let process = try SpawnedProcess(
        words, environment: variables, input: input == nil ? "/dev/null" : directory.file("in"), output: directory.file("out"),
        errors: directory.file("err"))
    guard let code = process.wait(seconds: seconds) else {
        process.send(SIGKILL)
        _ = process.wait(seconds: 5)
        throw TestFailure("\(words.joined(separator: " ")) ran longer than \(seconds) s")
    }
    return ToolResult(exitCode: code, outputBytes: fileBytes(directory.file("out")), errors: fileText(directory.file("err")))
}

/// What a file holds; nothing if there is none.
public func fileBytes(_ path: String) -> [UInt8] { FileManager.default.contents(atPath: path).map { Array($0) } ?? [] }

/// What a file holds as text; empty if there is none.
public func fileText(_ path: String) -> String { String(decoding: fileBytes(path), as: UTF8.self) }
