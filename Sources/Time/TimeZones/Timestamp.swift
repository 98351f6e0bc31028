/// An instant as RFC 3339 writes it: a point in time, and the offset in which it was written down.
package struct Timestamp: Sendable, Hashable {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    package var seconds: Int64
    /// What the rounding left over, 0 to 999,999,999; digits beyond the ninth are dropped.
    package var nanoseconds: Int
    /// Seconds east of UTC of the text.
    package var offset: Int

    package init(seconds: Int64, nanoseconds: Int = 0, offset: Int = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
        self.offset = offset
    }

    /// Reads `2026-03-28T12:00:00.5+01:00`; nil for everything outside the grammar of RFC 3339, section 5.6.
    ///
    /// A leap second (`23:59:60` in UTC at a month's end, section 5.7) is taken as the last nanosecond before midnight.
    package init?(rfc3339 text: String) {
        var reader = DigitReader(Array(text.utf8.prefix(64)))
        guard text.utf8.count <= 64,
            let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"), let day = reader.number(2),
            reader.take("T") || reader.take("t"),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
            1...12 ~= month, day >= 1, day <= daysIn(month: month, year: year), hour <= 23, minute <= 59, second <= 60,
            let fraction = reader.fraction(), let offset = reader.offset(), reader.atEnd
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).days
        let total = days * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset
        if second == 60 {
            let next = CivilDate(days: floorDivide(total + 1, 86_400))
            guard floorRemainder(total + 1, 86_400) == 0, next.day == 1 else { return nil }
        }
        self.init(seconds: Int64(total), nanoseconds: second == 60 ? 999_999_999 : fraction, offset: offset)
    }

    /// The text with whole seconds: `2026-03-28T12:00:00+01:00`.
    package var rfc3339: String? {
        Timestamp.format(seconds: seconds, offset: offset, zulu: offset == 0)
    }

    /// Writes an instant in an offset; with `zulu`, an offset of zero is written as `Z`.
    ///
    /// RFC 3339 has no seconds in offsets, but zones had them before about 1920 (and Monrovia until 1972). Such an offset
    /// is cut to whole minutes and the clock time with it, so that the text still names the same instant.
    /// - Returns: nil if the year is outside 0000 to 9999.
    package static func format(seconds: Int64, offset: Int, zulu: Bool) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(25)
        guard append(seconds: seconds, offset: offset, zulu: zulu, to: &bytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// ``format(seconds:offset:zulu:)`` into a buffer; false, with nothing written, if the year is outside 0000 to 9999.
    package static func append(seconds: Int64, offset: Int, zulu: Bool, to bytes: inout [UInt8]) -> Bool {
        guard abs(offset) < 100 * 3600, seconds > -70_000_000_000, seconds < 260_000_000_000 else { return false }
        let offset = offset / 60 * 60
        let local = Int(seconds) + offset
        let days = floorDivide(local, 86_400)
        let date = CivilDate(days: days)
        guard 0...9999 ~= date.year else { return false }
        let time = local - days * 86_400
        appendTwo(date.year / 100, to: &bytes)
        appendTwo(date.year % 100, to: &bytes)
        append("-", date.month, to: &bytes)
        append("-", date.day, to: &bytes)
        append("T", time / 3600, to: &bytes)
        append(":", time / 60 % 60, to: &bytes)
        append(":", time % 60, to: &bytes)
        if offset == 0, zulu {
            bytes.append(UInt8(ascii: "Z"))
        } else {
            append(offset < 0 ? "-" : "+", abs(offset) / 3600, to: &bytes)
            append(":", abs(offset) / 60 % 60, to: &bytes)
        }
        return true
    }

    private static func append(_ mark: Unicode.Scalar, _ value: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: mark))
        appendTwo(value, to: &bytes)
    }

    private static func appendTwo(_ value: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10))
        bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}

/// The pieces of RFC 3339's grammar.
private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var atEnd: Bool { position == bytes.count }

    mutating func digit() -> Int? {
        guard position < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[position] else { return nil }
        defer { position += 1 }
        return Int(bytes[position] - UInt8(ascii: "0"))
    }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
        position += 1
        return true
    }

    /// A number of exactly so many digits.
    mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let next = digit() else { return nil }
            value = value * 10 + next
        }
        return value
    }

    /// `["." 1*DIGIT]` as nanoseconds.
    mutating func fraction() -> Int? {
        guard take(".") else { return 0 }
        guard let first = digit() else { return nil }
        var value = first * 100_000_000
        var unit = 10_000_000
        while let next = digit() {
            value += next * unit
            unit /= 10
        }
        return value
    }

    /// `"Z" / ("+" / "-") hour ":" minute` as seconds east of UTC.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours <= 23, minutes <= 59 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
