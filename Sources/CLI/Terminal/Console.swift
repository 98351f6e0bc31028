import Glibc
package import Posix

/// What a command reads from and writes to, passed in so that a test can stand in for terminal, environment and clock.
package struct Console {
    /// Standard output and standard error.
    package var output: ([UInt8]) -> Void
    package var errors: ([UInt8]) -> Void
    /// Standard input to its end; throws EFBIG beyond the given number of bytes.
    package var input: (Int) throws -> [UInt8]
    package var environment: (String) -> String?
    package var clock: SystemClock
    /// Does nothing for so many milliseconds.
    package var pause: (Int) -> Void
    /// Whether standard output is a terminal: tables and relative times then, fields between tabs otherwise.
    package var isTerminal: Bool
    /// Whether that terminal gets colours.
    package var hasColours: Bool
    /// Columns of the terminal.
    package var width: Int

    package init(
        output: @escaping ([UInt8]) -> Void, errors: @escaping ([UInt8]) -> Void, input: @escaping (Int) throws -> [UInt8] = { _ in [] },
        environment: @escaping (String) -> String? = { _ in nil }, clock: SystemClock = .real, pause: @escaping (Int) -> Void = { _ in },
        isTerminal: Bool = false, hasColours: Bool = false, width: Int = 80
    ) {
        self.output = output
        self.errors = errors
        self.input = input
        self.environment = environment
        self.clock = clock
        self.pause = pause
        self.isTerminal = isTerminal
        self.hasColours = hasColours
        self.width = width
    }
}

extension Console {
    package func print(_ line: String) { output(Array((line + "\n").utf8)) }

    /// A line for the person who looks on; not part of the result.
    package func note(_ line: String) { errors(Array((line + "\n").utf8)) }

    /// The value of a variable that is set and not empty.
    package func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// Microseconds since 1970 UTC.
    package var now: Int64 { clock.wall() }
}

/// Remembers that standard output could not be written, so that the exit code can say so.
package final class OutputHealth {
    package private(set) var failure: SystemError?
    package init() {}

    func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        guard failure == nil else { return }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                failure = .last("write")
                endIfNobodyReads()
                return
            }
            written += count
        }
    }

    /// A reader that has seen enough (`| head`) ends this process as it ends every other: by SIGPIPE, also where that was ignored.
    private func endIfNobodyReads() {
        guard failure?.errno == EPIPE else { return }
        _ = signal(SIGPIPE, SIG_DFL)
        _ = raise(SIGPIPE)
    }
}

extension Console {
    /// The process's own streams. Colours: on a terminal unless NO_COLOR is set (no-color.org) or TERM is `dumb`.
    package static func standard(health: OutputHealth) -> Console {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let variable: (String) -> String? = { getenv($0).map { String(cString: $0) } }
        let errorHealth = OutputHealth()
        return Console(
            output: { health.writeAll($0, to: STDOUT_FILENO) }, errors: { errorHealth.writeAll($0, to: STDERR_FILENO) },
            input: readStandardInput, environment: variable,
            pause: { _ = poll(nil, 0, Int32(clamping: $0)) }, isTerminal: isTerminal,
            hasColours: isTerminal && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb",
            width: terminalWidth(variable("COLUMNS")))
    }
}

func readStandardInput(limit: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        if count == 0 { return bytes }
        if count < 0 {
            if errno == EINTR { continue }
            throw .last("read standard input")
        }
        if bytes.count + count > limit { throw SystemError(errno: EFBIG, call: "read standard input") }
        bytes.append(contentsOf: chunk[..<count])
    }
}

/// The terminal's columns, else COLUMNS, else 80.
private func terminalWidth(_ columns: String?) -> Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return columns.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
}
