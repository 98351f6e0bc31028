/// The Date field, made once a second (IMF-fixdate, RFC 9110 section 5.6.7).
struct DateField {
    private(set) var line: [UInt8] = []
    private var second = Int64.min

    mutating func update(wall microseconds: Int64) {
        let now = microseconds / 1_000_000
        guard now != second else { return }
        second = now
        line = Array("Date: \(imfFixdate(now))\r\n".utf8)
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` for seconds since 1970, from 1970 on.
func imfFixdate(_ seconds: Int64) -> String {
    let seconds = max(seconds, 0)
    let (days, time) = (seconds / 86400, seconds % 86400)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days % 7)]
    let (year, month, day) = civilDate(days)
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
    let text = String(year)
    return "\(weekday), \(two(day)) \(names[Int(month) - 1]) \(String(repeating: "0", count: max(0, 4 - text.count)))\(text) \(clock) GMT"
}

private func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

/// Days since 1970 to year, month and day of the Gregorian calendar, in eras of 400 years that start on the first of March.
private func civilDate(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
}
