/// One of the fields of a cron expression.
package enum CronField: Int, Sendable, CaseIterable {
    case second, minute, hour, dayOfMonth, month, dayOfWeek

    /// As messages call it.
    package var name: String {
        switch self {
        case .second: "second"
        case .minute: "minute"
        case .hour: "hour"
        case .dayOfMonth: "day-of-month"
        case .month: "month"
        case .dayOfWeek: "day-of-week"
        }
    }

    /// The numbers that may be written; day-of-week knows Sunday as 0 and as 7.
    var values: ClosedRange<Int> {
        switch self {
        case .second, .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// The names that stand for the numbers from `values.lowerBound` on, in capitals.
    var names: [StaticString] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .dayOfWeek: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// What the field takes, for messages.
    var allowed: String {
        switch self {
        case .second, .minute: "0-59"
        case .hour: "0-23"
        case .dayOfMonth: "1-31, ?, L, LW or a day with W such as 15W"
        case .month: "1-12 or JAN-DEC"
        case .dayOfWeek: "0-7 or SUN-SAT (0 and 7 are Sunday), ?, the last such weekday as in FRIL, or the k-th as in MON#1"
        }
    }

    var isDay: Bool { self == .dayOfMonth || self == .dayOfWeek }
}

/// One item of a field's comma-separated list. Weekdays are 0 to 7 as written; 7 is Sunday too.
enum CronItem: Sendable, Equatable {
    /// `*` or `*/step`; `?` is `*`.
    case all(step: Int)
    case value(Int)
    /// `from-to`, `from-to/step`, and `from/step`, which is open.
    case range(ClosedRange<Int>, step: Int)
    /// DOM `L`.
    case lastDay
    /// DOM `LW`.
    case lastWorkday
    /// DOM `nW`.
    case workdayNearest(Int)
    /// DOW `nL`.
    case lastWeekday(Int)
    /// DOW `n#k`.
    case nthWeekday(Int, Int)

    /// The plain numbers of the item as a bit set; none for the items that depend on the month.
    func bits(in field: CronField) -> UInt64 {
        let values: ClosedRange<Int>
        let step: Int
        switch self {
        case .all(let s): (values, step) = (field.values, s)
        case .value(let v): (values, step) = (v...v, 1)
        case .range(let r, let s): (values, step) = (r, s)
        default: return 0
        }
        var bits: UInt64 = 0
        var value = values.lowerBound
        while value <= values.upperBound {
            bits |= 1 << UInt64(value)
            value += step
        }
        return bits
    }
}

/// A field as it was read.
struct CronFieldValue: Sendable, Equatable {
    var field: CronField
    var items: [CronItem]
    /// Whether the text begins with `*`, or is `?`.
    var startsWithStar: Bool

    var bits: UInt64 { items.reduce(0) { $0 | $1.bits(in: field) } }

    /// Whether the field leaves every value in.
    var isUnrestricted: Bool {
        let all = CronItem.all(step: 1).bits(in: field)
        return field == .dayOfWeek ? (bits | bits >> 7) & 0x7F == 0x7F : bits == all
    }
}
