package import Cron
package import TimeZones

/// A time in which a schedule does not fire by itself, on the schedule's own clock.
package enum Blackout: Sendable {
    /// Whole local dates, both included; days since 1970-01-01.
    case dates(ClosedRange<Int>)
    /// Every minute (with six fields: second) that the expression names.
    case times(CronExpression)

    /// What is wrong with a text, and where in it.
    package struct Flaw: Error, Sendable {
        package let message: String
        package var columns: Range<Int>?
    }

    /// From `2026-12-24`, `2026-12-24..2027-01-01` or a cron expression.
    package init(_ text: String) throws(Flaw) {
        let parts = text.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 || text.utf8.count == 10 && !text.contains(" ") {
            guard let first = Self.day(parts[0]), let last = Self.day(parts[parts.count - 1]) else {
                throw Flaw(message: "'\(text)' is neither a date such as 2026-12-24 nor a range such as 2026-12-24..2027-01-01")
            }
            guard first <= last else { throw Flaw(message: "the range '\(text)' runs backwards") }
            self = .dates(first...last)
            return
        }
        do {
            self = .times(try CronExpression(text))
        } catch {
            throw Flaw(message: error.message, columns: error.columns)
        }
    }

    private static func day(_ text: Substring) -> Int? {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.map(\.utf8.count) == [4, 2, 2], text.utf8.allSatisfy({ $0 == 0x2d || (0x30...0x39).contains($0) }),
            let year = Int(numbers[0]), let month = Int(numbers[1]), let day = Int(numbers[2]), (1...12).contains(month), day >= 1,
            day <= daysIn(month: month, year: year)
        else { return nil }
        return CivilDate(year: year, month: month, day: day).days
    }
}

extension [Blackout] {
    /// Whether one of them covers an instant (seconds) on the clock of a zone.
    package func cover(_ time: Int64, in zone: Zone) -> Bool {
        contains { blackout in
            switch blackout {
            case .dates(let days): days.contains(floorDivide(Int(time) + zone.utcOffset(at: time), 86_400))
            case .times(let expression): expression.clock.contains(time, in: zone)
            }
        }
    }
}
