/// Why a text is no condition, and which part of it is meant.
package struct ConditionError: Error, Sendable, Equatable {
    package let message: String
    /// Unicode scalars from the beginning of the text.
    package let columns: Range<Int>
    package let hint: String?

    package init(_ message: String, at columns: Range<Int>, hint: String? = nil) {
        self.message = message
        self.columns = columns
        self.hint = hint
    }

    package static func tooManyPaths(_ limit: Int, at columns: Range<Int> = 0..<1) -> ConditionError {
        ConditionError("more than \(limit) different paths into the payload", at: columns)
    }
}
