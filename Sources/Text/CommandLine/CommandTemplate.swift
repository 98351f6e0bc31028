/// A command as configured, parsed once, ready to take the values of a call.
///
/// Values never become shell text. In words they are put into the finished word. In a shell text they travel in environment
/// variables (placeholders) or behind `sh` as `"$@"` (the others). Not covered: a program that takes its argument as code of
/// its own accord, as `ssh`, `awk` or `xargs sh -c` do; quoting for those is with the author of the command.
///
/// An argument that no placeholder uses is positional: its value comes behind the command's own words, in the listed order;
/// one without a value is passed over. A placeholder without a value is empty, and an unquoted word that consists of such
/// placeholders alone disappears: `${flag}` gives no word, `"${flag}"` an empty one. An empty value is a value.
package struct CommandTemplate: Sendable, Equatable {
    package enum Form: Sendable, Equatable {
        /// Run as they are, without a shell.
        case words([Word])
        /// `/bin/sh -c` with this text, whose placeholders stand for variables by now.
        case shell(script: String, variables: [ArgumentVariable])
    }

    package struct Word: Sendable, Equatable {
        package enum Part: Sendable, Equatable {
            case literal(String)
            case placeholder(String)
        }

        package internal(set) var parts: [Part] = []
        /// Some of it was in quotes, so it stays even if nothing is in it.
        package internal(set) var quoted = false
    }

    /// As written in the configuration.
    package let text: String
    package let form: Form
    /// Names of the arguments that no placeholder uses, in the listed order.
    package let positional: [String]

    package var usesShell: Bool {
        if case .shell = form { true } else { false }
    }
}

/// The environment variable that carries an argument into a shell text.
package struct ArgumentVariable: Sendable, Equatable {
    package let argument: String
    package let variable: String
}

/// What to execute: `argv[0]` is the program, to be searched for as execvp(3) does.
package struct RenderedCommand: Sendable, Equatable {
    package let argv: [String]
    /// To be set beside the run's own environment. Inherited variables with the prefix `SLUICE_ARG_` must not reach the run,
    /// or an omitted argument could take its value from there.
    package let environment: [(name: String, value: String)]

    package static func == (a: RenderedCommand, b: RenderedCommand) -> Bool {
        a.argv == b.argv && a.environment.elementsEqual(b.environment) { $0 == $1 }
    }
}

extension CommandTemplate {
    private static let longestString = 128 * 1024 - 1

    /// The command with the values of one call by argument name; a missing one has been omitted, an unknown one is ignored.
    package func render(values: [String: String]) throws(RenderError) -> RenderedCommand {
        let trailing = try positionalValues(values)
        switch form {
        case .words(let words):
            var argv: [String] = []
            for word in words {
                if let text = try render(word, values) { argv.append(text) }
            }
            argv += trailing
            guard let program = argv.first, !program.isEmpty else { throw .noProgram }
            return RenderedCommand(argv: argv, environment: [])
        case .shell(let script, let variables):
            var environment: [(name: String, value: String)] = []
            for entry in variables {
                guard let value = try checked(entry.argument, values, room: entry.variable.utf8.count + 1) else { continue }
                environment.append((entry.variable, value))
            }
            return RenderedCommand(argv: ["/bin/sh", "-c", script, "sh"] + trailing, environment: environment)
        }
    }

    private func positionalValues(_ values: [String: String]) throws(RenderError) -> [String] {
        var result: [String] = []
        for name in positional {
            if let value = try checked(name, values) { result.append(value) }
        }
        return result
    }

    /// nil: the word disappears.
    private func render(_ word: Word, _ values: [String: String]) throws(RenderError) -> String? {
        var text = ""
        var present = word.quoted
        for part in word.parts {
            switch part {
            case .literal(let literal):
                text += literal
                present = true
            case .placeholder(let name):
                guard let value = try checked(name, values, room: text.utf8.count) else { continue }
                text += value
                present = true
            }
        }
        return present ? text : nil
    }

    private func checked(_ name: String, _ values: [String: String], room taken: Int = 0) throws(RenderError) -> String? {
        guard let value = values[name] else { return nil }
        if value.utf8.contains(0) { throw .nulByte(argument: name) }
        if value.utf8.count + taken > Self.longestString { throw .tooLong(argument: name) }
        return value
    }

    /// The words written in the command, without quotes: among them are the script files that it names. For a shell text the
    /// split is a guess at blanks and operators, and words with an expansion in them come as written.
    package var literalWords: [String] {
        switch form {
        case .words(let words):
            words.compactMap { word in
                var text = ""
                for part in word.parts {
                    guard case .literal(let literal) = part else { return nil }
                    text += literal
                }
                return text
            }
        case .shell:
            roughWords(of: text)
        }
    }
}
