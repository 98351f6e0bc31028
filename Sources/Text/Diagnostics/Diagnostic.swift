/// A place in a text file, as editors count: the first character is line 1, column 1.
///
/// A column is one Unicode scalar; a byte order mark at the start of the file is not counted. A line ends at LF, CRLF or CR.
package struct SourcePosition: Sendable, Hashable, Comparable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (a: SourcePosition, b: SourcePosition) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }
}

/// One thing to tell a person about a file that they wrote.
package struct Diagnostic: Sendable, Hashable {
    package enum Severity: String, Sendable {
        case error, warning
    }

    package var severity: Severity
    /// Nil where the matter concerns the file as a whole.
    package var position: SourcePosition?
    /// How many columns to underline, from `position` on; 1 or more.
    package var length: Int
    package var message: String
    /// What to do about it, if there is one likely answer.
    package var hint: String?

    package init(
        _ severity: Severity = .error, at position: SourcePosition?, length: Int = 1, _ message: String, hint: String? = nil
    ) {
        self.severity = severity
        self.position = position
        self.length = max(1, length)
        self.message = message
        self.hint = hint
    }
}
