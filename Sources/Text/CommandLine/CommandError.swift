/// Why a command text can't be used, and where.
package struct CommandError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes of the text before the fault.
    package let offset: Int
    /// Line and column inside the text, from 1; a column is a character.
    package let line: Int
    package let column: Int
    package let message: String

    package var description: String { "line \(line), column \(column): \(message)" }

    init(_ message: String, at offset: Int, in text: [UInt8]) {
        self.message = message
        self.offset = offset
        var line = 1
        var column = 1
        for byte in text.prefix(offset) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}

/// Why the values of one call can't be put into a command. The text is for the caller.
package enum RenderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kernel ends strings at a NUL byte, so the command would see another value than the one approved.
    case nulByte(argument: String)
    /// One string of a command line may have 128 KiB (execve(2), MAX_ARG_STRLEN).
    case tooLong(argument: String)
    /// The program's own name is made of placeholders, and they leave nothing.
    case noProgram

    package var description: String {
        switch self {
        case .nulByte(let argument): "argument \"\(argument)\" contains a NUL byte"
        case .tooLong(let argument): "argument \"\(argument)\" is too long for a command line (128 KiB)"
        case .noProgram: "the arguments leave no program to run"
        }
    }
}
