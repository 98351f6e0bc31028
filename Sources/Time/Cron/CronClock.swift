package import TimeZones

/// The local dates and times at which an expression matches: sets of bits, and nothing about time zones.
package struct CronClock: Sendable {
    /// Bit n is set where the field takes n; none of the sets is empty.
    let seconds, minutes, hours, months: UInt64
    let days: DayTable
    private let hasSeconds: Bool
    /// The first matching second of a matching day.
    private let firstTime: Int
    /// Whether each matching local time is served once, also where the zone's clock skips or repeats it.
    let isFixedTime: Bool

    /// - Parameter fields: five or six, in the order of ``CronField``.
    init(_ fields: [CronFieldValue]) {
        let minute = fields.count - 5
        hasSeconds = minute == 1
        seconds = minute == 1 ? fields[0].bits : 1
        minutes = fields[minute].bits
        hours = fields[minute + 1].bits
        months = fields[minute + 3].bits
        days = DayTable(dayOfMonth: fields[minute + 2], dayOfWeek: fields[minute + 4])
        firstTime = hours.trailingZeroBitCount * 3600 + minutes.trailingZeroBitCount * 60 + seconds.trailingZeroBitCount
        // A star in the minute or hour field asks for a rhythm, as does any second field.
        isFixedTime = minute == 0 && !fields[0].startsWithStar && !fields[1].startsWithStar
    }

    /// The first instant strictly later than one (seconds since 1970); see ``CronExpression/next(after:in:)``.
    package func next(after instant: Int64, in zone: Zone) -> Int64? {
        var instants = CronInstants(clock: self, zone: zone, after: instant)
        return instants.next()
    }

    /// Whether what the zone's clock shows at an instant (seconds since 1970) fits the fields: to the minute for five fields, to the second
    /// for six. Gaps and repeated times have no part in it.
    package func contains(_ instant: Int64, in zone: Zone) -> Bool {
        let local = Int(instant) + zone.utcOffset(at: instant)
        let today = floorDivide(local, 86_400)
        let time = local - today * 86_400
        let date = CivilDate(days: today)
        return matchingDays(of: date, startingOn: today - date.day + 1) >> UInt32(date.day) & 1 == 1 && contains(hours, time / 3600)
            && contains(minutes, time / 60 % 60) && (!hasSeconds || contains(seconds, time % 60))
    }

    package var neverFires: Bool { !days.canFire(months: months) }

    /// The first matching local time at or after one, and not after another; both in seconds as if they were UTC.
    ///
    /// Goes from date to date, and over months without a match in one step each.
    func next(onOrAfter local: Int64, through limit: Int64) -> Int64? {
        let today = floorDivide(Int(local), 86_400)
        var date = CivilDate(days: today)
        var firstOfMonth = today - date.day + 1
        var left = matchingDays(of: date, startingOn: firstOfMonth)
        if left >> UInt32(date.day) & 1 == 1, let time = nextTime(onOrAfter: Int(local) - today * 86_400) {
            return within(limit, day: today, time: time)
        }
        // Bit 0 of a day set is never set, so a shift by 32 (after the 31st) needs no care: Swift's >> and << are not masked.
        left &= ~0 << UInt32(date.day + 1)
        let limitDay = floorDivide(Int(limit), 86_400)
        while left == 0 {
            firstOfMonth += daysIn(month: date.month, year: date.year)
            guard firstOfMonth <= limitDay else { return nil }
            date.month += 1
            if date.month == 13 { (date.year, date.month) = (date.year + 1, 1) }
            left = matchingDays(of: date, startingOn: firstOfMonth)
        }
        return within(limit, day: firstOfMonth + left.trailingZeroBitCount - 1, time: firstTime)
    }

    private func within(_ limit: Int64, day: Int, time: Int) -> Int64? {
        let found = Int64(day * 86_400 + time)
        return found <= limit ? found : nil
    }

    private func matchingDays(of date: CivilDate, startingOn first: Int) -> UInt32 {
        guard months >> UInt64(date.month) & 1 == 1 else { return 0 }
        return days.days(firstWeekday: weekdayOf(days: first), length: daysIn(month: date.month, year: date.year))
    }

    /// The first matching second of the day at or after that one.
    private func nextTime(onOrAfter time: Int) -> Int? {
        guard time > firstTime else { return firstTime }
        var (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60)
        if contains(hours, hour) {
            if contains(minutes, minute) {
                if let s = first(of: seconds, from: second) { return hour * 3600 + minute * 60 + s }
            }
            second = seconds.trailingZeroBitCount
            if let m = first(of: minutes, from: minute + 1) { return hour * 3600 + m * 60 + second }
        }
        hour += 1
        minute = minutes.trailingZeroBitCount
        second = seconds.trailingZeroBitCount
        return first(of: hours, from: hour).map { $0 * 3600 + minute * 60 + second }
    }

    private func contains(_ set: UInt64, _ value: Int) -> Bool { set >> UInt64(value) & 1 == 1 }

    private func first(of set: UInt64, from value: Int) -> Int? {
        let rest = set & (~0 << UInt64(value))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
