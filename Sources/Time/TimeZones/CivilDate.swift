/// A date of the proleptic Gregorian calendar.
///
/// Days are counted from 1970-01-01, which is day 0. The conversions are exact for every year that a 64-bit
/// number of seconds can name; they follow Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
package struct CivilDate: Sendable, Hashable, Comparable {
    /// The astronomical year: 0 is 1 BC.
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date `days` days after 1970-01-01.
    package init(days: Int) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01. The month must be 1 to 12; a day beyond the month's end runs on into the next month.
    package var days: Int {
        let y = month <= 2 ? year - 1 : year
        let era = floorDivide(y, 400)
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 0 is Sunday, 6 is Saturday.
    package var weekday: Int { weekdayOf(days: days) }

    package static func < (a: CivilDate, b: CivilDate) -> Bool {
        (a.year, a.month, a.day) < (b.year, b.month, b.day)
    }
}

/// Whether the year has a 29 February.
package func isLeap(year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// How many days the month (1 to 12) of that year has.
package func daysIn(month: Int, year: Int) -> Int {
    month == 2 ? (isLeap(year: year) ? 29 : 28) : 30 + (month + month >> 3) & 1
}

/// The weekday (0 is Sunday) of the day that many days after 1970-01-01, a Thursday.
package func weekdayOf(days: Int) -> Int {
    floorRemainder(days + 4, 7)
}

/// The quotient rounded towards minus infinity; the divisor must be positive.
package func floorDivide(_ a: Int, _ b: Int) -> Int {
    a >= 0 ? a / b : (a + 1) / b - 1
}

/// The remainder that goes with ``floorDivide(_:_:)``: 0 or more and less than the divisor.
package func floorRemainder(_ a: Int, _ b: Int) -> Int {
    a - floorDivide(a, b) * b
}
