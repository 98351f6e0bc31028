import Foundation
import Glibc
import Posix
import Synchronization
import TestKit
import Testing

/// All tests of child processes, one after the other: some count descriptors of the whole program.
@Suite(.serialized) struct ProcessTests {}

/// A result that comes later, from another thread.
final class Eventually<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func put(_ value: Value) { values.withLock { $0.append(value) } }
    var all: [Value] { values.withLock { $0 } }

    func wait(seconds: Double = 20) throws -> Value {
        _ = waitUntil(seconds: seconds) { !all.isEmpty }
        return try #require(all.first, "nothing came in \(seconds) s")
    }
}

extension ChildSupervisor {
    /// A started supervisor for one test, stopped at its end.
    static func with<R>(clock: SystemClock = .real, _ body: (ChildSupervisor) throws -> R) throws -> R {
        let supervisor = try ChildSupervisor(clock: clock)
        try supervisor.start()
        defer { supervisor.stop(graceMicros: 0) }
        return try body(supervisor)
    }

    func result(of spec: ChildSpec) throws -> ChildResult {
        let result = Eventually<ChildResult>()
        run(spec) { result.put($0) }
        return try result.wait()
    }
}

extension ChildSpec {
    static func shell(_ script: String) -> ChildSpec { ChildSpec(argv: ["/bin/sh", "-c", script], environment: ["PATH=/usr/bin:/bin"]) }
}

extension ChildResult {
    var text: String { String(decoding: output, as: UTF8.self) }
}

/// A command under way, with what it has said.
final class Running: Sendable {
    let ended = Eventually<ChildResult>()
    private let heard = Mutex<[UInt8]>([])
    private let handleBox = Mutex<ChildHandle?>(nil)

    init(_ spec: ChildSpec, in supervisor: ChildSupervisor) {
        let handle = supervisor.run(
            spec, onOutput: { [weak self] _, bytes in self?.heard.withLock { $0 += bytes } },
            onExit: { [ended] in ended.put($0) })
        handleBox.withLock { $0 = handle }
    }

    var handle: ChildHandle? { handleBox.withLock { $0 } }
    var text: String { heard.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Waits until the command has said this.
    func waitFor(_ words: String) throws {
        try #require(waitUntil(seconds: 20) { text.contains(words) }, "it said \(text)")
    }
}

/// Whether the process exists and is no zombie.
func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let close = stat.lastIndex(of: ")") else {
        return false
    }
    return !["Z", "X"].contains(stat[stat.index(close, offsetBy: 2)])
}

/// Waits until no more are open than `before`: other tests of this program open some for a moment.
func descriptorsReturn(to before: Int) -> Bool { waitUntil { processDescriptors() <= before } }

/// Pipes, pidfds and memfds that this program has open.
func processDescriptors() -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.filter { name in
        let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")) ?? ""
        return target.hasPrefix("pipe:") || target.contains("[pidfd]") || target.contains("memfd:")
    }.count
}
