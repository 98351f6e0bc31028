/// The days of a month on which an expression fires, for each of the 28 kinds of month that there are.
///
/// A month's weekdays depend on two things only: its length (28 to 31) and the weekday of its first day. Every rule about days
/// (section by section: plain sets, L, W, #, and how the two day fields combine) is worked out once for each of them.
struct DayTable: Sendable {
    /// Bit d is day d; see ``index(firstWeekday:length:)``.
    private var days: InlineArray<28, UInt32>

    /// The days (bit d for day d) of a month.
    func days(firstWeekday: Int, length: Int) -> UInt32 {
        days[DayTable.index(firstWeekday: firstWeekday, length: length)]
    }

    private static func index(firstWeekday: Int, length: Int) -> Int { (length - 28) * 7 + firstWeekday }

    init(dayOfMonth: CronFieldValue, dayOfWeek: CronFieldValue) {
        days = InlineArray(repeating: 0)
        // Vixie's rule (crontab(5)): two restricted day fields are alternatives, but a field that begins with a star never is.
        let both = dayOfMonth.startsWithStar || dayOfWeek.startsWithStar
        for length in 28...31 {
            for firstWeekday in 0..<7 {
                let month = MonthShape(firstWeekday: firstWeekday, length: length)
                let dates = month.dates(dayOfMonth)
                let weekdays = month.weekdays(dayOfWeek)
                days[DayTable.index(firstWeekday: firstWeekday, length: length)] = both ? dates & weekdays : dates | weekdays
            }
        }
    }

    /// Whether one of the months (bit m for month m) can ever have such a day.
    ///
    /// In 400 years every month, February with and without its 29th, begins on every weekday.
    func canFire(months: UInt64) -> Bool {
        for month in 1...12 where months >> UInt64(month) & 1 == 1 {
            for length in month == 2 ? 28...29 : daysIn(month) {
                for firstWeekday in 0..<7 where days(firstWeekday: firstWeekday, length: length) != 0 { return true }
            }
        }
        return false
    }

    private func daysIn(_ month: Int) -> ClosedRange<Int> {
        let length = 30 + (month + month >> 3) & 1
        return length...length
    }
}

/// A month's length and the weekday of its first day (0 is Sunday): all that decides on which days a field fires.
private struct MonthShape {
    let firstWeekday: Int
    let length: Int

    /// Bits 1 to length.
    private var existing: UInt32 { ~0 << 1 & ~(~0 << UInt32(length + 1)) }

    private func weekday(_ day: Int) -> Int { (firstWeekday + day - 1) % 7 }

    func dates(_ field: CronFieldValue) -> UInt32 {
        var days = UInt32(truncatingIfNeeded: field.bits) & existing
        for item in field.items {
            switch item {
            case .lastDay: days |= 1 << UInt32(length)
            case .lastWorkday: days |= 1 << UInt32(workday(nearest: length))
            case .workdayNearest(let day) where day <= length: days |= 1 << UInt32(workday(nearest: day))
            default: break
            }
        }
        return days
    }

    func weekdays(_ field: CronFieldValue) -> UInt32 {
        let plain = field.bits | field.bits >> 7
        var days: UInt32 = 0
        for day in 1...length where plain >> UInt64(weekday(day)) & 1 == 1 { days |= 1 << UInt32(day) }
        for item in field.items {
            switch item {
            case .lastWeekday(let weekday):
                days |= 1 << UInt32(length - (self.weekday(length) - weekday % 7 + 7) % 7)
            case .nthWeekday(let weekday, let k):
                let day = 1 + (weekday % 7 - firstWeekday + 7) % 7 + (k - 1) * 7
                if day <= length { days |= 1 << UInt32(day) }
            default: break
            }
        }
        return days
    }

    /// The weekday Monday to Friday that is nearest to a day, in the same month.
    private func workday(nearest day: Int) -> Int {
        switch weekday(day) {
        case 6: day == 1 ? 3 : day - 1
        case 0: day == length ? day - 2 : day + 1
        default: day
        }
    }
}
