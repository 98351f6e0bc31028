/// The second, minute and hour fields in words.
struct TimeWords {
    let second: CronFieldValue?
    let minute: CronFieldValue
    let hour: CronFieldValue

    /// More times than this are clearer as minutes and hours.
    private static let mostClockTimes = 8

    var phrase: String {
        if let times = clockTimes { return "at " + list(times) }
        if let second, second.items != [.value(0)] { return phrase(ofSecond: second) }
        return phrase(ofMinute: minute) + hourPhrase(afterRhythm: isRhythm(minute))
    }

    /// Whether the phrase is one of times of day (`at 02:30`), so that it needs the word "every day".
    var isClockTime: Bool { clockTimes != nil }

    /// All times of day, if every field is a value or a list of values and they are few.
    private var clockTimes: [String]? {
        let fields = [second, minute, hour].compactMap { $0 }
        guard fields.allSatisfy({ field in field.items.allSatisfy { if case .value = $0 { true } else { false } } }),
            fields.reduce(1, { $0 * $1.bits.nonzeroBitCount }) <= TimeWords.mostClockTimes
        else { return nil }
        // Six fields show their seconds, if only to tell the two kinds apart.
        let seconds = second.map { members($0).map { ":" + two($0) } } ?? [""]
        return members(hour).flatMap { h in members(minute).flatMap { m in seconds.map { "\(two(h)):\(two(m))\($0)" } } }
    }

    private func phrase(ofSecond second: CronFieldValue) -> String {
        let seconds = unitPhrase(second, "second")
        if minute.isUnrestricted, minute.startsWithStar {
            let past = isRhythm(second) ? "" : " of every minute"
            return seconds + past + hourPhrase(afterRhythm: true)
        }
        let minutes = unitPhrase(minute, "minute")
        return "\(seconds), \(isRhythm(minute) ? "in one minute \(minutes)" : minutes)" + hourPhrase(afterRhythm: isRhythm(minute))
    }

    private func phrase(ofMinute minute: CronFieldValue) -> String { unitPhrase(minute, "minute") }

    /// `every minute`, `every 15 minutes`, `at minutes 5 and 10 through 20`.
    private func unitPhrase(_ field: CronFieldValue, _ unit: String) -> String {
        if field.startsWithStar, field.isUnrestricted { return "every \(unit)" }
        if isRhythm(field), case .all(let step) = field.items[0] {
            return "every \(step) \(unit)s"
        }
        let (plain, stepped) = numberPhrases(field, unit: unit)
        let many = plain.count > 1 || plain.first?.contains(" ") == true
        return "at " + list((plain.isEmpty ? [] : ["\(many ? unit + "s" : unit) \(list(plain))"]) + stepped)
    }

    /// `*`, or a step that divides the range evenly: "every n" is exact for nothing else.
    private func isRhythm(_ field: CronFieldValue) -> Bool {
        if field.startsWithStar, field.isUnrestricted { return true }
        guard field.items.count == 1, case .all(let step) = field.items[0] else { return false }
        return (field.field.values.count % step) == 0 && step < field.field.values.count
    }

    private func hourPhrase(afterRhythm: Bool) -> String {
        if hour.startsWithStar, hour.isUnrestricted { return afterRhythm ? "" : " past every hour" }
        if isRhythm(hour), case .all(let step) = hour.items[0] {
            return (afterRhythm ? " during" : " past") + " every \(ordinal(step)) hour from 0"
        }
        let (plain, stepped) = numberPhrases(hour, unit: "hour")
        let many = plain.count > 1 || plain.first?.contains(" ") == true
        let phrases = (plain.isEmpty ? [] : ["\(many ? "hours" : "hour") \(list(plain))"]) + stepped
        return (afterRhythm ? " during " : " past ") + list(phrases)
    }

    private func members(_ field: CronFieldValue) -> [Int] {
        field.field.values.filter { field.bits >> UInt64($0) & 1 == 1 }
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
