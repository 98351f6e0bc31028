internal import Bytes
internal import TimeZones

/// How long an answer asks to wait (RFC 9110 section 10.2.3), in microseconds, at most a day; nil for what is neither seconds nor a date.
func retryAfter(_ value: String, at wall: Int64) -> Int64? {
    let day: Int64 = 86_400_000_000
    if let first = value.utf8.first, ASCII.isDigit(first), value.utf8.allSatisfy(ASCII.isDigit) {
        return parseDecimal(value).flatMap { Int64(exactly: min($0, 86_400)) }.map { $0 * 1_000_000 } ?? day
    }
    return httpDate(value, at: wall).map { min(max(0, $0 * 1_000_000 - wall), day) }
}

/// Seconds since 1970 of a date in one of the three forms that RFC 9110 section 5.6.7 has everybody read:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
private func httpDate(_ text: String, at wall: Int64) -> Int64? {
    guard text.utf8.count <= 40 else { return nil }
    let words = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "-" }).map(String.init)
    switch words.count {
    case 6 where words[5] == "GMT": return instant(day: words[1], month: words[2], year: words[3], time: words[4], wall)
    case 5: return instant(day: words[2], month: words[1], year: words[4], time: words[3], wall)
    default: return nil
    }
}

private func instant(day: String, month: String, year: String, time: String, _ wall: Int64) -> Int64? {
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard let month = names.firstIndex(of: month), var number = parseDecimalInt(year) else { return nil }
    if year.utf8.count == 2 {
        // More than 50 years ahead is in the past.
        let now = CivilDate(days: Int(wall / 86_400_000_000)).year
        number += now / 100 * 100
        if number > now + 50 { number -= 100 }
    }
    func padded(_ digits: String, _ width: Int) -> String { String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits }
    return Timestamp(rfc3339: "\(padded(String(number), 4))-\(padded(String(month + 1), 2))-\(padded(day, 2))T\(time)Z")?.seconds
}
