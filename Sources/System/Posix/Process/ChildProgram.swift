import Glibc

/// Why a command cannot run: its exit code (127 not found, 126 otherwise) and a sentence that says what to do.
struct ChildRefusal: Error, Equatable {
    var exitCode: Int32
    var message: String

    static func notFound(_ message: String) -> ChildRefusal { ChildRefusal(exitCode: 127, message: message) }
    static func notRunnable(_ message: String) -> ChildRefusal { ChildRefusal(exitCode: 126, message: message) }
}

/// Finds the program of a command, and explains failures: exec(2) alone only gives a number.
enum ChildProgram {
    /// The path to execute. Checks everything that can be seen before the start.
    static func find(_ spec: ChildSpec) throws(ChildRefusal) -> String {
        guard let name = spec.argv.first, !name.isEmpty else {
            throw .notFound("the command is empty: name a program as its first word")
        }
        // A C string would end at the NUL, and something else than what was approved would run.
        let strings = spec.argv + spec.environment + (spec.workingDirectory.map { [$0] } ?? [])
        if strings.contains(where: { $0.utf8.contains(0) }) {
            throw .notRunnable("arguments, environment or working directory contain a NUL byte, which no program can receive: remove it")
        }
        if let directory = spec.workingDirectory { try checkDirectory(directory) }
        return name.utf8.contains(UInt8(ascii: "/")) ? name : try search(name, in: spec.searchPath)
    }

    private static func search(_ name: String, in searchPath: String?) throws(ChildRefusal) -> String {
        guard let searchPath, !searchPath.isEmpty else {
            throw .notFound("\(name): not found, since no PATH is set: give the program's full path")
        }
        var unusable: String?
        for directory in searchPath.split(separator: ":") where directory.hasPrefix("/") {
            let candidate = directory.hasSuffix("/") ? "\(directory)\(name)" : "\(directory)/\(name)"
            guard kind(candidate) == S_IFREG else { continue }
            if access(candidate, X_OK) == 0 { return candidate }
            unusable = unusable ?? candidate
        }
        if let unusable { throw .notRunnable("\(unusable): found but not executable: make it so with chmod +x, or correct the command") }
        throw .notFound("\(name): not found in PATH (\(searchPath)): install it, or give its full path")
    }

    private static func checkDirectory(_ directory: String) throws(ChildRefusal) {
        guard let kind = kind(directory) else {
            throw .notRunnable("working directory \(directory): \(reason(errno)): create it, or correct the setting")
        }
        guard kind == S_IFDIR else {
            throw .notRunnable("working directory \(directory): is not a directory: correct the setting")
        }
        guard access(directory, X_OK) == 0 else {
            throw .notRunnable("working directory \(directory): \(reason(errno)): let this user enter it, or correct the setting")
        }
    }

    /// What a failed start with this errno means for the person who wrote the command.
    static func explain(_ failure: Int32, path: String, spec: ChildSpec) -> ChildRefusal {
        let seen = path.hasPrefix("/") ? path : (spec.workingDirectory ?? ".") + "/" + path
        switch failure {
        case ENOENT where kind(seen) != nil:
            return .notFound("\(path): exists, but not the interpreter of its first line (or its loader): install that, or correct it")
        case ENOENT: return .notFound("\(path): no such file: correct the path of the command")
        case ENOTDIR: return .notFound("\(path): a part of the path is not a directory: correct the path of the command")
        case EACCES where kind(seen) == S_IFDIR: return .notRunnable("\(path): is a directory, not a program: correct the path")
        case EACCES: return .notRunnable("\(path): not executable for this user: chmod +x it, or check its directories and mount")
        case ENOEXEC: return .notRunnable("\(path): no program for this machine; a script needs a first line such as #!/bin/sh")
        case E2BIG: return .notRunnable("\(path): arguments and environment are too long for the system: pass large data on standard input")
        case ETXTBSY: return .notRunnable("\(path): somebody is writing the program file: wait until that is done")
        case EAGAIN: return .notRunnable("\(path): the limit of processes is reached: raise it (ulimit -u, TasksMax), or run fewer at once")
        case EMFILE, ENFILE: return .notRunnable("\(path): the limit of open files is reached: raise it (ulimit -n), or run fewer at once")
        case ENOMEM: return .notRunnable("\(path): the system is out of memory: free some, or run fewer at once")
        default: return .notRunnable("\(path): cannot be started: \(reason(failure))")
        }
    }

    /// Failures that pass by themselves, before anything has run.
    static func isTransient(_ failure: Int32) -> Bool {
        [EAGAIN, EMFILE, ENFILE, ENOMEM, ETXTBSY].contains(failure)
    }

    /// The file type bits of what the path leads to; nil and errno when it leads nowhere.
    private static func kind(_ path: String) -> mode_t? {
        var information = stat()
        return stat(path, &information) == 0 ? information.st_mode & S_IFMT : nil
    }

    private static func reason(_ failure: Int32) -> String { String(cString: strerror(failure)) }
}
