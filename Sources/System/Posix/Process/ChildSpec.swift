/// A command to run: what it starts with and how long it may take.
package struct ChildSpec: Sendable {
    /// The program and its arguments, passed on as they are; no shell is involved.
    package var argv: [String]
    /// `NAME=value` each; the child gets these and nothing of our own environment.
    package var environment: [String]
    /// nil: our own. A program named with a relative path is looked up here, as after `cd`.
    package var workingDirectory: String?
    /// The whole standard input. Empty: `/dev/null`.
    package var stdin: [UInt8]
    /// From the start to TERM; 0 or less: no limit.
    package var timeoutMicros: Int64
    /// From TERM to KILL, after a timeout or a cancellation.
    package var graceMicros: Int64
    /// Most bytes of output to keep.
    package var outputLimit: Int
    /// Directories, parted by colons, in which a program named without a slash is sought. Only absolute ones count: an empty or
    /// relative entry would let the working directory decide what runs.
    package var searchPath: String?

    package init(
        argv: [String], environment: [String] = [], workingDirectory: String? = nil, stdin: [UInt8] = [],
        timeoutMicros: Int64 = 0, graceMicros: Int64 = 5_000_000, outputLimit: Int = 1 << 20,
        searchPath: String? = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    ) {
        self.argv = argv
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.stdin = stdin
        self.timeoutMicros = timeoutMicros
        self.graceMicros = graceMicros
        self.outputLimit = outputLimit
        self.searchPath = searchPath
    }
}

package enum OutputSource: Sendable {
    case stdout, stderr
}

/// How a command ended.
package struct ChildResult: Sendable {
    /// The command's own 0 to 255; 128 + n when signal n ended it; 124 on timeout, whatever it then said; 127 when the program was not
    /// found and 126 when it could not be run, as in a shell (POSIX.1-2017, Shell Command Language 2.8.2).
    package var exitCode: Int32
    /// The signal that ended it, if one did.
    package var signal: Int32?
    package var timedOut = false
    /// It was told to end by `cancel` or `stop`.
    package var cancelled = false
    /// Why the command did not run, or why its end is not known, and what to do: a sentence for a person.
    package var spawnError: String?
    /// Standard output and standard error in the order of arrival. When more than the limit came: its first three quarters and its last
    /// quarter, with a line between that says how much was cut.
    package var output: [UInt8] = []
    package var cutBytes = 0
    /// Microseconds since 1970 UTC; the time of the attempt when nothing was started.
    package var startedWallMicros: Int64
    /// From the start to the exit of the command itself.
    package var durationMicros: Int64 = 0
    /// 0 when nothing was started.
    package var processID: Int32 = 0
}

/// Names a run of a `ChildSupervisor`.
package struct ChildHandle: Sendable, Hashable {
    let id: UInt64
}
