internal import Diagnostics
internal import Glibc

/// Exit codes of all commands: 0 done, 1 the answer is no or it failed, 2 the command was misused.
package enum ExitCode {
    package static let success: Int32 = 0
    package static let failure: Int32 = 1
    package static let misuse: Int32 = 2
}

/// What a command takes, and the reader of its arguments, after the habits of GNU programs: `--name value`, `--name=value`, `-n value`,
/// options and operands in any order, `--` before operands that begin with a dash. `--help` and `-h` are understood by all.
package struct ArgumentParser: Sendable {
    package struct Option: Sendable {
        /// Without the dashes.
        package let name: String
        package let short: Character?
        /// What stands for the value in the help, such as `FILE`; nil for a flag.
        package let value: String?
        package let help: String
        /// May be given more than once; otherwise a second one is a misuse.
        package let isRepeatable: Bool

        package static func flag(_ name: String, short: Character? = nil, _ help: String) -> Option {
            Option(name: name, short: short, value: nil, help: help, isRepeatable: false)
        }

        package static func value(
            _ name: String, _ value: String, short: Character? = nil, repeatable: Bool = false, _ help: String
        ) -> Option {
            Option(name: name, short: short, value: value, help: help, isRepeatable: repeatable)
        }
    }

    /// As typed behind `sluice`: `config json`.
    let command: String
    /// One sentence.
    let summary: String
    /// Names of operands as in a manual page: `FILE`, `[NAME]`, `NAME...`, `[NAME...]`; brackets mean optional, dots mean any number.
    let operands: [String]
    let options: [Option]
    /// Further lines of the help.
    let notes: String

    package init(_ command: String, _ summary: String, operands: [String] = [], options: [Option] = [], notes: String = "") {
        self.command = command
        self.summary = summary
        self.operands = operands
        self.options = options + [.flag("help", short: "h", "print this help")]
        self.notes = notes
    }

    /// Reads `arguments`, without the command's own name.
    package func parse(_ arguments: [String]) throws(UsageError) -> Arguments {
        var result = Arguments()
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if argument == "--" {
                result.operands += arguments[index...]
                break
            }
            guard argument.utf8.first == UInt8(ascii: "-"), argument != "-" else {
                result.operands.append(argument)
                continue
            }
            let (option, attached) = try option(of: argument)
            if option.value == nil {
                if attached != nil { throw UsageError("--\(option.name) takes no value") }
                result.flags.insert(option.name)
            } else if let value = attached {
                try add(value, option, &result)
            } else {
                guard index < arguments.count else { throw UsageError("\(argument) needs a value (\(option.value ?? ""))") }
                try add(arguments[index], option, &result)
                index += 1
            }
        }
        if !result.wantsHelp { try checkOperands(result.operands) }
        return result
    }

    private func add(_ value: String, _ option: Option, _ result: inout Arguments) throws(UsageError) {
        if !option.isRepeatable, result.values[option.name] != nil { throw UsageError("--\(option.name) is given twice") }
        result.values[option.name, default: []].append(value)
    }

    /// The option that `argument` names and the value in the same word. Short flags are not bundled.
    private func option(of argument: String) throws(UsageError) -> (Option, String?) {
        if argument.hasPrefix("--") {
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options.first(where: { $0.name == name }) else {
                let near = closestMatch(name, in: options.map(\.name)).map { "did you mean '--\($0)'?" }
                throw UsageError("unknown option '--\(name)'", hint: near)
            }
            return (option, parts.count == 2 ? String(parts[1]) : nil)
        }
        let body = argument.dropFirst()
        guard let letter = body.first, let option = options.first(where: { $0.short == letter }) else {
            throw UsageError("unknown option '\(argument)'")
        }
        let rest = body.dropFirst()
        if !rest.isEmpty, option.value == nil { throw UsageError("unknown option '\(argument)'") }
        return (option, rest.isEmpty ? nil : String(rest))
    }

    private func checkOperands(_ given: [String]) throws(UsageError) {
        let required = operands.filter { !$0.hasPrefix("[") }
        if given.count < required.count { throw UsageError("\(required[given.count]) is missing") }
        let takesMany = operands.contains { $0.contains("...") }
        if !takesMany, given.count > operands.count { throw UsageError("unexpected argument '\(given[operands.count])'") }
    }

    // MARK: Help

    package var usage: String {
        let words = operands.map { " " + $0 }.joined()
        return "usage: sluice \(command) [OPTION]...\(words)"
    }

    /// The text of `--help`, ending in a line break.
    package var help: String {
        var text = usage + "\n\n" + summary + "\n\noptions:\n"
        let left = options.map { option in
            (option.short.map { "  -\($0), " } ?? "      ") + "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
        }
        let width = left.map(\.count).max() ?? 0
        for (option, label) in zip(options, left) {
            text += label + String(repeating: " ", count: width - label.count + 2) + option.help + "\n"
        }
        return notes.isEmpty ? text : text + "\n" + notes + (notes.hasSuffix("\n") ? "" : "\n")
    }

    /// Reads `arguments` and calls `body` with them; prints help and misuse itself. The whole frame of a command.
    package func run(_ arguments: [String], _ body: (Arguments) throws(UsageError) -> Int32) -> Int32 {
        do throws(UsageError) {
            let parsed = try parse(arguments)
            if parsed.wantsHelp {
                printText(help)
                return ExitCode.success
            }
            return try body(parsed)
        } catch {
            let hint = error.hint.map { "hint: \($0)\n" } ?? ""
            printError("sluice \(command): \(error.message)\n\(hint)\(usage)\n")
            return ExitCode.misuse
        }
    }
}

/// The command was called wrongly: exit code 2.
package struct UsageError: Error, Sendable, Equatable {
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// The arguments of a command, sorted into flags, values and operands.
package struct Arguments: Sendable {
    package fileprivate(set) var operands: [String] = []
    fileprivate var flags: Set<String> = []
    fileprivate var values: [String: [String]] = [:]

    package func has(_ flag: String) -> Bool { flags.contains(flag) }

    package subscript(option: String) -> String? { values[option]?.last }

    /// All values of a repeatable option, in order.
    package func all(_ option: String) -> [String] { values[option] ?? [] }

    package var wantsHelp: Bool { flags.contains("help") }

    package func required(_ option: String) throws(UsageError) -> String {
        guard let value = self[option] else { throw UsageError("--\(option) is missing") }
        return value
    }

    /// A whole number in decimal, within `range`.
    package func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = self[option] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("--\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }
}

/// Writes all of `bytes`, over partial writes and signals. An error (a closed pipe, a full disk) ends it; false then.
@discardableResult
package func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { buffer in
        var done = 0
        while done < buffer.count {
            let count = write(descriptor, buffer.baseAddress! + done, buffer.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            done += count
        }
        return true
    }
}

/// To standard output, as is.
package func printText(_ text: String) { writeAll(1, Array(text.utf8)) }

/// To standard error, as is.
package func printError(_ text: String) { writeAll(2, Array(text.utf8)) }
