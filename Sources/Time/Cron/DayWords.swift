/// The day fields in words, with the rule that joins them.
struct DayWords {
    let dayOfMonth: CronFieldValue
    let dayOfWeek: CronFieldValue

    /// `on day 13 of the month or on the last Friday of the month`; nil if every day matches.
    var phrase: String? {
        let both = dayOfMonth.startsWithStar || dayOfWeek.startsWithStar
        let anyDate = dayOfMonth.startsWithStar && dayOfMonth.isUnrestricted
        let anyWeekday = dayOfWeek.startsWithStar && dayOfWeek.isUnrestricted
        switch (anyDate, anyWeekday) {
        case (true, true): return nil
        case (true, false): return list(weekdays.map { "on \($0)" }, "or")
        case (false, true): return list(dates.map { "on \($0)" }, "or")
        case (false, false):
            // "Mondays that are on every 2nd day": both must hold.
            if both { return list(weekdays.map { "on \($0)" }, "or") + " that are " + list(dates.map { "on \($0)" }, "or") }
            return (dates + weekdays).map { "on \($0)" }.joined(separator: " or ")
        }
    }

    /// The phrases for the day of the month, each of which follows "on".
    private var dates: [String] {
        let (plain, stepped) = numberPhrases(dayOfMonth, unit: "day of the month")
        var phrases: [String] = []
        if !plain.isEmpty {
            let many = plain.count > 1 || plain[0].contains(" ")
            phrases.append("\(many ? "days" : "day") \(list(plain)) of the month")
        }
        phrases += stepped.map { phrase in
            // The whole month needs no bounds.
            phrase.hasSuffix(" from 1 through 31") ? String(phrase.dropLast(" from 1 through 31".count)) : phrase
        }
        for item in dayOfMonth.items {
            switch item {
            case .lastDay: phrases.append("the last day of the month")
            case .lastWorkday: phrases.append("the last weekday (Monday to Friday) of the month")
            case .workdayNearest(let day): phrases.append("the nearest weekday to day \(day) of the month")
            default: break
            }
        }
        return phrases
    }

    /// The phrases for the day of the week, each of which follows "on".
    private var weekdays: [String] {
        let plain = (dayOfWeek.bits | dayOfWeek.bits >> 7) & 0x7F
        var phrases: [String] = []
        if plain != 0 {
            let plural = weekdayNames.map { $0 + "s" }
            // From Monday on, so that Friday to Sunday is one stretch; a Sunday before a Monday comes last.
            let fromMonday = plain >> 1 | (plain & 1) << 6
            phrases.append(list(names(fromMonday, Array(plural[1...]) + [plural[0]], from: 0)))
        }
        for item in dayOfWeek.items {
            switch item {
            case .lastWeekday(let day): phrases.append("the last \(weekdayNames[day % 7]) of the month")
            case .nthWeekday(let day, let k): phrases.append("the \(ordinal(k)) \(weekdayNames[day % 7]) of the month")
            default: break
            }
        }
        return phrases
    }
}
