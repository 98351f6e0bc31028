/// What is wrong with a cron expression.
package struct CronError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The field with the mistake; nil if the expression as a whole is wrong.
    package var field: CronField?
    /// The text that is wrong, as written.
    package var item: String
    /// One sentence without a full stop: names the field, quotes the item, says what is allowed.
    package var message: String
    /// Where the item stands in the expression, counted in characters from 0; for a caret. Empty where something is missing.
    package var columns: Range<Int>

    package var description: String { message }

    /// - Parameters:
    ///   - range: UTF-8 offsets of the item in `source`.
    ///   - problem: follows the quoted item: `is out of range`.
    init(in source: String, at range: Range<Int>, field: CronField?, problem: String) {
        let bytes = Array(source.utf8)
        item = String(decoding: bytes[range], as: UTF8.self)
        let start = String(decoding: bytes[..<range.lowerBound], as: UTF8.self).count
        columns = start..<(start + item.count)
        self.field = field
        let subject = field.map { "\($0.name): " } ?? ""
        message = "\(subject)\"\(printable(item))\" \(problem)"
    }
}

/// A text for a message: control characters replaced, and cut where it gets long.
func printable(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(80) {
        let category = scalar.properties.generalCategory
        shown.append(category == .control || category == .format || category == .lineSeparator ? "\u{FFFD}" : scalar)
    }
    return String(shown) + (text.unicodeScalars.count > 80 ? "..." : "")
}
