import Foundation
import Glibc
import TestKit

/// Compiles C files of a folder beside this file to a library that is preloaded into a server.
func compileLibrary(_ folder: String, _ files: [String], to library: String) throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(folder).path
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let places = path.split(separator: ":").map(String.init)
    let compilers = ["cc", "clang", "gcc"].flatMap { name in places.map { "\($0)/\(name)" } }
    guard let compiler = compilers.first(where: { access($0, X_OK) == 0 }) else {
        throw TestFailure("no C compiler on PATH: \(path)")
    }
    let result = try runTool(
        [compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library] + files.map { "\(sources)/\($0)" },
        environment: ["PATH": path], seconds: 60)
    guard result.exitCode == 0 else { throw TestFailure("the library does not compile: \(result.errors)") }
}

/// The library that is preloaded into a server to cut its power, compiled for this test (PowerCut/*.c say what it does).
struct PowerCut {
    /// The server's exit code when its power was cut.
    static let exitCode: Int32 = 77

    private let home: TemporaryDirectory
    private var library: String { home.file("powercut.so") }

    init() throws {
        home = try TemporaryDirectory()
        try compileLibrary("PowerCut", ["disk.c", "intercept.c"], to: library)
    }

    struct Plan {
        var operations = 0
        var seed: UInt64 = 0
        /// Files with a name of this ending are not really synced; "/" means directories.
        var lie = ""
        /// While this file exists, no file can grow.
        var full = ""
    }

    /// The environment of a server whose data directory is below `root`; what is left after the cut will be below `image`.
    func environment(root: String, image: String, _ plan: Plan) -> [String: String] {
        [
            "LD_PRELOAD": library, "SLUICE_POWERCUT_ROOT": root, "SLUICE_POWERCUT_IMAGE": image,
            "SLUICE_POWERCUT_AFTER": "\(plan.operations)", "SLUICE_POWERCUT_SEED": "\(plan.seed)", "SLUICE_POWERCUT_LIE": plan.lie,
            "SLUICE_POWERCUT_FULL": plan.full,
        ]
    }
}

/// What the library counted until the cut.
struct CutReport {
    var syncs = 0
    var unsyncedPages = 0
    var droppedPages = 0
    var droppedNames = 0

    init() {}

    init(image: String) {
        var numbers: [Substring: Int] = [:]
        for line in fileText(image + ".report").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { numbers[words[0]] = Int(words[1]) }
        }
        syncs = numbers["syncs"] ?? 0
        unsyncedPages = numbers["unsynced_pages"] ?? 0
        droppedPages = numbers["dropped_pages"] ?? 0
        droppedNames = numbers["dropped_names"] ?? 0
    }

    mutating func add(_ other: CutReport) {
        syncs += other.syncs
        unsyncedPages += other.unsyncedPages
        droppedPages += other.droppedPages
        droppedNames += other.droppedNames
    }
}

/// A server on a disk whose power is cut again and again: each life begins with what the last cut left.
final class PowerlessServer {
    let server: CrashServer
    private let power: PowerCut
    private var lives = 0
    private var root: String

    init() throws {
        server = try CrashServer(files: ["wrapd.yaml": gatedHook])
        power = try PowerCut()
        root = server.home.file("disk-0")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        server.data = root + "/data"
    }

    /// Runs the server, with a load once it is ready, until its power is cut; then its data are what the disk held.
    func cut(_ plan: PowerCut.Plan, ledger: Ledger, loadSeed: UInt64) throws -> CutReport {
        lives += 1
        let image = server.home.file("disk-\(lives)")
        try FileManager.default.createDirectory(atPath: image, withIntermediateDirectories: true)
        var code = try server.begin(environment: power.environment(root: root, image: image, plan))
        if code == nil {
            let load = try Load(port: server.port, ledger: ledger, seed: loadSeed)
            code = server.end(seconds: 60)
            load.end()
        }
        guard code == PowerCut.exitCode else {
            throw TestFailure("the power was not cut (\(code.map { "\($0)" } ?? "still on")): \(server.errors)")
        }
        try FileManager.default.removeItem(atPath: root)
        root = image
        server.data = root + "/data"
        return CutReport(image: image)
    }
}
