/// The rule at the end of a TZif file: the POSIX `TZ` string, with the hours of version 3 (RFC 9636, section 3.3.2).
struct PosixRule: Sendable, Equatable {
    /// Seconds east of UTC in standard time.
    var standard: Int
    /// Saving time, if the zone has one.
    var saving: Saving?

    struct Saving: Sendable, Equatable {
        /// Seconds east of UTC; some zones (Dublin) save in winter, so this may be the smaller of the two offsets.
        var offset: Int
        var start: Change
        var end: Change
    }

    /// A change of offset, every year: a day, and a time on the clock that runs until then.
    struct Change: Sendable, Equatable {
        var day: Day
        /// Seconds from midnight; -167 to 167 hours.
        var time: Int
    }

    enum Day: Sendable, Equatable {
        /// `Jn`: 1 to 365; 29 February is never counted.
        case julian(Int)
        /// `n`: 0 to 365; 29 February is counted.
        case zeroBased(Int)
        /// `Mm.w.d`: the w-th (5: last) weekday d (0: Sunday) of month m.
        case weekday(month: Int, week: Int, day: Int)
    }

    /// The two changes of a year as UTC seconds, each with the offset that begins there.
    func changes(in year: Int) -> [(at: Int64, offset: Int)] {
        guard let saving else { return [] }
        let start = saving.start.clockSeconds(in: year) - standard
        let end = saving.end.clockSeconds(in: year) - saving.offset
        let both = [(at: Int64(start), offset: saving.offset), (at: Int64(end), offset: standard)]
        return start <= end ? both : both.reversed()
    }
}

extension PosixRule.Change {
    /// Seconds since 1970-01-01T00:00:00 on the clock of that year's change.
    func clockSeconds(in year: Int) -> Int {
        let newYear = CivilDate(year: year, month: 1, day: 1).days
        let date =
            switch day {
            case .julian(let n): newYear + n - 1 + (n >= 60 && isLeap(year: year) ? 1 : 0)
            case .zeroBased(let n): newYear + n
            case .weekday(let month, let week, let day): nthWeekday(year: year, month: month, week: week, day: day)
            }
        return date * 86_400 + time
    }

    private func nthWeekday(year: Int, month: Int, week: Int, day: Int) -> Int {
        let first = CivilDate(year: year, month: month, day: 1).days
        let offset = floorRemainder(day - weekdayOf(days: first), 7) + (week - 1) * 7
        return first + (offset < daysIn(month: month, year: year) ? offset : offset - 7)
    }
}

extension PosixRule {
    /// Reads `CET-1CEST,M3.5.0,M10.5.0/3`; nil if it is malformed.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = RuleReader(rest: text)
        guard reader.name(), let west = reader.time(maximumHours: 24) else { return nil }
        standard = -west
        guard !reader.rest.isEmpty else { return }
        guard reader.name() else { return nil }
        var offset = standard + 3600
        if reader.rest.first != UInt8(ascii: ",") {
            guard let west = reader.time(maximumHours: 24) else { return nil }
            offset = -west
        }
        guard reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(), reader.rest.isEmpty else {
            return nil
        }
        saving = Saving(offset: offset, start: start, end: end)
    }
}

/// The pieces of a `TZ` string (POSIX.1-2024, XBD 8.3).
private struct RuleReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest.removeFirst()
        return true
    }

    /// An abbreviation: three or more letters, or letters, digits and signs in angle brackets.
    mutating func name() -> Bool {
        let quoted = take("<")
        let length = rest.prefix { byte in
            isLetter(byte) || quoted && (isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"))
        }.count
        guard length >= 3 else { return false }
        rest = rest.dropFirst(length)
        return !quoted || take(">")
    }

    mutating func number(maximum: Int) -> Int? {
        let digits = rest.prefix(while: isDigit)
        guard 1...3 ~= digits.count else { return nil }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return value <= maximum ? value : nil
    }

    /// `[+|-]hh[:mm[:ss]]` in seconds.
    mutating func time(maximumHours: Int) -> Int? {
        let sign = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number(maximum: maximumHours) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where take(":") {
            guard let part = number(maximum: 59) else { return nil }
            seconds += part * unit
        }
        return sign * seconds
    }

    /// `Jn`, `n` or `Mm.w.d`, with an optional `/time` that is 02:00 if left out.
    mutating func change() -> PosixRule.Change? {
        let day: PosixRule.Day
        if take("J") {
            guard let n = number(maximum: 365), n >= 1 else { return nil }
            day = .julian(n)
        } else if take("M") {
            guard let month = number(maximum: 12), month >= 1, take("."), let week = number(maximum: 5), week >= 1, take("."),
                let weekday = number(maximum: 6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else {
            guard let n = number(maximum: 365) else { return nil }
            day = .zeroBased(n)
        }
        guard take("/") else { return .init(day: day, time: 7200) }
        guard let time = time(maximumHours: 167) else { return nil }
        return .init(day: day, time: time)
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}
