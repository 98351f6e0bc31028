package import Diagnostics

/// A crontab, read: its jobs as places in its bytes, so that a million of them take little more room than the file.
package struct Crontab: Sendable {
    /// A line that runs a command at certain times.
    package struct Job: Sendable {
        /// From 1.
        package let line: UInt32
        private let start, expressionEnd, commandStart, end: UInt32
        /// The index of the environment in force.
        package let environment: UInt32

        init(line: Int, expression: Range<Int>, command: Range<Int>, environment: Int) {
            self.line = UInt32(truncatingIfNeeded: line)
            start = UInt32(truncatingIfNeeded: expression.lowerBound)
            expressionEnd = UInt32(truncatingIfNeeded: expression.upperBound)
            commandStart = UInt32(truncatingIfNeeded: command.lowerBound)
            end = UInt32(truncatingIfNeeded: command.upperBound)
            self.environment = UInt32(truncatingIfNeeded: environment)
        }

        /// The five fields or the macro, as offsets of bytes.
        package var expression: Range<Int> { Int(start)..<Int(expressionEnd) }
        /// What is behind it: the command, and its standard input behind a `%`.
        package var command: Range<Int> { Int(commandStart)..<Int(end) }
        /// What is between the two, with blanks: in a system's crontab the user.
        package var between: Range<Int> { Int(expressionEnd)..<Int(commandStart) }
    }

    /// The variables that were set above a job.
    package struct Environment: Sendable, Equatable {
        /// In the order in which they were first set.
        package var variables: [Variable] = []
        /// `CRON_TZ`: the zone of the times, which is not handed to the command.
        package var timezone: String?
        /// Where it is named.
        package var timezonePosition: SourcePosition?

        package subscript(name: String) -> String? { variables.first { $0.name == name }?.value }
        package var shell: String { self["SHELL"] ?? "/bin/sh" }
    }

    package struct Variable: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// A line `SLUICE_<FIELD>=value`, which is meant for Sluice and holds for the whole file.
    package struct Setting: Sendable, Equatable {
        /// Lower case, without the prefix.
        package let name: String
        package let value: String
        package let line: Int
        /// Columns from 1.
        package let nameColumn: Int
        package let valueColumn: Int
    }

    package let bytes: [UInt8]
    package var jobs: ContiguousArray<Job> = []
    package var environments: [Environment] = []
    package var settings: [Setting] = []

    package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    package func expression(of job: Job) -> String { text(job.expression) }
    package func environment(of job: Job) -> Environment { environments[Int(job.environment)] }

    /// The user of a job in a system's crontab.
    package func user(of job: Job) -> String {
        let blanks: Set<UInt8> = [0x20, 0x09]
        return String(decoding: bytes[job.between].filter { !blanks.contains($0) }, as: UTF8.self)
    }

    /// The command as the shell gets it, and its standard input. crontab(5): the first `%` that has no backslash before it ends the
    /// command, what follows is the input with a new line for every further one; `\%` is a percent sign.
    package func command(of job: Job) -> (text: String, stdin: [UInt8]) {
        var parts: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in bytes[job.command] {
            if byte == UInt8(ascii: "%"), isEscaped {
                parts[parts.count - 1].removeLast()
                parts[parts.count - 1].append(byte)
            } else if byte == UInt8(ascii: "%") {
                parts.append([])
            } else {
                parts[parts.count - 1].append(byte)
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        let stdin = parts.count == 1 ? [] : Array(parts.dropFirst().joined(separator: [0x0A])) + [0x0A]
        return (String(decoding: parts[0], as: UTF8.self), stdin)
    }
}
