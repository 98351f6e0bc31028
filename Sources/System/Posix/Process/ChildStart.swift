private import CLinux
import Glibc

/// An open descriptor that is closed when the last reference goes.
final class OpenFile: Sendable {
    let descriptor: Descriptor
    var raw: Int32 { descriptor.raw }

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// What we hold of a started child: its number, a pidfd, and our ends of its pipes until they are at their end.
struct StartedChild {
    var pid: Int32
    var process: OpenFile
    var stdout: OpenFile?
    var stderr: OpenFile?
}

enum ChildStartFailure: Error {
    /// Nothing has run; the same may succeed soon. A shortage (of descriptors, processes, memory) passes when other commands end.
    case transient(ChildRefusal, isShortage: Bool)
    case refused(ChildRefusal)
}

/// Starts children: descriptors, strings, the spawn. For one thread at a time.
struct ChildStarter {
    private let null: OpenFile
    private let slots: SpawnSlots

    init() throws(SystemError) {
        null = OpenFile(Descriptor(owning: try check("open /dev/null") { open("/dev/null", O_RDONLY | O_CLOEXEC) }))
        slots = try SpawnSlots()
    }

    func start(_ spec: ChildSpec) throws(ChildStartFailure) -> StartedChild {
        let path: String
        do { path = try ChildProgram.find(spec) } catch { throw .refused(error) }
        do throws(SystemError) {
            let stdout = try OutputPipe()
            let stderr = try OutputPipe()
            let input = try spec.stdin.isEmpty ? null : sealed(spec.stdin)
            let (pid, process) = try spawn(spec, path, input, stdout.child, stderr.child)
            return StartedChild(pid: pid, process: process, stdout: stdout.closeChild(), stderr: stderr.closeChild())
        } catch {
            let refusal = ChildProgram.explain(error.errno, path: path, spec: spec)
            if ChildProgram.isTransient(error.errno) { throw .transient(refusal, isShortage: error.errno != ETXTBSY) }
            throw .refused(refusal)
        }
    }

    /// The number stays the child's until we reap it, so that nobody else can be meant.
    private func spawn(
        _ spec: ChildSpec, _ path: String, _ input: OpenFile, _ output: borrowing Descriptor, _ error: borrowing Descriptor
    ) throws(SystemError) -> (pid: Int32, process: OpenFile) {
        let (output, error) = (output.raw, error.raw)
        var (pid, process): (pid_t, Int32) = (0, -1)
        let failure = withCStrings(spec.argv) { argv in
            withCStrings(spec.environment) { envp in
                withOptionalCString(spec.workingDirectory) { directory in
                    path.withCString { path in
                        var what = sluice_spawn(
                            path: path, argv: argv, envp: envp, directory: directory, standard_input: input.raw, standard_output: output,
                            standard_error: error, empty: null.raw)
                        return slots.withRaw { sluice_spawn(&what, $0, &pid, &process) }
                    }
                }
            }
        }
        guard failure == 0 else { throw SystemError(errno: failure, call: "spawn") }
        return (pid, OpenFile(Descriptor(owning: process)))
    }
}

/// The descriptors through which children get their streams.
private final class SpawnSlots: Sendable {
    private let raw: [Int32]

    init() throws(SystemError) {
        var raw: [Int32] = [-1, -1, -1]
        _ = try check("open /dev/null") { sluice_spawn_slots(&raw) }
        self.raw = raw
    }

    func withRaw<R>(_ body: (UnsafePointer<Int32>?) -> R) -> R { raw.withUnsafeBufferPointer { body($0.baseAddress) } }

    deinit { for slot in raw { close(slot) } }
}

/// Ends a child that runs and cannot be waited for in epoll. KILL makes the wait short.
func killUnwatched(_ pid: Int32) {
    kill(-pid, SIGKILL)
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
}

extension ChildRefusal {
    static func unwatched(_ path: String, _ failure: SystemError) -> ChildRefusal {
        .notRunnable("\(path): was started, and killed at once because it could not be watched: \(failure)")
    }
}

private struct OutputPipe: ~Copyable {
    let ours: Descriptor
    let child: Descriptor

    init() throws(SystemError) {
        var ends: (Int32, Int32) = (-1, -1)
        _ = try check("pipe2") {
            withUnsafeMutableBytes(of: &ends) { sluice_output_pipe($0.assumingMemoryBound(to: Int32.self).baseAddress) }
        }
        ours = Descriptor(owning: ends.0)
        child = Descriptor(owning: ends.1)
    }

    consuming func closeChild() -> OpenFile { OpenFile(ours) }
}

private func sealed(_ bytes: [UInt8]) throws(SystemError) -> OpenFile {
    OpenFile(Descriptor(owning: try check("memfd_create") { sluice_sealed_bytes(bytes, bytes.count) }))
}

/// A NULL-terminated array of C strings, for the time of `body`.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
    var text: [CChar] = []
    var starts: [Int] = []
    for string in strings {
        starts.append(text.count)
        text.append(contentsOf: string.utf8.lazy.map { CChar(bitPattern: $0) })
        text.append(0)
    }
    return text.withUnsafeMutableBufferPointer { text in
        let pointers: [UnsafeMutablePointer<CChar>?] = starts.map { start in text.baseAddress.map { $0 + start } } + [nil]
        return pointers.withUnsafeBufferPointer { pointers in
            // An array with an element has a base address.
            body(pointers.baseAddress.unsafelyUnwrapped)
        }
    }
}

private func withOptionalCString<R>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
