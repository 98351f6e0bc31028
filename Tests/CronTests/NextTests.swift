import Cron
import Testing
import TimeZones

struct NextCase: Sendable, CustomTestStringConvertible {
    let expression: String
    let zone: String
    let from: String
    let expected: [String]

    init(_ expression: String, _ zone: String, _ from: String, _ expected: [String]) {
        (self.expression, self.zone, self.from, self.expected) = (expression, zone, from, expected)
    }

    var testDescription: String { "\(expression) in \(zone) from \(from)" }
}

@Suite struct NextTests {
    static let dates: [NextCase] = [
        .init(
            "30 4 1,15 * 5", "UTC", "2025-05-28T00:00:00Z",
            [
                "2025-05-30T04:30:00Z", "2025-06-01T04:30:00Z", "2025-06-06T04:30:00Z", "2025-06-13T04:30:00Z", "2025-06-15T04:30:00Z",
            ]),
        .init(
            "0 6 */2 * MON", "Europe/Paris", "2026-02-01T00:00:00+01:00",
            [
                "2026-02-09T06:00:00+01:00", "2026-02-23T06:00:00+01:00", "2026-03-09T06:00:00+01:00",
            ]),
        .init(
            "0 6 1-31/2 * MON", "Europe/Paris", "2026-02-01T00:00:00+01:00",
            [
                "2026-02-01T06:00:00+01:00", "2026-02-02T06:00:00+01:00", "2026-02-03T06:00:00+01:00", "2026-02-05T06:00:00+01:00",
            ]),
        .init(
            "45 9 * * FRI-SUN", "America/Chicago", "2026-05-04T00:00:00-05:00",
            [
                "2026-05-08T09:45:00-05:00", "2026-05-09T09:45:00-05:00", "2026-05-10T09:45:00-05:00", "2026-05-15T09:45:00-05:00",
            ]),
        .init("10/25 8 * * *", "UTC", "2026-01-01T08:10:00Z", ["2026-01-01T08:35:00Z", "2026-01-02T08:10:00Z", "2026-01-02T08:35:00Z"]),
        .init(
            "0 18 L * *", "Europe/Paris", "2028-01-31T18:00:00+01:00",
            [
                "2028-02-29T18:00:00+01:00", "2028-03-31T18:00:00+02:00", "2028-04-30T18:00:00+02:00",
            ]),
        .init(
            "0 8 1W * *", "UTC", "2025-01-15T00:00:00Z",
            [
                "2025-02-03T08:00:00Z", "2025-03-03T08:00:00Z", "2025-04-01T08:00:00Z", "2025-05-01T08:00:00Z", "2025-06-02T08:00:00Z",
            ]),
        .init("0 8 31W * *", "UTC", "2025-08-01T00:00:00Z", ["2025-08-29T08:00:00Z", "2025-10-31T08:00:00Z", "2025-12-31T08:00:00Z"]),
        .init(
            "0 12 13 * 5L", "UTC", "2026-02-01T00:00:00Z",
            [
                "2026-02-13T12:00:00Z", "2026-02-27T12:00:00Z", "2026-03-13T12:00:00Z", "2026-03-27T12:00:00Z",
            ]),
        .init(
            "15 7 * * MON#5", "Asia/Kolkata", "2026-01-01T00:00:00+05:30",
            [
                "2026-03-30T07:15:00+05:30", "2026-06-29T07:15:00+05:30", "2026-08-31T07:15:00+05:30",
            ]),
        .init(
            "0 0 29 2 */7", "UTC", "2026-01-01T00:00:00Z",
            [
                "2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z", "2088-02-29T00:00:00Z", "2128-02-29T00:00:00Z",
            ]),
        .init("0 0 29 2 *", "UTC", "1970-01-01T00:00:00Z", ["1972-02-29T00:00:00Z", "1976-02-29T00:00:00Z"]),
        .init("0 0 29 2 *", "UTC", "2024-02-29T00:00:00Z", ["2028-02-29T00:00:00Z"]),
        // 2000 was a leap year, 2100 will be none.
        .init("0 0 29 2 *", "America/New_York", "1996-03-01T00:00:00-05:00", ["2000-02-29T00:00:00-05:00", "2004-02-29T00:00:00-05:00"]),
        .init("0 0 29 2 *", "Europe/Paris", "2092-03-01T00:00:00+01:00", ["2096-02-29T00:00:00+01:00", "2104-02-29T00:00:00+01:00"]),
        // A Sunday that is a leap day comes back after 28 years, and around 2100 after 40.
        .init(
            "0 0 29 2 */7", "UTC", "1970-01-01T00:00:00Z",
            ["1976-02-29T00:00:00Z", "2004-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2060-02-29T00:00:00Z", "2088-02-29T00:00:00Z"]),
        .init("59 23 L 2 *", "UTC", "2095-03-01T00:00:00Z", ["2096-02-29T23:59:00Z", "2097-02-28T23:59:00Z"]),
        .init("0 0 1 3 *", "UTC", "2099-03-01T00:00:00Z", ["2100-03-01T00:00:00Z", "2101-03-01T00:00:00Z"]),
        .init("0 9 LW * *", "UTC", "2026-01-15T00:00:00Z", ["2026-01-30T09:00:00Z", "2026-02-27T09:00:00Z", "2026-03-31T09:00:00Z"]),
        .init(
            "0 9 1,L 2 ?", "UTC", "2027-01-15T00:00:00Z",
            ["2027-02-01T09:00:00Z", "2027-02-28T09:00:00Z", "2028-02-01T09:00:00Z", "2028-02-29T09:00:00Z"]),
        .init("0 9 ? * 7L", "UTC", "2026-01-15T00:00:00Z", ["2026-01-25T09:00:00Z", "2026-02-22T09:00:00Z"]),
        .init("0 9 * * 2,FRI#2", "UTC", "2026-01-06T10:00:00Z", ["2026-01-09T09:00:00Z", "2026-01-13T09:00:00Z"]),
        .init("0 0 13 * 1-7", "UTC", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]),
        .init("0 0 *,5 * MON", "UTC", "2026-01-01T00:00:00Z", ["2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"]),
        .init("0 0 5,* * MON", "UTC", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]),
        .init("* * * * *", "UTC", "2026-12-31T23:59:00Z", ["2027-01-01T00:00:00Z", "2027-01-01T00:01:00Z"]),
        .init("59 59 23 31 12 *", "UTC", "1999-12-31T23:59:58Z", ["1999-12-31T23:59:59Z", "2000-12-31T23:59:59Z"]),
        .init("0 0 1 1 *", "UTC", "9998-06-01T00:00:00Z", ["9999-01-01T00:00:00Z"]),
        .init("0 0 1 1 *", "UTC", "0000-01-01T00:00:00Z", ["0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"]),
    ]

    static let offsetChanges: [NextCase] = [
        .init("22 2 * * *", "Europe/Paris", "2026-03-28T12:00:00+01:00", ["2026-03-29T03:00:00+02:00", "2026-03-30T02:22:00+02:00"]),
        .init(
            "0,20,40 2,3 * * *", "Europe/Paris", "2026-03-28T12:00:00+01:00",
            [
                "2026-03-29T03:00:00+02:00", "2026-03-29T03:20:00+02:00", "2026-03-29T03:40:00+02:00", "2026-03-30T02:00:00+02:00",
            ]),
        .init("*/12 2 * * *", "Europe/Paris", "2026-03-28T12:00:00+01:00", ["2026-03-30T02:00:00+02:00"]),
        .init("0 22 2 * * *", "Europe/Paris", "2026-03-28T12:00:00+01:00", ["2026-03-30T02:22:00+02:00"]),
        .init("22 2 * * *", "Europe/Paris", "2026-10-24T12:00:00+02:00", ["2026-10-25T02:22:00+02:00", "2026-10-26T02:22:00+01:00"]),
        .init("22 2 * * *", "Europe/Paris", "2026-10-25T02:10:00+01:00", ["2026-10-26T02:22:00+01:00"]),
        .init(
            "37 * * * *", "Europe/Paris", "2026-10-25T01:00:00+02:00",
            [
                "2026-10-25T01:37:00+02:00", "2026-10-25T02:37:00+02:00", "2026-10-25T02:37:00+01:00", "2026-10-25T03:37:00+01:00",
            ]),
        .init(
            "52 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00+11:00", ["2026-04-05T01:52:00+11:00", "2026-04-06T01:52:00+10:30"]),
        .init(
            "52 * * * *", "Australia/Lord_Howe", "2026-04-05T01:00:00+11:00",
            [
                "2026-04-05T01:52:00+11:00", "2026-04-05T01:52:00+10:30", "2026-04-05T02:52:00+10:30",
            ]),
        .init(
            "0 18 * * *", "Pacific/Apia", "2011-12-29T12:00:00-10:00",
            [
                "2011-12-29T18:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T18:00:00+14:00",
            ]),
        .init("17 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", ["2018-11-04T01:00:00-02:00", "2018-11-05T00:17:00-02:00"]),
        // The clock goes from 00:01 back to 23:01 of the day before: 23:30 comes twice, and the later one is of the earlier date.
        .init("30 23 * * *", "America/St_Johns", "2006-10-28T12:00:00-02:30", ["2006-10-28T23:30:00-02:30", "2006-10-29T23:30:00-03:30"]),
        .init(
            "30 * * * *", "America/St_Johns", "2006-10-28T22:40:00-02:30",
            [
                "2006-10-28T23:30:00-02:30", "2006-10-28T23:30:00-03:30", "2006-10-29T00:30:00-03:30",
            ]),
        .init("0 0 * * *", "America/St_Johns", "2006-10-28T12:00:00-02:30", ["2006-10-29T00:00:00-02:30", "2006-10-30T00:00:00-03:30"]),
        // Ramadan: back and forth within a month.
        .init("30 2 * * *", "Africa/Casablanca", "2026-02-14T12:00:00+01:00", ["2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00+00:00"]),
        .init("30 2 * * *", "Africa/Casablanca", "2026-03-21T12:00:00+00:00", ["2026-03-22T03:00:00+01:00", "2026-03-23T02:30:00+01:00"]),
        // Two hours.
        .init("30 1,2 * * *", "Antarctica/Troll", "2026-03-28T12:00:00+00:00", ["2026-03-29T03:00:00+02:00", "2026-03-30T01:30:00+02:00"]),
        .init(
            "30 1,2 * * *", "Antarctica/Troll", "2026-10-24T12:00:00+02:00",
            [
                "2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T01:30:00+00:00",
            ]),
        // Negative saving: winter is the exception.
        .init("30 1 * * *", "Europe/Dublin", "2026-03-28T12:00:00+00:00", ["2026-03-29T02:00:00+01:00", "2026-03-30T01:30:00+01:00"]),
        .init("30 1 * * *", "Europe/Dublin", "2026-10-24T12:00:00+01:00", ["2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00+00:00"]),
        .init("22 2 * * *", "Europe/Paris", "2099-03-28T12:00:00+01:00", ["2099-03-29T03:00:00+02:00", "2099-03-30T02:22:00+02:00"]),
        .init("22 2 * * *", "Europe/Paris", "2499-03-28T12:00:00+01:00", ["2499-03-29T03:00:00+02:00", "2499-03-30T02:22:00+02:00"]),
        .init("@daily", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", ["2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"]),
        .init(
            "@hourly", "Europe/Paris", "2026-10-25T01:30:00+02:00",
            [
                "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00",
            ]),
        // A list of all minutes is fixed-time, a star is not.
        .init("30 1,2,3 * * *", "Europe/Paris", "2026-10-25T02:40:00+02:00", ["2026-10-25T03:30:00+01:00"]),
        // A gap at the change of the year: Kiritimati had no 1994-12-31.
        .init(
            "0 12 31 12 *", "Pacific/Kiritimati", "1994-12-30T13:00:00-10:00", ["1995-01-01T00:00:00+14:00", "1995-12-31T12:00:00+14:00"]),
    ]

    @Test(arguments: dates) func `answers the dates of the expression`(_ c: NextCase) throws {
        #expect(try fires(c.expression, c.zone, from: c.from, count: c.expected.count) == c.expected)
    }

    @Test(arguments: offsetChanges) func `serves gaps and folds by the kind of the expression`(_ c: NextCase) throws {
        #expect(try fires(c.expression, c.zone, from: c.from, count: c.expected.count) == c.expected)
    }

    @Test func `a start between the answers of a fold gives the rest only`() throws {
        #expect(try fires("30 2 * * *", "Europe/Paris", from: "2026-10-25T00:30:00Z", count: 1) == ["2026-10-26T02:30:00+01:00"])
        #expect(try fires("30 2 * * *", "Europe/Paris", from: "2026-10-25T00:29:59Z", count: 1) == ["2026-10-25T02:30:00+02:00"])
        #expect(try fires("30 2 * * *", "Europe/Paris", from: "2026-03-29T00:59:59Z", count: 1) == ["2026-03-29T03:00:00+02:00"])
        #expect(try fires("30 2 * * *", "Europe/Paris", from: "2026-03-29T01:00:00Z", count: 1) == ["2026-03-30T02:30:00+02:00"])
    }

    @Test func `stops after 50 years without a match`() throws {
        // The half hours between 02:00 and 03:00 of these Sundays are always in the gap.
        #expect(try fires("*/30 2 * 3 0L", "Europe/Paris", from: "2026-01-01T00:00:00Z", count: 1) == [])
        #expect(try fires("0 0 1 1 *", "UTC", from: "9999-01-01T00:00:00Z", count: 1) == [])
        #expect(try fires("* * * * *", "UTC", from: "9999-12-31T23:58:00Z", count: 5) == ["9999-12-31T23:59:00Z"])
    }

    @Test(arguments: [
        "0 0 30 2 *", "0 0 31 2,4 *", "0 0 31 4,6,9,11 *", "0 0 30W 2 *", "* * * 31 6 *", "0 0 31 NOV ?", "0 0 29-31 2 ?",
    ])
    func `knows at once what never fires`(_ expression: String) throws {
        let cron = try CronExpression(expression)
        let fires = expression.contains("29-31")
        #expect(cron.neverFires == !fires)
        #expect((cron.next(after: 1_700_000_000, in: .utc) == nil) == !fires)
    }

    @Test func `a first day that would be a fourth Monday never fires`() throws {
        // Both fields must hold, as the first begins with a star: dates 1 and 32 against days 22 to 28.
        let cron = try CronExpression("0 0 */31 * MON#4")
        #expect(cron.neverFires)
        #expect(try !CronExpression("0 0 1 * MON#4").neverFires)
        #expect(try !CronExpression("0 0 29 2 */7").neverFires)
        #expect(try !CronExpression("0 0 30 2 MON").neverFires)
    }
}
