import Foundation
import Glibc
import Synchronization

/// The built program as a running server: a configuration and a data directory of its own, a port that it picks itself.
/// It may be stopped, killed and started again on the same data; what it prints collects in files.
public final class SluiceProcess: Sendable {
    public static let adminToken = "test-admin-token-0123456789"

    /// The program under test: SLUICE_PROGRAM, or the one that was built beside the running test bundle.
    public static let program: String = {
        if let given = ProcessInfo.processInfo.environment["SLUICE_PROGRAM"] { return given }
        let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (runner as NSString).deletingLastPathComponent + "/sluice"
    }()

    private struct State {
        var process: SpawnedProcess?
        var port: UInt16 = 0
        var starts = 0
        var startSeconds = 0.0
    }

    private let home: TemporaryDirectory
    private let environment: [String: String]
    private let arguments: [String]
    private let state = Mutex(State())

    /// Writes the files, and starts the server unless `starts` is false.
    /// - Parameters:
    ///   - config: the text of `wrapd.yaml`. `{dir}` in it stands for the directory of the configuration.
    ///   - files: further files beside it, by name; those that begin with `#!` are made executable. `{dir}` as above.
    ///   - environment: beside PATH and the admin token.
    ///   - arguments: behind `serve --config FILE --data DIR --listen 127.0.0.1:0`.
    public init(
        config: String, files: [String: String] = [:], environment: [String: String] = [:], arguments: [String] = [], starts: Bool = true
    ) throws {
        home = try TemporaryDirectory()
        self.environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "SLUICE_ADMIN_TOKEN": Self.adminToken].merging(environment) { $1 }
        self.arguments = arguments
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try write("wrapd.yaml", config)
        for (name, text) in files { try write(name, text) }
        if starts { try start() }
    }

    deinit { kill() }

    // MARK: Places

    /// Where the configuration and its scripts are.
    public var directory: String { home.file("config") }
    public var dataDirectory: String { home.file("data") }
    public var database: String { dataDirectory + "/sluice.db" }
    public func file(_ name: String) -> String { directory + "/" + name }

    /// Writes a file beside the configuration; atomically, so that a command never sees half of it.
    public func write(_ name: String, _ text: String) throws {
        let full = text.replacingOccurrences(of: "{dir}", with: directory)
        try Data(full.utf8).write(to: URL(fileURLWithPath: file(name)), options: .atomic)
        chmod(file(name), full.hasPrefix("#!") ? 0o755 : 0o644)
    }

    // MARK: Life

    public var port: UInt16 { state.withLock { $0.port } }
    public var pid: pid_t? { state.withLock { $0.process?.pid } }
    /// From the start of the program to its readiness, the last time.
    public var startSeconds: Double { state.withLock { $0.startSeconds } }
    public var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Starts the program and waits until it says where it listens.
    public func start() throws {
        let number = state.withLock { state in
            state.starts += 1
            return state.starts
        }
        let words =
            [Self.program, "serve", "--config", file("wrapd.yaml"), "--data", dataDirectory, "--listen", "127.0.0.1:0"] + arguments
        let begin = Date()
        let process = try SpawnedProcess(
            words, environment: environment, output: home.file("out-\(number)"), errors: home.file("err-\(number)"))
        state.withLock { $0.process = process }
        var ended: Int32?
        let isReady = waitUntil(seconds: 10) {
            if Self.port(in: fileText(home.file("out-\(number)"))) != nil { return true }
            ended = process.wait(seconds: 0)
            return ended != nil
        }
        guard isReady, ended == nil, let port = Self.port(in: fileText(home.file("out-\(number)"))) else {
            if ended != nil { state.withLock { $0.process = nil } }
            throw TestFailure("the server did not start (exit \(ended.map { "\($0)" } ?? "none")): \(errors)")
        }
        state.withLock { state in
            state.port = port
            state.startSeconds = Date().timeIntervalSince(begin)
        }
    }

    private static func port(in output: String) -> UInt16? {
        guard let found = output.range(of: "listens on http://127.0.0.1:"), let end = output[found.upperBound...].firstIndex(of: "\n") else {
            return nil
        }
        return UInt16(output[found.upperBound..<end])
    }

    /// Sends TERM and waits for the end. Throws unless the program exits with 0 in time.
    public func stop(seconds: Double = 15) throws {
        guard let process = state.withLock({ $0.process }) else { return }
        process.send(SIGTERM)
        guard let code = process.wait(seconds: seconds) else { throw TestFailure("the server did not end within \(seconds) s of TERM") }
        state.withLock { $0.process = nil }
        guard code == 0 else { throw TestFailure("the server ended with \(code) after TERM: \(errors)") }
    }

    /// kill -9, if it runs.
    public func kill() {
        guard let process = state.withLock({ $0.process }) else { return }
        process.send(SIGKILL)
        _ = process.wait(seconds: 10)
        state.withLock { $0.process = nil }
    }

    public func restart() throws {
        try stop()
        try start()
    }

    public func signal(_ number: Int32) { state.withLock { $0.process }?.send(number) }

    // MARK: What it printed

    /// Everything on standard error, over all starts.
    public var errors: String { collected("err") }
    /// Everything on standard output, over all starts.
    public var output: String { collected("out") }

    private func collected(_ kind: String) -> String {
        let starts = state.withLock { $0.starts }
        return starts == 0 ? "" : (1...starts).map { fileText(home.file("\(kind)-\($0)")) }.joined()
    }

    // MARK: Requests

    public func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil, timeout: Double = 15
    ) throws -> TestResponse {
        try testRequest(port: port, method, path, headers: headers, body: body, timeout: timeout)
    }

    /// With the admin token; a text body is sent as JSON.
    public func admin(_ method: String, _ path: String, _ body: String? = nil) throws -> TestResponse {
        var headers = [("Authorization", "Bearer \(Self.adminToken)")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        return try request(method, path, headers: headers, body: body.map { Array($0.utf8) })
    }

    /// A command of the program that talks to this server.
    public func command(_ words: [String]) throws -> ToolResult {
        try runTool([Self.program] + words, environment: ["SLUICE_URL": baseURL, "SLUICE_ADMIN_TOKEN": Self.adminToken])
    }
}
