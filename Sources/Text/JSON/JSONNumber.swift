internal import Bytes

/// A number as its text was written, so that nothing is lost between reading and writing.
/// Equality is that of the text: `1` and `1.0` differ.
package struct JSONNumber: Sendable, Hashable, CustomStringConvertible {
    /// Follows the grammar of RFC 8259 section 6.
    package let text: String

    init(scanned text: String) { self.text = text }

    package init(_ value: Int) { text = String(value) }
    package init(_ value: Int64) { text = String(value) }
    package init(_ value: UInt64) { text = String(value) }

    /// nil for infinities and NaN, which JSON can't write.
    package init?(_ value: Double) {
        guard value.isFinite else { return nil }
        text = value.description
    }

    package var description: String { text }

    /// The integer, or nil if there is a fraction or it does not fit. `1.0` and `1e3` are integers, up to 2^53.
    package var int64: Int64? {
        if let value = Int64(text) { return value }
        guard text.utf8.contains(where: { $0 == ASCII.period || $0 | 0x20 == 0x65 }) else { return nil }
        let value = double
        return value.magnitude <= 9_007_199_254_740_992 ? Int64(exactly: value) : nil
    }

    /// The nearest double; beyond its range an infinity.
    package var double: Double { Double(text) ?? .nan }
}
