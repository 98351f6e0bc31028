import Foundation
import Glibc
import TestKit

/// The built program on a data directory that outlives its lives; unlike a well-behaved server it may end before it is ready.
final class CrashServer {
    static let adminToken = "crash-test-admin-token"
    static let secret = "crash test secret"

    let home: TemporaryDirectory
    /// Moved on by a power cut: what is left is another directory.
    var data: String
    private(set) var port: UInt16 = 0
    private var process: SpawnedProcess?
    private var starts = 0

    /// - Parameter files: scripts and `wrapd.yaml`, by name.
    init(files: [String: String]) throws {
        home = try TemporaryDirectory()
        data = home.file("data")
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: home.file(name)))
            chmod(home.file(name), 0o755)
        }
    }

    deinit { kill() }

    var database: String { data + "/sluice.db" }
    var pid: pid_t? { process?.pid }
    var errors: String { fileText(home.file("err-\(starts)")) }

    /// Starts the program and waits until it listens.
    /// - Parameter wrapper: words before the program's own.
    /// - Returns: nil, or the exit code if it ended before that.
    func begin(environment: [String: String] = [:], wrapper: [String] = []) throws -> Int32? {
        starts += 1
        let words =
            wrapper + [SluiceProcess.program, "serve", "--config", home.file("wrapd.yaml"), "--data", data, "--listen", "127.0.0.1:0"]
        let variables = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "SLUICE_ADMIN_TOKEN": Self.adminToken, "HOOK_SECRET": Self.secret,
            "NOTES": home.file("notes"),
        ].merging(environment) { $1 }
        let output = home.file("out-\(starts)")
        let started = try SpawnedProcess(words, environment: variables, output: output, errors: home.file("err-\(starts)"))
        var ended: Int32?
        var bound: UInt16?
        let isSettled = waitUntil(seconds: 20) {
            bound = Self.port(in: fileText(output))
            if bound == nil { ended = started.wait(seconds: 0) }
            return bound != nil || ended != nil
        }
        if let ended { return ended }
        process = started
        guard isSettled, let bound else {
            kill()
            throw TestFailure("the server was not ready in time: \(errors)")
        }
        port = bound
        return nil
    }

    /// Starts the program, which must become ready.
    func start(environment: [String: String] = [:], wrapper: [String] = []) throws {
        if let code = try begin(environment: environment, wrapper: wrapper) {
            throw TestFailure("the server ended with \(code) instead of starting: \(errors)")
        }
    }

    /// The exit code, once the program has ended by itself; nil if it does not.
    func end(seconds: Double) -> Int32? {
        let code = process?.wait(seconds: seconds)
        if code != nil { process = nil }
        return code
    }

    func kill() {
        process?.send(SIGKILL)
        _ = process?.wait(seconds: 10)
        process = nil
    }

    /// An orderly end.
    func stop() throws {
        process?.send(SIGTERM)
        guard let code = end(seconds: 15), code == 0 else { throw TestFailure("the server did not end in order after TERM: \(errors)") }
    }

    func admin(_ method: String, _ path: String) throws -> TestResponse {
        try testRequest(port: port, method, path, headers: [("Authorization", "Bearer \(Self.adminToken)")])
    }

    private static func port(in output: String) -> UInt16? {
        guard let found = output.range(of: "listens on http://127.0.0.1:"),
            let end = output[found.upperBound...].firstIndex(of: "\n")
        else { return nil }
        return UInt16(output[found.upperBound..<end])
    }
}

/// How many rounds a crash test makes: SLUICE_CRASH_ROUNDS, or `short`.
func crashRounds(short: Int) -> Int { ProcessInfo.processInfo.environment["SLUICE_CRASH_ROUNDS"].flatMap { Int($0) } ?? short }

/// How much happens in a round: more where more rounds are wanted than in the everyday form.
func crashScale(short: Int, long: Int) -> Int { crashRounds(short: 0) > 5 ? long : short }

/// The seed of this run: SLUICE_FUZZ_SEED, or another one each time. It is printed, so that a failure can be repeated.
func crashSeed(_ test: String) -> UInt64 {
    let seed = fuzzSeed(standard: .random(in: 0..<1_000_000_000))
    print("\(test): SLUICE_FUZZ_SEED=\(seed)")
    return seed
}

let gatedHook = """
    version: 1
    public_url: https://sluice.example.org
    endpoints:
      - name: hook
        command: /bin/true
        trigger: webhook
        webhook_source: github
        secret: $HOOK_SECRET
        public: true
        approval_required: true
    """
