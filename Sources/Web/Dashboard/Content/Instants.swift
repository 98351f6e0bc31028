internal import Model

/// A civil date and time of day in UTC.
private struct Civil {
    var year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64

    /// From microseconds since 1970: days to civil as in Howard Hinnant, "chrono-compatible low-level date algorithms", with years that
    /// begin in March and eras of 400 years.
    init(_ instant: Int64) {
        let seconds = floorDivide(instant, 1_000_000)
        let days = floorDivide(seconds, 86_400)
        let rest = seconds - days * 86_400
        let shifted = days + 719_468  // from 0000-03-01
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    }

    var date: String { "\(padded(year, 4))-\(padded(month))-\(padded(day))" }
    var time: String { "\(padded(hour)):\(padded(minute)):\(padded(second))" }
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value / divisor - (value % divisor < 0 ? 1 : 0)
}

private func padded(_ number: Int64, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

/// `2026-11-22T21:03:05Z` (RFC 3339), from microseconds since 1970: for programs, in attributes.
func rfc3339(_ instant: Int64) -> String {
    let civil = Civil(instant)
    return "\(civil.date)T\(civil.time)Z"
}

/// `2026-11-22 21:03:05 UTC`: the form of an instant for people. Pages write it by `timeTag`.
func readable(_ instant: Int64) -> String {
    let civil = Civil(instant)
    return "\(civil.date) \(civil.time) UTC"
}

/// What a clock that is `offset` seconds ahead of UTC shows then, with the date if it is another one there: `22:03:05 +01:00`,
/// `2026-11-23 02:33:05 +05:30`.
func clockTime(_ instant: Int64, offset: Int) -> String {
    let local = Civil(instant.addingReportingOverflow(Int64(offset) * 1_000_000).partialValue)
    let minutes = Int64(offset.magnitude / 60)
    let zone = "\(offset < 0 ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
    return (local.date == Civil(instant).date ? "" : local.date + " ") + "\(local.time) \(zone)"
}

/// `later - earlier`, at the ends of the range as near as can be: a row with an absurd instant must not end the program.
func difference(_ later: Int64, _ earlier: Int64) -> Int64 {
    let (value, overflow) = later.subtractingReportingOverflow(earlier)
    return overflow ? (later > earlier ? .max : -.max) : max(value, -.max)
}

/// How long, in the two largest units that matter: `23 minutes`, `1 hour 5 minutes`, `2 days 3 hours`, `42 seconds`.
func words(duration microseconds: Int64) -> String {
    func unit(_ count: Int64, _ name: String) -> String { "\(count) \(name)\(count == 1 ? "" : "s")" }
    func two(_ count: Int64, _ name: String, _ rest: Int64, _ restName: String) -> String {
        rest == 0 ? unit(count, name) : unit(count, name) + " " + unit(rest, restName)
    }
    let seconds = max(0, microseconds / 1_000_000)
    switch seconds {
    case ..<60: return unit(seconds, "second")
    case ..<3600: return unit(seconds / 60, "minute")
    case ..<86_400: return two(seconds / 3600, "hour", seconds / 60 % 60, "minute")
    default: return two(seconds / 86_400, "day", seconds / 3600 % 24, "hour")
    }
}

/// `7 minutes ago`, `in 23 minutes`, `just now`.
func relative(_ instant: Int64, now: Int64) -> String {
    let distance = difference(now, instant)
    if distance > -1_000_000, distance < 5_000_000 { return "just now" }
    return distance > 0 ? words(duration: distance) + " ago" : "in " + words(duration: -distance)
}

/// `23 minutes left`, `no time left`.
func timeLeft(until instant: Int64, now: Int64) -> String {
    instant > now ? words(duration: max(1_000_000, difference(instant, now))) + " left" : "no time left"
}

/// How long a run took: `350 ms`, `1.24 s`, `2 min 3 s`, `1 h 5 min`.
func runDuration(_ microseconds: Int64) -> String {
    let milliseconds = max(0, microseconds / 1000)
    let seconds = milliseconds / 1000
    switch milliseconds {
    case ..<1000: return "\(milliseconds) ms"
    case ..<60_000: return "\(seconds).\(padded(milliseconds % 1000 / 10)) s"
    case ..<3_600_000: return "\(seconds / 60) min \(seconds % 60) s"
    default: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }
}

/// An instant as all pages show it: to the second and in UTC, with the same for programs in `datetime`.
func timeTag(_ instant: Int64) -> HTML {
    tag(.time, .dateTime(rfc3339(instant)), text: readable(instant))
}

/// The same, and beside it how far it is from now.
func timeTag(_ instant: Int64, now: Int64) -> HTML {
    timeTag(instant, beside: relative(instant, now: now))
}

/// The same, and beside it what the clock of a schedule shows then, where that is another time.
func timeTag(_ time: PlannedTime) -> HTML {
    time.offset == 0 ? timeTag(time.instant) : timeTag(time.instant, beside: clockTime(time.instant, offset: time.offset))
}

private func timeTag(_ instant: Int64, beside text: String) -> HTML {
    group {
        timeTag(instant)
        " "
        tag(.span, .class("relative"), text: "(" + text + ")")
    }
}

/// The planned time of a fire as its call has it; anything else as it is written.
func plannedTag(_ event: String, limit: Int) -> HTML {
    fireTime(event).map { timeTag($0) } ?? machineText(event, limit: limit)
}

/// "23 minutes left", louder when little is left; the end itself on hover.
func timeLeftTag(until instant: Int64, now: Int64) -> HTML {
    let left = difference(instant, now)
    let kind = left <= 0 ? "over" : left < 5 * 60_000_000 ? "soon" : "calm"
    return tag(.span, .class("time-left " + kind)) {
        tag(.time, .dateTime(rfc3339(instant)), .title("Expires " + readable(instant)), text: timeLeft(until: instant, now: now))
    }
}
