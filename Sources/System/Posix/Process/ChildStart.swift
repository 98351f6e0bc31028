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

/// Starts children: descriptors, strings, posix_spawn.
struct ChildStarter: ~Copyable {
    private let null: OpenFile

    init() throws(SystemError) {
        null = OpenFile(Descriptor(owning: try check("open /dev/null") { open("/dev/null", O_RDONLY | O_CLOEXEC) }))
    }

    borrowing func start(_ spec: ChildSpec) throws(ChildStartFailure) -> StartedChild {
        let path: String
        do { path = try ChildProgram.find(spec) } catch { throw .refused(error) }
        do {
            let stdout = try OutputPipe()
            let stderr = try OutputPipe()
            let input = try spec.stdin.isEmpty ? null : sealed(spec.stdin)
            let pid = try spawn(spec, path, input, stdout.child, stderr.child)
            // Our copies of the child's ends go before the pidfd comes: a table that was nearly full has room for it then.
            let ours = (stdout.closeChild(), stderr.closeChild())
            return StartedChild(pid: pid, process: try watch(pid, path), stdout: ours.0, stderr: ours.1)
        } catch let failure as SystemError {
            let refusal = ChildProgram.explain(failure.errno, path: path, spec: spec)
            if ChildProgram.isTransient(failure.errno) { throw .transient(refusal, isShortage: failure.errno != ETXTBSY) }
            throw .refused(refusal)
        } catch let refusal as ChildRefusal {
            throw .refused(refusal)
        } catch {
            throw .refused(.notRunnable("\(path): cannot be started: \(error)"))
        }
    }

    private borrowing func spawn(
        _ spec: ChildSpec, _ path: String, _ input: OpenFile, _ output: borrowing Descriptor, _ error: borrowing Descriptor
    ) throws(SystemError) -> Int32 {
        let (output, error) = (output.raw, error.raw)
        var pid: pid_t = 0
        let failure = withCStrings(spec.argv) { argv in
            withCStrings(spec.environment) { envp in
                withOptionalCString(spec.workingDirectory) { directory in
                    path.withCString { path in
                        var what = sluice_spawn(
                            path: path, argv: argv, envp: envp, directory: directory,
                            standard_input: input.raw, standard_output: output, standard_error: error)
                        return sluice_spawn(&what, &pid)
                    }
                }
            }
        }
        guard failure == 0 else { throw SystemError(errno: failure, call: "posix_spawn") }
        return pid
    }

    /// The number stays the child's until we reap it, so that nobody else can be meant.
    private borrowing func watch(_ pid: Int32, _ path: String) throws(ChildRefusal) -> OpenFile {
        let process = sluice_pidfd_open(pid)
        if process >= 0 { return OpenFile(Descriptor(owning: process)) }
        // It runs and cannot be watched. Repeating it could do its work twice, so it ends here.
        let failure = SystemError.last("pidfd_open")
        killUnwatched(pid)
        throw .unwatched(path, failure)
    }
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
