extension CronExpression {
    /// One English sentence that says when the expression fires: `At 04:30, on days 1 and 15 of the month or on Fridays.`
    package func explain() -> String {
        let minute = fields.count - 5
        let time = TimeWords(
            second: minute == 1 ? fields[0] : nil, minute: fields[minute], hour: fields[minute + 1])
        var parts = [time.phrase]
        let days = DayWords(dayOfMonth: fields[minute + 2], dayOfWeek: fields[minute + 4])
        if let phrase = days.phrase { parts.append(phrase) }
        let month = fields[minute + 3]
        if !month.isUnrestricted { parts.append("in " + list(names(month.bits, monthNames, from: 1))) }
        if parts.count == 1, time.isClockTime { parts[0] += " every day" }
        let sentence = parts.joined(separator: ", ")
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + (neverFires ? "; no such date exists, so it never fires." : ".")
    }
}

let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
]
let weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

/// `a`, `a and b`, `a, b and c`.
func list(_ items: [String], _ word: String = "and") -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " \(word) " + last
}

/// 1st, 2nd, 3rd, 4th ... 11th.
func ordinal(_ number: Int) -> String {
    let suffix =
        switch (number % 10, number % 100) {
        case (_, 11...13): "th"
        case (1, _): "st"
        case (2, _): "nd"
        case (3, _): "rd"
        default: "th"
        }
    return "\(number)\(suffix)"
}

/// The members of a set with names; three or more in a row become `a through c`.
func names(_ bits: UInt64, _ names: [String], from first: Int) -> [String] {
    runs(bits >> UInt64(first), count: names.count).flatMap { run in
        run.count < 3 ? run.map { names[$0] } : ["\(names[run.lowerBound]) through \(names[run.upperBound])"]
    }
}

/// The stretches of bits that are set.
private func runs(_ bits: UInt64, count: Int) -> [ClosedRange<Int>] {
    var found: [ClosedRange<Int>] = []
    for bit in 0..<count where bits >> UInt64(bit) & 1 == 1 {
        if let last = found.last, last.upperBound == bit - 1 {
            found[found.count - 1] = last.lowerBound...bit
        } else {
            found.append(bit...bit)
        }
    }
    return found
}

/// The items of a field whose values are numbers, in words: `5`, `10 through 20`, `every 3rd minute from 10 through 40`.
func numberPhrases(_ field: CronFieldValue, unit: String) -> (plain: [String], stepped: [String]) {
    var plain: [String] = []
    var stepped: [String] = []
    for item in field.items {
        switch item {
        case .all(let step) where step == 1: plain.append("\(field.field.values.lowerBound) through \(field.field.values.upperBound)")
        case .all(let step): stepped += steps(field.field.values, step, unit, &plain)
        case .range(let range, let step): stepped += steps(range, step, unit, &plain)
        case .value(let value): plain.append("\(value)")
        default: break
        }
    }
    return (plain, stepped)
}

/// A stepped range in words; one that comes to a value or two, or to all of the range, goes to `plain`.
private func steps(_ range: ClosedRange<Int>, _ step: Int, _ unit: String, _ plain: inout [String]) -> [String] {
    let values = Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
    if values.count <= 2 {
        plain += values.map(String.init)
    } else if step == 1 {
        plain.append("\(range.lowerBound) through \(range.upperBound)")
    } else {
        return ["every \(ordinal(step)) \(unit) from \(range.lowerBound) through \(range.upperBound)"]
    }
    return []
}
