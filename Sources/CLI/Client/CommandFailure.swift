internal import Diagnostics

/// Why a command could not do what it was asked; shown as one message, without a trace.
package struct CommandFailure: Error, Equatable {
    package var message: String
    package var exitCode: Int32

    package init(_ message: String, exitCode: Int32 = ExitCode.failure) {
        self.message = message
        self.exitCode = exitCode
    }

    package static func misuse(_ message: String) -> CommandFailure { CommandFailure(message, exitCode: ExitCode.misuse) }
}

extension ExitCode {
    /// EX_TEMPFAIL of sysexits(3): the call waits for an approval.
    package static let pending: Int32 = 75
}

extension ArgumentParser {
    /// The whole frame of a command that works on a console: help, misuse and failures become text and exit code.
    func run(
        _ arguments: [String], on console: Console, _ body: (Arguments) throws(CommandFailure) -> Int32
    ) -> Int32 {
        let parsed: Arguments
        do throws(UsageError) { parsed = try parse(arguments) } catch {
            return misuse(error, on: console)
        }
        if parsed.wantsHelp {
            console.output(Array(help.utf8))
            return ExitCode.success
        }
        do throws(CommandFailure) { return try body(parsed) } catch {
            if error.exitCode == ExitCode.misuse { return misuse(UsageError(error.message), on: console) }
            console.note("sluice: \(error.message)")
            return error.exitCode
        }
    }

    private func misuse(_ error: UsageError, on console: Console) -> Int32 {
        let hint = error.hint.map { "hint: \(visible($0))\n" } ?? ""
        console.note("sluice \(command): \(visible(error.message))\n\(hint)\(usage)\nTry: sluice \(command) --help")
        return ExitCode.misuse
    }
}

extension Arguments {
    /// A whole number within `range`, as `integer(_:in:)`.
    func number(_ option: String, in range: ClosedRange<Int>) throws(CommandFailure) -> Int? {
        do throws(UsageError) { return try integer(option, in: range) } catch { throw .misuse(error.message) }
    }
}

/// A command with sub-commands, such as `approvals`: its overview, and which parser and action belongs to which word.
struct CommandGroup: Sendable {
    let name: String
    /// The text of `--help`.
    let overview: String
    let members: [(name: String, run: @Sendable ([String], Console) -> Int32)]

    func run(_ arguments: [String], on console: Console) -> Int32 {
        guard let word = arguments.first else {
            console.note("sluice \(name): say what to do: \(members.map(\.name).joined(separator: ", "))\nTry: sluice \(name) --help")
            return ExitCode.misuse
        }
        if let member = members.first(where: { $0.name == word }) { return member.run(Array(arguments.dropFirst()), console) }
        if ["--help", "-h", "help"].contains(word) {
            console.output(Array(overview.utf8))
            return ExitCode.success
        }
        let hint = closestMatch(word, in: members.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
        console.note("sluice \(name): unknown command '\(visible(word))'\(hint)\nTry: sluice \(name) --help")
        return ExitCode.misuse
    }
}
