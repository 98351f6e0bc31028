import Foundation
import Glibc
import TestKit
import Testing

/// Two ways in which files cannot grow any more.
enum Fullness: String, CaseIterable {
    /// ENOSPC, from the preloaded library.
    case noSpace
    /// EFBIG, from the kernel: RLIMIT_FSIZE (getrlimit(2)).
    case sizeLimit
}

extension CrashTests {
    @Test(arguments: Fullness.allCases) func fullDiskRefusesAndRecovers(fullness: Fullness) throws {
        var random = SplitMix64(seed: crashSeed("full disk, \(fullness)"))
        let ledger = Ledger()
        let server = try CrashServer(files: ["wrapd.yaml": gatedHook])
        let disk = try Disk(fullness, server)
        try disk.startServer()
        let load = try Load(port: server.port, ledger: ledger, seed: random.next())
        defer { load.end() }
        #expect(waitUntil(seconds: 30) { ledger.count >= 50 })

        try disk.fill()
        #expect(waitUntil(seconds: 30) { ledger.refusals >= 50 }, "a full disk was not noticed: \(ledger.count) answers of 202")
        for path in ["/healthz", "/approvals", "/deliveries"] { #expect(try server.admin("GET", path).status == 200, "\(path)") }

        try disk.free()
        let before = ledger.count
        let hasRecovered = waitUntil(seconds: 30) { ledger.count >= before + 50 }
        #expect(hasRecovered, "no delivery is taken although there is space again: \(server.errors.suffix(500))")

        server.kill()
        load.end()
        try server.start()
        try repeatPromises(ledger, port: server.port, limit: 200, &random)
        let verdict = Verdict(database: server.database, ledger: ledger)
        #expect(verdict.isClean, "\(verdict)")
        try server.stop()
        print("full disk, \(fullness): \(ledger.count) answers of 202, \(ledger.refusals) of 503, lost \(verdict.lost)")
    }

    /// No login link can be stored then, which is no reason not to serve.
    @Test func startsOnAFullDisk() throws {
        let server = try CrashServer(files: ["wrapd.yaml": gatedHook])
        let disk = try Disk(.noSpace, server)
        try disk.startServer()
        try server.stop()
        try disk.fill()
        try disk.startServer()
        #expect(try server.admin("GET", "/approvals").status == 200)
        #expect(server.errors.contains("there is no login link"))
        try disk.free()
        #expect(try server.admin("POST", "/logins").status == 201)
        try server.stop()
    }
}

private struct Disk {
    private let fullness: Fullness
    private let server: CrashServer
    private let power: PowerCut?

    init(_ fullness: Fullness, _ server: CrashServer) throws {
        self.fullness = fullness
        self.server = server
        power = fullness == .noSpace ? try PowerCut() : nil
        try FileManager.default.createDirectory(atPath: server.data, withIntermediateDirectories: true)
    }

    private var mark: String { server.home.file("full") }

    func startServer() throws {
        if let power {
            let plan = PowerCut.Plan(full: mark)
            try server.start(environment: power.environment(root: server.data, image: server.home.file("none"), plan))
        } else {
            // A process that goes over its limit is killed by XFSZ unless that is ignored, which outlives exec.
            try server.start(wrapper: ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"])
        }
    }

    func fill() throws {
        if power != nil {
            try Data().write(to: URL(fileURLWithPath: mark))
        } else {
            var facts = stat()
            guard stat(server.database + "-wal", &facts) == 0 else { throw TestFailure("there is no write-ahead log") }
            try limit("\(facts.st_size)")
        }
    }

    func free() throws {
        if power != nil { try FileManager.default.removeItem(atPath: mark) } else { try limit("unlimited") }
    }

    /// The soft limit alone, so that it can be raised again. (Glibc's module lacks prlimit(2).)
    private func limit(_ size: String) throws {
        guard let pid = server.pid else { throw TestFailure("the server is gone") }
        let result = try runTool(["prlimit", "--pid", "\(pid)", "--fsize=\(size):"])
        guard result.exitCode == 0 else { throw TestFailure("prlimit: \(result.errors)") }
    }
}
